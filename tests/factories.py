"""Builds every document, and a backlog to try them on; section 2.2 of hephaestus_melhorias.md asks for
them.
"""

from __future__ import annotations

import functools
import random
from pathlib import Path
from typing import Any

from store.backlog import Backlog, Claim, Executor
from store.clock import CountingTokens, FakeClock
from store.contracts import Contracts
from store.database import Database
from store.decisions import Decisions
from store.documents import complete

SEEDS = Path(__file__).parent.parent / "seeds"
NOW = "2026-01-05T12:00:00.000000Z"
SHA = "0" * 64

CONTEXTS: dict[str, dict[str, Any]] = {
    "orcar_spec": {"spec_ref": "frete", "spec_versao": 1},
    "aprovar_orcamento": {"spec_ref": "frete", "spec_versao": 1, "spec_recursos_ref": "REC-0001"},
    "ajustar_spec": {"spec_ref": "frete", "spec_versao": 1, "motivo": "menos regras"},
    "desenvolvimento": {"spec_ref": "frete", "spec_versao": 1, "spec_recursos_ref": "REC-0001"},
    "aprovar_release": {
        "release_ref": "REL-0001",
        "spec_ref": "frete",
        "spec_versao": 1,
        "testes_passaram": True,
    },
    "corrigir_bug": {"feature_ref": "frete", "erro": "frete grátis para 40 kg"},
    "implantar": {"release_ref": "REL-0001", "spec_ref": "frete", "spec_versao": 1},
    "validar_implantacao": {
        "release_ref": "REL-0001",
        "implantacao_ref": "IMP-0001",
        "ambiente": "producao",
        "spec_ref": "frete",
        "spec_versao": 1,
    },
    "reverter": {"implantacao_ref": "IMP-0001"},
    "avaliar_efetividade": {"implantacao_ref": "IMP-0001", "spec_ref": "frete", "spec_versao": 1},
    "entrevistar_dor": {
        "sintoma": "a assinatura falha",
        "frequencia": "sempre",
        "afetados": ["frete"],
        "impacto": "spec bloqueada",
        "tentativas": [],
        "criterio_sucesso": "a sonda passa",
        "recurso": "chave-assinatura",
        "tipo_recurso": "segredo",
    },
    "estruturar_produto": {"recurso": "chave-assinatura", "sintoma": "a assinatura falha"},
    "entrevistar_humano": {"sintoma": "a assinatura falha", "faltam": ["frequencia"]},
    "especificar": {"recurso": "chave-assinatura"},
    "escrever_spec": {"recurso": "chave-assinatura", "rascunho": "specs/chave-assinatura.yaml"},
    "instalar_capacidade": {"recurso": "chave-assinatura", "comando": "true"},
    "resolver_falha": {
        "item_ref": "BKL-0001",
        "item_tipo": "implantar",
        "titulo": "Deploy",
        "motivo": "boom",
    },
    "estender_orcamento": {
        "item_ref": "BKL-0003",
        "item_tipo": "desenvolvimento",
        "titulo": "Develop frete",
        "motivo": "the cost that was approved is used up",
        "limite": "item",
        "recurso": "custo",
        "spec_ref": "frete",
        "spec_versao": 1,
    },
    "validar_spec": {"o_que": "a spec do frete"},
    "revisar_codigo": {"o_que": "o código do frete"},
    "aprovacao_externa": {"o_que": "a transportadora concorda"},
    "documentar": {"o_que": "o frete"},
    "decidir_pull": {
        "item_ref": "BKL-0001",
        "item_tipo": "aprovacao_externa",
        "titulo": "External approval",
        "motivo": "it is not pulled without your answer",
        "sprint_id": "S022",
        "task_codigo": "T01",
        "codigo": "T01.1",
    },
    "resolver_dependencia": {
        "item_ref": "BKL-0002",
        "item_tipo": "aprovar_orcamento",
        "titulo": "Approve",
        "dependencia": "BKL-0001",
        "motivo": "BKL-0001 ended as Cancelado",
    },
}
RESULTS: dict[str, dict[str, Any]] = {
    "orcar_spec": {"spec_recursos_ref": "REC-0001"},
    "desenvolvimento": {"release_ref": "REL-0001"},
    "corrigir_bug": {"release_ref": "REL-0002"},
    "implantar": {"implantacao_ref": "IMP-0001", "ambiente": "producao"},
    "reverter": {"implantacao_ref": "IMP-0001"},
    "entrevistar_dor": {},
    "ajustar_spec": {"spec_versao": 2},
    "especificar": {"rascunho": "specs/chave.yaml"},
    "escrever_spec": {"spec_ref": "chave", "spec_versao": 1},
    "instalar_capacidade": {"instalada": True},
}


