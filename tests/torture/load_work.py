"""The work of a day for `load`: ten teams of five actors, a policy, a probe, and a month's limit.

A saga is a plan, four pieces, three tests of them, what joins these when its time has come, and a person's
word, which a rule gives. By a seed some of it fails, waits for hours, or is asked about later.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from fast_forward import drawn
from line_factory import actor, contract, contracts, setup

from jobs.line import LineSetup
from jobs.policy import Policy, Rule
from jobs.probing import ProbeCommand
from jobs.protocol import Completion, StepContext, StepSpec
from store.backlog import Claim
from store.clock import FakeClock, add_seconds
from store.limits import Limits

TEAMS, ACTORS_A_TEAM, SAGA = 10, 5, 10
SNOOZE_S, FOLLOW_UP_S = 3600.0, 6 * 3600.0
PROBE, PROBE_S = "/bin/forno", 300.0
ARCHIVE_AFTER_S = 3600.0
RETRIES = {"max": 3, "base_s": 30, "teto_s": 120}
KINDS = {"plano": "plan", "peca": "work", "teste": "work", "junta": "work", "paga": "work"}


def plan(document: dict[str, Any]) -> dict[str, Any]:
    """A saga's other items: pieces, tests that wait for them, what waits for these and a time, an answer."""
    n, team, now = document["n"], document["team"], document["now"]
    own = {"n": n, "team": team, "notes": document["notes"], "seed": document["seed"]}
    pieces = [{"tipo": f"peca_{team}", "chave": f"p{k}", "contexto": {**own, "k": k}} for k in range(4)]
    tests = [
        {"tipo": f"teste_{team}", "chave": f"t{k}", "contexto": {**own, "k": k}, "depende_de": [f"@p{k}"]}
        for k in range(3)
    ]
    put_off = add_seconds(now, SNOOZE_S * random.Random(f"{document['seed']}:{n}").random())
    joined = {"tipo": f"junta_{team}", "chave": "j", "contexto": own, "disponivel_em": put_off}
    waits = {"depende_de": ["@t0", "@t1", "@t2", "@p3"]}
    answer = {"tipo": "aceitar", "chave": "a", "contexto": own, "depende_de": ["@j"]}
    if drawn(document["seed"], n, 0.05):
        answer["disponivel_em"] = add_seconds(now, FOLLOW_UP_S)
    return {"resultado": {"n": n}, "filhos": [*pieces, *tests, joined | waits, answer]}


def work(document: dict[str, Any]) -> dict[str, Any]:
    """Any other step; one of ten fails the first time."""
    draw = document["n"] * 10 + document.get("k", 9)
    if not document["tries"] and drawn(document["seed"], draw, 0.1):
        return {"falha": "the first time"}
    return {"resultado": {"n": document["n"]}}


def prepare(context: StepContext, item: Mapping[str, Any]) -> dict[str, Any]:
    tries = len(item["tentativas"]) - 1
    return {**item["contexto"], "now": context.clock.now(), "tries": tries}


def apply(tx: Any, _: StepContext, claim: Claim, outcome: dict[str, Any]) -> Completion:
    """The end, and what the work has to tell of itself."""
    item = claim.item
    for note in range(item["contexto"]["notes"]):
        tx.event({"tipo": "load.note", "item_id": item["id"], "saga_id": item["saga_id"], "detalhe": note})
    return Completion(outcome["resultado"], outcome.get("filhos", ()))


def day_setup(root: Path, clock: FakeClock) -> LineSetup:
    """Ten teams of five actors each, one policy that gives a person's word, a probe, and a month's limit."""
    dummies, steps, crew = [], {}, []
    for team in range(TEAMS):
        children = [{"tipo": f"{kind}_{team}"} for kind in ("peca", "teste", "junta")]
        for kind, entry in KINDS.items():
            tipo, who = f"{kind}_{team}", f"{kind.title()}{team}"
            gera = [*children, {"tipo": "aceitar"}] if kind == "plano" else []
            made_by = ["humano", f"Plano{team}"]
            dummies.append(contract(tipo, who, produtores=made_by, gera=gera, retries=RETRIES))
            steps[tipo] = StepSpec(
                tipo=tipo, where="inline", entry=f"load_work:{entry}", prepare=prepare, apply=apply
            )
            paid = (
                {"tipos": {tipo: "comando"}, "comandos": {tipo: {"argv": ["true"]}}} if kind == "paga" else {}
            )
            crew.append(actor(who, tipo, intervalo_s=3600.0, **paid))
    option = {"feito": {"tecla": "y", "rotulo": "good", "efeito": "kept"}}
    dummies.append(contract("aceitar", "MS_Produto", produtores=["*"], humano=True, opcoes=option))
    return setup(
        root,
        clock=clock,
        steps=steps,
        actors=tuple(crew),
        contracts=contracts(*dummies),
        policy=Policy("day", (Rule("day", "aceitar", "feito"),)),
        config={"archive_after_days": ARCHIVE_AFTER_S / 86_400},
        limites=Limits(mes=Decimal(100)),
        probes={"forno": ProbeCommand([PROBE], Path("/"), interval_s=PROBE_S)},
        probe_interval_s=PROBE_S,
    )
