"""What becomes of one spec in a generated history: price, gaps, budget; `building` has the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heapreplace
from math import inf, isinf

from store.histories import building
from store.histories.answers import RULE_S, answered
from store.histories.book import Book, Doc, text_of
from store.histories.contents import of_budget, of_spec
from store.histories.deliveries import Execution
from store.histories.items import Life, Standing, live
from store.histories.prices import Lessons, Spec, price_of

RESOURCES = {
    "chave-assinatura": "segredo",
    "correios-api": "api",
    "emissor-nfe": "servico",
    "leitor-planilha": "biblioteca",
}
HOUR, DAY = 3600.0, 86_400.0
OWNER = "MS_Produto"
_ASKED_BEFORE = {
    "desenvolvimento": ("aprovar_orcamento", 5.6),
    "implantar": ("aprovar_release", 5.6),
    "validar_implantacao": ("aprovar_release", 15.0),
}
"""The answer that a type's item comes of, and how many seconds before."""


@dataclass
class Told:
    """What is known of the whole history while its specs go on."""

    capacidades: dict[str, float] = field(default_factory=dict)
    """When each capability came."""
    marcos: list[tuple[Doc, float | None]] = field(default_factory=list)
    """The item of each development, and when it ended."""
    licoes: Lessons = field(default_factory=Lessons)


@dataclass(frozen=True)
class Stand:
    """Where a spec has come to at the end of the history: an item of `tipo`, so since `desde`."""

    tipo: str
    como: Standing
    desde: float
    falta: bool = False
    """What its budget waits for does not come."""
    por: str = ""
    """The item that its work found it must wait for."""