@functools.cache
def seed_contracts() -> Contracts:
    """The contracts that oficina comes with (immutable, so read once)."""
    return Contracts.load(SEEDS / "contracts.yaml")


def new_item(tipo: str, contexto: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """What `produzir` takes; `contexto` is added to the type's own."""
    return {"tipo": tipo, "contexto": {**CONTEXTS[tipo], **(contexto or {})}, **fields}


def backlog_item(**fields: Any) -> dict[str, Any]:
    """A stored `backlog_items` document."""
    item = {
        "id": "BKL-0001",
        "tipo": "orcar_spec",
        "titulo": "Price frete",
        "status": "Pendente",
        "ator": "PROMETHEUS",
        "produtor": "Epistemologia",
        "contexto": CONTEXTS["orcar_spec"],
        "spec_ref": "frete",
        "spec_versao": 1,
        "saga_id": "saga-1",
        "request_id": "request-1",
        "contrato_versao": "1-000000000000",
        "criado_em": NOW,
        "atualizado_em": NOW,
        "pendente_em": NOW,
    }
    return complete("backlog_items", {**item, **fields})


def spec_version(spec_ref: str = "frete", versao: int = 1, **fields: Any) -> dict[str, Any]:
    """A `specs` document."""
    version = {
        "spec_ref": spec_ref,
        "versao": versao,
        "titulo": f"Spec {spec_ref}",
        "sha256": SHA,
        "arquivo": f"specs/{spec_ref}.yaml",
        "arquivos": {f"specs/{spec_ref}.yaml": SHA},
        "vertentes": [{"tipo": "D", "nome": spec_ref}],
        "cobertura_planejada_pct": 90,
        "estrategia_cobertura": "pairwise",
        "criada_em": NOW,
    }
    return complete("specs", {**version, **fields})


def amounts(dev: float, teste: float, deploy: float) -> dict[str, Any]:
    """An amount a phase, P80 half as much again."""
    phases = {"dev": dev, "teste": teste, "deploy": deploy, "total": dev + teste + deploy}
    return {name: {"p50": value, "p80": value * 1.5} for name, value in phases.items()}


def spec_resources(**fields: Any) -> dict[str, Any]:
    """A `specs_recursos` document: the price of a spec."""
    price = {
        "spec_ref": "frete",
        "spec_versao": 1,
        "criado_em": NOW,
        "runtime": {
            "cpu": 1,
            "ram": 0.25,
            "apis_externas": {"correios": 10},
            "tokens_llm_estimado": 1000,
            "cpu_horas": 0.01,
            "ram_gb_horas": 0.002,
            "storage_mb": 2,
        },
        "teste": {
            "classes_equivalencia": 9,
            "combinacoes_estimadas": 12,
            "estrategia_cobertura": "pairwise",
            "cobertura_planejada_pct": 90,
        },
        "esforco": {"pessoas_horas": amounts(0.5, 0.25, 0.25), "maquina_s": amounts(20, 30, 10)},
        "custo": {
            "total_p50": "31.00",
            "total_p80": "42.10",
            "breakdown": {"pessoas": {"p50": "30.00"}, "llm": "0.60", "infra": "0.40", "apis": None},
        },
        "dependencias": {"status": "liberado"},
    }
    return complete("specs_recursos", {**price, **fields})


def release(**fields: Any) -> dict[str, Any]:
    """A `releases` document."""
    built = {
        "spec_ref": "frete",
        "spec_versao": 1,
        "saga_id": "saga-1",
        "criada_em": NOW,
        "manifesto_sha256": SHA,
        "testes_passaram": True,
        "cobertura_pct": 96.0,
    }
    return complete("releases", {**built, **fields})


def deployment(**fields: Any) -> dict[str, Any]:
    """An `implantacoes` document."""
    placed = {
        "release_ref": "REL-0001",
        "spec_ref": "frete",
        "spec_versao": 1,
        "alvo": "local",
        "ambiente": "producao",
        "status": "implantada",
        "inicio_at": NOW,
    }
    return complete("implantacoes", {**placed, **fields})


def capability(nome: str = "chave-assinatura", **fields: Any) -> dict[str, Any]:
    """A `capacidades` document."""
    return complete("capacidades", {"nome": nome, **fields})


def decision(**fields: Any) -> dict[str, Any]:
    """A `decisoes` document."""
    answered = {
        "item_ref": "BKL-0002",
        "tipo": "aprovar_orcamento",
        "saga_id": "saga-1",
        "opcao": "aprovar",
        "quem": "humano",
        "em": NOW,
    }
    return complete("decisoes", {**answered, **fields})


def model_usage(**fields: Any) -> dict[str, Any]:
    """A `uso_llm` document."""
    call = {
        "ts": NOW,
        "execucao_id": "EXE-0001",
        "worker": "WORKER_E",
        "fase": "dev",
        "tentativa": 1,
        "modelo": "local",
        "tokens_entrada": 100,
        "tokens_saida": 50,
    }
    return complete("uso_llm", {**call, **fields})


def spending(**fields: Any) -> dict[str, Any]:
    """A `gastos` document."""
    return complete("gastos", {"chave": "mes:2026-01", "usado": "12.30", "atualizado_em": NOW, **fields})


def breaker(**fields: Any) -> dict[str, Any]:
    """A `disjuntores` document."""
    closed = {"performer": "PROMETHEUS/desenvolvimento/builtin", "ator": "PROMETHEUS"}
    return complete("disjuntores", {**closed, "tipo": "desenvolvimento", "atualizado_em": NOW, **fields})


def batch(**fields: Any) -> dict[str, Any]:
    """A `liberacoes` document."""
    free = {"ref": "spec:frete", "estado": "resolvida", "por": "spec:frete@1", "itens": ["BKL-0001"]}
    return complete("liberacoes", {**free, "criada_em": NOW, **fields})


def line_span(**fields: Any) -> dict[str, Any]:
    """A `linhas` document: a process that runs the line."""
    return complete("linhas", {"titular": "tui:4711", "inicio": NOW, **fields})


def sprint(**fields: Any) -> dict[str, Any]:
    """A `sprints` document."""
    return complete("sprints", {"sprint_id": "S022", "titulo": "Receitas", "aberta_em": NOW, **fields})


def task(codigo: str = "T01", **fields: Any) -> dict[str, Any]:
    """A `tasks` document: a person's task of S022, at the root."""
    made = {"sprint_id": "S022", "codigo": codigo, "chave": f"S022/{codigo}", "sob": "S022/"}
    return complete("tasks", {**made, "titulo": "Epistemologia", "criada_em": NOW, **fields})


def execution(**fields: Any) -> dict[str, Any]:
    """An `execucoes` document."""
    running = {
        "spec_ref": "frete",
        "spec_versao": 1,
        "backlog_item_ref": "BKL-0003",
        "saga_id": "saga-1",
        "timestamps": {"created_at": NOW, "updated_at": NOW},
    }
    return complete("execucoes", {**running, **fields})


ME = Executor("boot-1", 4711, 99)


class World:
    """A backlog on a real store, with a clock that stands still, counted tokens and a seeded chance."""

    def __init__(self, path: Path, contracts: Contracts | None = None, seed: int = 7) -> None:
        self.path, self.clock = path, FakeClock()
        self.tokens, self.rng = CountingTokens(), random.Random(seed)
        self.contracts = contracts or seed_contracts()
        self._open()

    def _open(self) -> None:
        self.db = Database.open(self.path, by="test", clock=self.clock, durable=False)
        self.backlog = Backlog(self.db, self.contracts, self.clock, self.tokens, self.rng)
        self.decisions = Decisions(self.backlog)

    def close(self) -> None:
        self.db.close()

    def reopen(self) -> None:
        """As after the process's end: everything is read from disk again."""
        self.close()
        self._open()

    def item(self, item_id: str) -> dict[str, Any]:
        """The item as it is stored."""
        found = self.db.get("backlog_items", item_id)
        assert found is not None, item_id
        return found

    def status(self, item_id: str) -> str:
        return str(self.item(item_id)["status"])

    def items(self, tipo: str, *status: str) -> list[dict[str, Any]]:
        """The items of a type, oldest first; only those in one of the statuses, if any are named."""
        found = self.db.find("backlog_items", "tipo", tipo)
        return [item for item in found if not status or item["status"] in status]

    def open(self, tipo: str) -> list[dict[str, Any]]:
        return self.items(tipo, "Bloqueado", "Pendente", "EmProcessamento")

    def produce(self, tipo: str, contexto: dict[str, Any] | None = None, **fields: Any) -> str:
        """Produce an item, by the first of whom its contract allows."""
        by = fields.pop("produtor", self.contracts[tipo].produtores[0])
        pai = fields.pop("pai", None)
        return self.backlog.produzir(new_item(tipo, contexto, **fields), produtor=by, pai=pai)

    def claim(self, *tipos: str, prazo_s: float | None = None) -> Claim:
        """Claim what is next; it must be there."""
        found = self.backlog.consumir(tipos, self.contracts[tipos[0]].consumidor, ME, prazo_s=prazo_s)
        assert found is not None, tipos
        return found

    def conclude(self, claim: Claim, *filhos: dict[str, Any]) -> list[str]:
        return self.backlog.concluir(claim.item["id"], claim.token, RESULTS[claim.item["tipo"]], filhos)

    def done(self, tipo: str, *filhos: dict[str, Any]) -> list[str]:
        """Claim the next item of a type and conclude it; gives the children."""
        return self.conclude(self.claim(tipo), *filhos)

    def decide(self, item_id: str, opcao: str, motivo: str = "porque sim", undo_s: float = 0) -> str:
        return self.decisions.decidir(item_id, opcao, motivo=motivo, undo_s=undo_s)

    def add_spec(self, spec_ref: str = "frete", versao: int = 1, **fields: Any) -> str:
        """Store a spec version and have it priced; gives the `orcar_spec`."""
        contexto = {"spec_ref": spec_ref, "spec_versao": versao}
        with self.db.transaction() as tx:
            tx.insert("specs", spec_version(spec_ref, versao, **fields))
            return self.backlog.receber_versao(
                spec_ref, versao, new_item("orcar_spec", contexto), produtor="Epistemologia", tx=tx
            )

    def fail_for_good(self, tipo: str) -> str:
        """Let an item of a type fail until it is a dead letter; gives its id."""
        while True:
            claim = self.claim(tipo)
            if self.backlog.falhar(claim.item["id"], claim.token, "boom") == "Falhou":
                return str(claim.item["id"])
            self.clock.advance(600)

    def deliver(self, spec_ref: str = "frete", versao: int = 1, *, gaps: tuple[str, ...] = ()) -> str:
        """Bring an added spec version to its open `validar_implantacao`."""
        spec = {"spec_ref": spec_ref, "spec_versao": versao}
        (budget,) = self.done("orcar_spec", new_item("aprovar_orcamento", spec))
        self.decide(budget, "aprovar")
        (release_item,) = self.done("desenvolvimento", new_item("aprovar_release", spec))
        self.decide(release_item, "aprovar")
        (validation,) = self.done("implantar", new_item("validar_implantacao", spec))
        return validation

    def events(self, tipo: str) -> list[dict[str, Any]]:
        """The events of a type, oldest first."""
        return list(self.db.history(tipo=tipo))
