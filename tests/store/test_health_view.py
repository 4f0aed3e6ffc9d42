"""Health as it is judged from facts: what is ok, what is not, why, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from store.clock import add_seconds
from store.views.health import HealthFacts, JobFacts, StoreFacts, Waiting, health, worst
from store.views.model import HealthRow

NOW = "2026-01-05T12:00:00.000000Z"


def ago(seconds: float) -> str:
    return add_seconds(NOW, -seconds)


def row(nome: str, **facts: Any) -> HealthRow:
    found = {each.nome: each for each in health(HealthFacts(agora=NOW, **facts))}
    return found[nome]


def job(nome: str = "PROMETHEUS", **facts: Any) -> JobFacts:
    return JobFacts(**{"nome": nome, "intervalo_s": 30.0, "ultima": ago(10)} | facts)


def test_a_new_workspace_is_well() -> None:
    rows = health(HealthFacts(agora=NOW))
    names = ["store", "scheduler", "disk", "sandbox", "breakers", "decisions", "leases", "gaps"]
    names += ["unclaimed", "log"]
    assert [each.nome for each in rows] == names
    assert {each.estado for each in rows} == {"ok"}
    assert {each.remedio for each in rows} == {""}
    assert worst(rows) is None
    assert worst(()) is None


@pytest.mark.parametrize(
    ("nome", "facts", "estado", "motivo"),
    [
        ("store", {"armazem": StoreFacts(falha="damaged")}, "bad", "damaged"),
        ("store", {"armazem": StoreFacts(2 << 20, somente_leitura="newer")}, "warn", "newer (2.0 MB)"),
        ("store", {"armazem": StoreFacts(2048)}, "ok", "2.0 kB"),
        ("store", {"armazem": StoreFacts(0, compactar=True)}, "warn", "0.0 kB, compaction is due"),
        (
            "store",
            {"armazem": StoreFacts(0, compactar=True), "titular": "tui:1"},
            "ok",
            "0.0 kB, compaction is due",
        ),
        ("scheduler", {"modo": "failed"}, "bad", "the line ended by itself"),
        ("scheduler", {"na_fila": 3}, "warn", "nobody runs the line; 3 ready for it"),
        ("scheduler", {"titular": "tui:1"}, "ok", "tui:1 runs the line"),
        ("scheduler", {"titular": "tui:1", "tarefas": (job(),)}, "ok", "tui:1 runs the line: 1 jobs"),
        (
            "scheduler",
            {"titular": "tui:1", "tarefas": (job(), job("x", pausado=True, ultima=ago(9000)))},
            "ok",
            "tui:1 runs the line: 2 jobs, 1 of them paused",
        ),
        (
            "scheduler",
            {"titular": "tui:1", "tarefas": (job(ultima=ago(3600)),)},
            "bad",
            "PROMETHEUS last ran 1 h ago, it is due every 30 s",
        ),
        ("scheduler", {"titular": "t:1", "tarefas": (job(ultima=""),)}, "ok", "t:1 runs the line: 1 jobs"),
        (
            "scheduler",
            {"titular": "tui:1", "tarefas": (job(ultima=ago(3600), rodando=True),)},
            "ok",
            "tui:1 runs the line: 1 jobs",
        ),
        (
            "scheduler",
            {
                "titular": "tui:1",
                "tarefas": (
                    job("a", problemas={"late": 1}),
                    job("b", problemas={"missed": 2, "error": 3}),
                ),
            },
            "warn",
            "b in the last hour: error 3×, missed 2×",
        ),
        (
            "scheduler",
            {"titular": "tui:1", "tarefas": (job(),), "ouvido_em": ago(300)},
            "bad",
            "tui:1 runs the line, and has said nothing for 5 min",
        ),
        (
            "scheduler",
            {"titular": "t:1", "tarefas": (), "ouvido_em": ago(9)},
            "ok",
            "t:1 runs the line: 0 jobs",
        ),
        ("disk", {"disco_livre_mb": 75_115}, "ok", "73 GB free"),
        ("disk", {"disco_livre_mb": 10_240}, "ok", "10 GB free"),
        ("disk", {"disco_livre_mb": 4000}, "ok", "4000 MB free"),
        ("disk", {"disco_livre_mb": 499}, "warn", "499 MB free"),
        ("disk", {"disco_livre_mb": 99}, "bad", "99 MB free"),
        ("sandbox", {"isolamento": "full", "isolamento_porque": "tried"}, "ok", "full"),
        ("sandbox", {"isolamento": "limits"}, "warn", "limits"),
        (
            "sandbox",
            {"isolamento": "limits", "isolamento_porque": "bubblewrap is not installed"},
            "warn",
            "limits: bubblewrap is not installed",
        ),
        ("breakers", {"disjuntores": ({"performer": "A/b/c", "estado": "fechado"}, {})}, "ok", "all closed"),
        (
            "breakers",
            {
                "disjuntores": (
                    {"performer": "late", "estado": "aberto", "aberto_em": ago(1), "tenta_em": ago(-60)},
                    {
                        "performer": "A/b/c",
                        "estado": "aberto",
                        "aberto_em": ago(9),
                        "tenta_em": ago(-120),
                        "motivo": "crashed",
                    },
                )
            },
            "warn",
            "A/b/c is open, it tries again in 2 min, and 1 more: crashed",
        ),
        (
            "breakers",
            {"disjuntores": ({"performer": "A/b/c", "estado": "meio_aberto", "tenta_em": ago(5)},)},
            "warn",
            "A/b/c is open, it tries again now",
        ),
        (
            "breakers",
            {"disjuntores": ({"performer": "A/b/c", "estado": "aberto"},)},
            "warn",
            "A/b/c is open, it tries again now",
        ),
        (
            "decisions",
            {"decisoes": 2, "decisao": Waiting("BKL-0003", ago(30))},
            "ok",
            "2 waiting for you, BKL-0003 for less than a minute",
        ),
        (
            "decisions",
            {"decisoes": 1, "decisao": Waiting("BKL-0003", ago(2 * 86_400))},
            "warn",
            "1 waiting for you, BKL-0003 for 2 d",
        ),
        (
            "leases",
            {"leases": 1, "lease": Waiting("BKL-0003", ago(90))},
            "ok",
            "1 at work, BKL-0003 for 2 min",
        ),
        (
            "leases",
            {"leases": 1, "lease": Waiting("BKL-0003", ago(3 * 3600))},
            "warn",
            "1 at work, BKL-0003 for 3 h",
        ),
        (
            "leases",
            {"leases": 1, "lease": Waiting("BKL-0003", ago(3 * 3600), 4 * 3600.0)},
            "ok",
            "1 at work, BKL-0003 for 3 h",
        ),
        ("gaps", {"lacunas": 2, "lacuna": Waiting("BKL-0009", ago(3600))}, "ok", "2 open, BKL-0009 for 1 h"),
        (
            "gaps",
            {"lacunas": 1, "lacuna": Waiting("BKL-0009", ago(90_000))},
            "warn",
            "1 open, BKL-0009 for 1 d",
        ),
        (
            "unclaimed",
            {"sem_ator": 2, "sem_ator_primeiro": Waiting("BKL-0003 (exportar)", ago(7200))},
            "warn",
            "2 that no actor takes, BKL-0003 (exportar) for 2 h",
        ),
        ("log", {"log_bytes": 3 << 20}, "ok", "3.0 MB"),
        ("log", {"log_problema": "No space left"}, "warn", "it can't be written: No space left"),
    ],
)
def test_each_check(nome: str, facts: dict[str, Any], estado: str, motivo: str) -> None:
    found = row(nome, **facts)
    assert (found.estado, found.motivo) == (estado, motivo)
    if estado == "ok":
        assert found.remedio == ""
    elif not facts.get("armazem", StoreFacts()).somente_leitura:
        assert found.remedio


def test_the_first_of_the_worst_is_the_worst() -> None:
    rows = health(
        HealthFacts(agora=NOW, disco_livre_mb=5, isolamento="limits", armazem=StoreFacts(falha="damaged"))
    )
    found = worst(rows)
    assert found is not None
    assert (found.nome, found.estado) == ("store", "bad")
    only_warnings = worst(health(HealthFacts(agora=NOW, isolamento="limits", log_problema="x")))
    assert only_warnings is not None
    assert only_warnings.nome == "sandbox"


def test_words_do_not_change_with_every_second() -> None:
    """A text that ticks would be published each time it is looked at."""
    for seconds in (1, 20, 59):
        assert "less than a minute" in row("leases", leases=1, lease=Waiting("x", ago(seconds))).motivo
