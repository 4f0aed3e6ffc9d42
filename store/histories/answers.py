"""What people, and rules, answer in a generated history."""

from __future__ import annotations

from store.histories.book import Book, Doc, text_of

_WITHOUT_REASON = frozenset({"aprovar", "validar", "puxar", "deixar", "feito", "valida", "aprovada"})
RULE_S = 0.2
"""How long a rule takes."""


def answered(book: Book, item: Doc, option: str, ready: float, done: float, *, by_rule: bool = False) -> Doc:
    """The decision that ended an item, which had waited for it since `ready`."""
    minutes = book.chance.lognormal(3.0, 0.7)
    decision = book.add(
        "decisoes",
        {
            "item_ref": item["id"],
            "tipo": item["tipo"],
            "saga_id": item["saga_id"],
            "spec_ref": item["spec_ref"],
            "opcao": option,
            "motivo": "" if option in _WITHOUT_REASON else "gerado",
            "quem": "politica:pequenos" if by_rule else "humano",
            "politica": "pequenos" if by_rule else None,
            "em": text_of(done),
            "espera_s": round(done - ready, 3),
            "trabalho_s": None if by_rule else round(minutes * 60, 1),
        },
    )
    book.tell(done, "decisao.tomada", item, opcao=option)
    return decision
