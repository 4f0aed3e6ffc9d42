"""A skeleton of the line in a process of its own, to be killed: `python skeleton_line.py WORKSPACE`.

It says `ready` once it runs the line, and ends when the file `finish` is there and nothing is left to do.
With `--again` it imports everything once and then starts such a process for each line of standard input,
saying `started PID`: a hundred starts take no longer than five.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from line_factory import actor, contract, contracts, setup

from jobs.line import Line, LineSetup
from jobs.policy import Policy, Rule
from jobs.protocol import Completion, StepContext, StepSpec
from store.backlog import Claim

RETRIES = {"max": 3, "base_s": 0.02, "teto_s": 0.05}
OPEN = ("Pendente", "Bloqueado", "EmProcessamento", "Falhou")


def prepare(context: StepContext, item: Mapping[str, Any]) -> dict[str, Any]:
    root = context.workspace.root
    places = {"alvo": str(root / "alvo"), "travas": str(root / "travas")}
    return {**item["contexto"], **places, "item_id": item["id"]}


def apply(_: Any, __: StepContext, ___: Claim, outcome: dict[str, Any]) -> Completion:
    return Completion(outcome["resultado"], outcome.get("filhos", ()))


def commit_intent(tx: Any, _: StepContext, claim: Claim, message: Mapping[str, Any]) -> dict[str, Any]:
    """The intent is durable before anything outside changes."""
    tx.insert("meta", {"chave": f"{message['kind']}:{message['n']}", "token": claim.token})
    return {"n": message["n"]}


def step(tipo: str, entry: str, where: Any, **more: Any) -> StepSpec:
    return StepSpec(
        tipo=tipo, where=where, entry=f"skeleton_steps:{entry}", prepare=prepare, apply=apply, **more
    )


STEPS = {
    "pedir": step("pedir", "order", "inline"),
    "montar": step("montar", "build", "process"),
    "entregar": step("entregar", "deliver", "process", on_message=commit_intent),
    "conferir": step("conferir", "confirm", "inline"),
}
CONTRACTS = contracts(
    contract("pedir", "Pedidos", gera=[{"tipo": "montar"}, {"tipo": "entregar"}], retries=RETRIES),
    contract("montar", "Oficina", produtores=["Pedidos"], retries=RETRIES),
    contract("entregar", "Entregas", produtores=["Pedidos"], gera=[{"tipo": "conferir"}], retries=RETRIES),
    contract("conferir", "Entregas", produtores=["Entregas"], retries=RETRIES),
)
ACTORS = (actor("Pedidos", "pedir"), actor("Oficina", "montar"), actor("Entregas", "entregar", "conferir"))
# Five lost workers make a decision, and so do many deaths of the line; here somebody always says: again.
POLICY = Policy("again", (Rule("again", "resolver_falha", "tentar_novamente"),))


def skeleton(root: Path, **changes: Any) -> LineSetup:
    """The skeleton's setup in a workspace."""
    for name in ("alvo", "travas"):
        (root / name).mkdir(parents=True, exist_ok=True)
    parts: dict[str, Any] = {"durable": True, "policy": POLICY, "probe_interval_s": 3600.0}
    return setup(root, steps=STEPS, actors=ACTORS, contracts=CONTRACTS, **(parts | changes))


def main(root: Path) -> int:
    """Run until there is nothing to do and nothing more to come."""
    sys.path.insert(0, str(Path(__file__).parent))
    line = Line(skeleton(root))
    line.start()
    line.wait_open()
    while line.model().linha.modo != "running":
        if line.wait_ended(0.005):
            raise SystemExit(f"the line ended: {line.failure}")
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not (root / "finish").exists() or any(line.model().por_status.get(name) for name in OPEN):
        if line.wait_ended(0.01):
            raise SystemExit(f"the line ended: {line.failure}")
        time.sleep(0.005)
    line.stop()
    return 0


def again(root: Path) -> int:
    """Start a line for each line of standard input; whoever asked kills it."""
    for _ in sys.stdin:
        pid = os.fork()  # this process has one thread and no loop
        if pid == 0:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os._exit(main(root))
        sys.stdout.write(f"started {pid}\n")
        sys.stdout.flush()
        os.waitpid(pid, 0)
    return 0


if __name__ == "__main__":
    sys.exit(again(Path(sys.argv[1])) if sys.argv[2:] == ["--again"] else main(Path(sys.argv[1])))