class Slots:
    """How many items of a type a batch has at work at once; more wait."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free: dict[str, list[float]] = {}

    def wait(self, life: Life) -> float:
        """Seconds from its creation until a slot is free, which it takes."""
        free = self._free.setdefault(life.tipo, [0.0] * self._count)
        start = max(life.criado + 0.2, free[0])
        heapreplace(free, start + life.dura)
        return start - life.criado


@dataclass
class Work:
    """One spec on its way."""

    book: Book
    told: Told
    spec: Spec
    criado: float
    stand: Stand | None = None
    lote: Slots | None = None
    """It is of a batch of small specs, which a rule approves."""

    def __post_init__(self) -> None:
        self.saga: Doc = {
            "saga_id": f"saga-{self.spec.ref}",
            "request_id": f"request-{self.spec.ref}",
            "spec_ref": self.spec.ref,
            "spec_versao": 1,
        }
        self.stamps = {
            "spec_criada_at": text_of(self.criado),
            "orcamento_aprovado_at": "",
        }
        self.release = ""
        self.price: Doc = {}
        self.ultimo: dict[str, Doc] = {}
        """The newest item of each type."""
        self.runs: list[Execution] = []

    @property
    def steady(self) -> bool:
        """Nothing goes wrong with it: it is to come to where it stands, or is of a batch of small ones."""
        return self.stand is not None or self.lote is not None

    def stands_at(self, tipo: str, como: Standing = "") -> bool:
        """Whether it stands at an item of that type (in that way), and goes no further."""
        return self.stand is not None and self.stand.tipo == tipo and como in ("", self.stand.como)

    def awaits(self, tipo: str) -> list[str]:
        """What the item of that type at which it stands waits for."""
        return [self.stand.por] if self.stand is not None and self.stands_at(tipo) and self.stand.por else []

    def live(self, life: Life) -> tuple[Doc, float | None]:
        """An item of this spec."""
        if self.stand is not None and life.tipo == self.stand.tipo and not self.stand.falta:
            life.para = self.stand.como
        elif self.lote is not None and not life.humano:
            life.espera = self.lote.wait(life)
        item, done = live(self.book, life, self.saga)
        self.ultimo[life.tipo] = item
        return item, done

    def go(self) -> None:
        """All of it, as far as it has come."""
        self._go()
        for run in self.runs:
            run.add_up()

    def _go(self) -> None:
        chance = self.book.chance
        wait, takes = chance.lognormal(0.4, 0.8), chance.lognormal(1.5, 0.4)
        pricing, done = self.live(
            Life(
                "orcar_spec",
                "PROMETHEUS",
                self.criado,
                takes,
                espera=wait,
                produtor="Epistemologia",
                contexto=of_spec(self.spec.ref),
            )
        )
        self._freeze()
        if done is None:
            return
        missing = self._missing(done)
        self.price = price_of(self.book, self.spec, self.saga, done, pricing, missing, self.told.licoes)
        pricing["resultado"] = {
            "spec_recursos_ref": self.price["id"],
            "gaps": missing,
            "status": "bloqueado" if missing else "liberado",
        }
        pains = [self._pain(name, done, pricing) for name in missing]
        free = max((came for _, came in pains), default=None)
        approved = self._approve(done, free, pricing, [item["id"] for item, _ in pains])
        if approved is not None:
            self.stamps["orcamento_aprovado_at"] = text_of(approved[1])
            building.build(self, approved[1] + 5, approved[0], "desenvolvimento", None, rounds=0)

    def _freeze(self) -> None:
        self.book.add(
            "specs",
            {
                "spec_ref": self.spec.ref,
                "versao": 1,
                "titulo": f"Spec {self.spec.ref}",
                "sha256": "0" * 64,
                "vertentes": [{"tipo": each, "nome": self.spec.ref} for each in self.spec.vertentes],
                "cobertura_planejada_pct": 90,
                "estrategia_cobertura": "pairwise",
                "criada_em": text_of(self.criado),
            },
        )

    def _missing(self, moment: float) -> list[str]:
        if self.stand is not None and self.stand.falta:
            return [self.book.chance.pick(tuple(RESOURCES))]
        if self.steady:
            return []
        return [name for name in RESOURCES if self._lacks(name, moment)]

    def _lacks(self, name: str, moment: float) -> bool:
        came = self.told.capacidades.get(name)
        if came is not None and came <= moment:
            # It is there, and fails now and then.
            return self.book.chance.yes(0.02)
        return self.book.chance.yes(0.25)

    def _pain(self, name: str, asked: float, parent: Doc) -> tuple[Doc, float]:
        """A gap: what is missing comes hours or days later; never, where its spec stands and waits for it."""
        takes = inf if self.stand is not None else self.book.chance.lognormal(14, 1.1) * HOUR
        came = asked + takes
        context = {"recurso": name, "tipo_recurso": RESOURCES[name], "sintoma": f"{name} falta"}
        outcome = {
            "desfecho": "alcancado" if self.book.happened(came) else "",
            "desfecho_em": self.book.until_now(came),
        }
        item, done = self.live(
            Life("entrevistar_dor", "GENESIS", asked, takes, contexto=context, pai=parent, mais=outcome)
        )
        if done is not None:
            item["resultado"] = {"faltam": []}
        self.told.capacidades.setdefault(name, came)
        return item, came

    def _approve(
        self, asked: float, free: float | None, parent: Doc, pains: list[str]
    ) -> tuple[Doc, float] | None:
        options = {"aprovar": 0.9, "ajustar": 0.06, "recusar": 0.04}
        option = "aprovar" if self.steady else self.book.chance.weighed(options)
        life = Life("aprovar_orcamento", OWNER, asked, 0.0, livre=free, espera_por=pains, pai=parent)
        life.contexto = of_budget(self.price)
        rule = 1.0 if self.lote is not None else 0.25
        item, done = self.decide(life, option, 2.5, rule=rule)
        return (item, done) if done is not None and option == "aprovar" else None

    def decide(
        self, life: Life, option: str, median_h: float, *, rule: float = 0.0
    ) -> tuple[Doc, float | None]:
        """What a person (or, in a share of cases, a rule) answers."""
        ready = max(life.criado, life.livre or life.criado)
        moment, by_rule = self._answer(life.tipo, ready, median_h, rule)
        life.humano, life.espera = True, inf if isinf(moment) else moment - ready
        life.fim = "Cancelado" if option == "recusar" else "Concluido"
        item, done = self.live(life)
        if done is not None:
            answered(self.book, item, option, ready, done, by_rule=by_rule)
        return item, done

    def _answer(self, tipo: str, ready: float, median_h: float, rule: float) -> tuple[float, bool]:
        """When, and whether a rule did."""
        if isinf(ready):
            return inf, False
        if self.stand is not None:
            gate, before = _ASKED_BEFORE.get(self.stand.tipo, ("", 0.0))
            if tipo == gate:
                return max(self.stand.desde - before, ready + 30), False
            return ready + RULE_S, True
        if self.book.chance.yes(rule):
            return ready + RULE_S, True
        return max(self.book.chance.answered(ready, median_h), ready + 30), False
