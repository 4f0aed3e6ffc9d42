"""One execution of a generated history: developed, tested, released, deployed, with its amounts and calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from store.backlog.ports import Doc
from store.estimates import estimate
from store.histories.book import Book, text_of
from store.histories.prices import CPU_RATE, HOUR_RATE, TOKEN_RATE, WORKERS, Spec, money

BIAS = {"E": 1.15, "D": 1.0, "P": 1.7, "I": 1.5, "C": 1.25}
"""Actual over estimate at the median, by vertente: some are told too short."""
MODELS = ("local-7b", "grande-1")


class Execution:
    """One `execucoes` document on its way; phases are told in their order."""

    def __init__(self, book: Book, spec: Spec, saga: Doc, price: Doc, item: Doc, stamps: Doc) -> None:
        self.book, self.spec, self.item = book, spec, item
        chance = book.chance
        usual = sum(BIAS[each] for each in spec.vertentes) / len(spec.vertentes)
        self.factor = chance.lognormal(usual, 0.35)
        """Actual over estimate of all that it takes."""
        self.doc = book.add(
            "execucoes",
            {
                "spec_ref": spec.ref,
                "spec_versao": 1,
                "backlog_item_ref": item["id"],
                "spec_recursos_ref": price["id"],
                "saga_id": saga["saga_id"],
                "estimado": estimate(price),
                "realizado": {"horas": {}, "maquina_s": {}, "relogio_s": {}, "recursos": {}, "custo": {}},
                "timestamps": dict(stamps),
                "workers": [],
                "qualidade": {},
                "bug": None,
            },
        )
        item["execucao_ref"] = self.doc["id"]
        self.calls: list[Doc] = []

    def phase(self, name: str, begin: float, end: float) -> None:
        """A phase has ended: its times and its amounts, each near its estimate times the factor."""
        if not self.book.happened(end):
            if self.book.happened(begin):
                self.doc["timestamps"][f"{name}_inicio_at"] = text_of(begin)
            return
        stamps, real, estimated = self.doc["timestamps"], self.doc["realizado"], self.doc["estimado"]
        stamps |= {f"{name}_inicio_at": stamps.get(f"{name}_inicio_at") or text_of(begin)}
        stamps |= {f"{name}_fim_at": text_of(end), "updated_at": text_of(end)}
        real["relogio_s"][name] = round(end - begin, 3)
        for amount in ("horas", "maquina_s"):
            ratio = self.book.chance.lognormal(self.factor, 0.2)
            real[amount][name] = round(real[amount].get(name, 0.0) + estimated[amount][name] * ratio, 4)
            real[amount]["total"] = round(sum(real[amount].get(each, 0.0) for each in PHASES), 4)
        real["relogio_s"]["total"] = round(sum(real["relogio_s"].get(each, 0.0) for each in PHASES), 3)

    def begun(self, begin: float) -> None:
        """Development has begun, and does not end."""
        if self.book.happened(begin):
            self.doc["timestamps"]["dev_inicio_at"] = text_of(begin)

    def developed(self, begin: float, end: float, tries: int) -> None:
        """The workers' runs, and the calls of a model."""
        self.phase("dev", begin, end)
        if not self.book.happened(end):
            return
        chance = self.book.chance
        for vertente in self.spec.vertentes:
            minutes = chance.lognormal((end - begin) / 60 / len(self.spec.vertentes), 0.2)
            tokens = self._call(vertente, end, tries) if self.spec.modelo else None
            self.doc["workers"].append(
                {
                    "worker": WORKERS[vertente],
                    "vertente": vertente,
                    "nome": self.spec.ref,
                    "inicio_at": text_of(begin),
                    "fim_at": text_of(end),
                    "duracao_minutos": round(minutes, 4),
                    "tokens_consumidos": tokens,
                    "tentativas": tries,
                    "passou_primeira": tries == 1 and not chance.yes(0.06 * BIAS[vertente]),
                }
            )

    def _call(self, vertente: str, moment: float, tries: int) -> int:
        estimated = self.doc["estimado"]["recursos"]["tokens_llm"] or 0
        share = estimated / len(self.spec.vertentes)
        total = 0
        for tentativa in range(1, tries + 1):
            tokens = max(round(self.book.chance.lognormal(share * self.factor, 0.3)), 20)
            total += tokens
            call = {
                "ts": text_of(moment),
                "execucao_id": self.doc["id"],
                "worker": WORKERS[vertente],
                "fase": "dev",
                "tentativa": tentativa,
                "modelo": self.book.chance.pick(MODELS),
                "tokens_entrada": tokens * 3 // 4,
                "tokens_saida": tokens - tokens * 3 // 4,
                "custo_calculado": money(TOKEN_RATE * tokens),
                "preco_versao": "gerado",
            }
            self.calls.append(self.book.add("uso_llm", call))
        return total

    def tested(self, begin: float, end: float, passed: bool) -> None:
        """The first verdict, and what the tests ran through."""
        self.phase("teste", begin, end)
        if not self.book.happened(end):
            return
        chance, real = self.book.chance, self.doc["realizado"]
        lines = round(140 * self.spec.tamanho) + 20
        covered = min(round(lines * min(chance.lognormal(0.95, 0.04), 1.0)), lines)
        total = round(30 * self.spec.tamanho) + 4
        real |= {
            "cobertura_pct": round(100 * covered / lines, 1),
            "linhas_cobertas": covered,
            "linhas_total": lines,
            "passou_primeira": passed,
            "testes_total": total,
            "testes_falhos": 0 if passed else 1 + chance.count(1.5),
        }
        if self.doc["bug"] and passed:
            self.doc["bug"]["corrigido_em"] = text_of(end)

    def close(self, moment: float, status: str) -> None:
        """End it, with its sums."""
        if not self.book.happened(moment):
            return
        self.add_up()
        self.doc |= {"status": status, "concluido_em": text_of(moment)}
        self.doc["timestamps"]["updated_at"] = text_of(moment)

    def add_up(self) -> None:
        """What it has used and cost so far; of one that has ended that is known already."""
        if self.doc.get("status"):
            return
        real, estimated = self.doc["realizado"], self.doc["estimado"]
        calls = self.calls
        tokens = sum(each["tokens_entrada"] + each["tokens_saida"] for each in calls)
        hours = Decimal(str(real["horas"].get("total", 0.0)))
        cpu = (estimated["recursos"]["cpu_horas"] or 0) * self.book.chance.lognormal(self.factor, 0.15)
        parts: dict[str, Any] = {
            "pessoas": money(HOUR_RATE * hours),
            "infra": money(CPU_RATE * Decimal(str(round(cpu, 6)))),
        }
        if calls:
            parts["llm"] = money(sum((Decimal(each["custo_calculado"]) for each in calls), Decimal(0)))
        apis = {
            name: round(self.book.chance.lognormal(count, 0.4))
            for name, count in estimated["recursos"]["chamadas_api"].items()
        }
        real["recursos"] = {
            "tokens_llm": tokens or None,
            "cpu_horas": round(cpu, 6),
            "ram_gb_horas": round(cpu * 0.5, 6),
            "chamadas_api": apis,
            "storage_mb": round((estimated["recursos"]["storage_mb"] or 0) * self.factor, 4),
        }
        real["custo"] = {
            "total": money(sum((Decimal(part) for part in parts.values()), Decimal(0))),
            "breakdown": parts,
        }


PHASES = ("dev", "teste", "deploy")
