"""`oficina policy`: the rules that decide here, and what rules would have decided before that."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.invocation import runnable
from app.main import EXIT_DONE
from app.output import clean, print_json, print_table
from app.policy_words import rule_line
from app.wiring import Shop, opened
from jobs.config import CONFIG_NAME
from jobs.policy import Policy, Rule
from jobs.policy_file import load_policies
from jobs.policy_trial import Case, PolicyTrial, Replay
from store.clock import add_seconds
from store.errors import WrongInput

_SPAN = re.compile(r"(\d{1,5})\s*([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_ASK = "name a file, or switch one on with `politica: FILE` in oficina.yaml"


def show(arguments: argparse.Namespace) -> int:
    """The rules of a file, or those that decide in this workspace."""
    with opened(arguments, readonly=True) as shop:
        policy = _policy(shop, arguments.file)
    if arguments.json:
        print_json({"nome": policy.nome, "regras": [_rule_document(rule) for rule in policy.regras]})
        return EXIT_DONE
    where = "" if arguments.file else f", switched on in {CONFIG_NAME}"
    print(f"Policy «{clean(policy.nome)}»{where}: the first rule that fits answers, the rest waits for you.")
    for rule in policy.regras:
        print(f"  {clean(rule_line(rule))}")
    return EXIT_DONE


def try_(arguments: argparse.Namespace) -> int:
    """What the rules would have answered where people decided; changes nothing."""
    with opened(arguments, readonly=True) as shop:
        policy = _policy(shop, arguments.file)
        since = _since(arguments.since, shop.clock.now())
        trial = Replay(policy, shop.db, shop.backlog, shop.config.fuso).run(since)
        local = shop.local
    if arguments.json:
        print_json(_document(policy, trial, since))
        return EXIT_DONE
    agree, differ, open_ = (trial.cases(concorda) for concorda in (True, False, None))
    began = f" since {local(since)}" if since else ""
    print(f"Policy «{clean(policy.nome)}» on {_count(len(trial.casos), 'decision')} of people{began}:")
    print(f"{len(agree)} as they did, {len(differ)} otherwise, {len(open_)} left to them.")
    if trial.de_politicas:
        print(f"{_count(trial.de_politicas, 'decision')} of policies left out.")
    _print_rules(policy, trial)
    _print_cases("Otherwise than they did:", differ, local)
    _print_open(trial)
    if not arguments.file:
        return EXIT_DONE
    on = f"Nothing was changed. `politica: {arguments.file}` in {CONFIG_NAME} switches it on."
    print(runnable(on, arguments.workspace))
    return EXIT_DONE


def _policy(shop: Shop, file: Path | None) -> Policy:
    if file is not None:
        return load_policies([file], shop.contracts)
    found = shop.definitions.policy()
    if found is None and shop.config.politicas:
        root = shop.workspace.paths.root
        names = ", ".join(path.relative_to(root).as_posix() for path in shop.config.politicas)
        raise WrongInput(
            f"{names}: switched on, but not approved, so nothing is decided by it yet",
            remedy="`oficina policy show FILE` shows its rules, `oficina trust` approves it",
        )
    if found is None:
        raise WrongInput("no policy decides in this workspace", remedy=_ASK)
    return found


def _since(text: str | None, now: str) -> str:
    """The UTC text of `30d` before now; empty where nothing is said."""
    if not text:
        return ""
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None:
        raise WrongInput(f"not a length of time: {text}", path="since", remedy="write 12h, 30d or 4w")
    return add_seconds(now, -int(match[1]) * _SECONDS[match[2]])


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _print_rules(policy: Policy, trial: PolicyTrial) -> None:
    rows = []
    for rule in policy.regras:
        cases = [case for case in trial.casos if case.regra is rule]
        agree = sum(1 for case in cases if case.concorda)
        waiting = sum(1 for _, answer in trial.abertas if answer is rule)
        rows.append([rule.nome, rule.opcao, len(cases), agree, len(cases) - agree, waiting])
    print()
    print_table(
        ["rule", "answers", "would have", "as they did", "otherwise", "open now"],
        rows,
        empty="It has no rules.",
    )


def _print_cases(title: str, cases: Sequence[Case], local: Any) -> None:
    if not cases:
        return
    print(f"\n{title}")
    rows = [
        [
            case.item["id"],
            case.decisao["id"],
            case.item["titulo"],
            f"{case.regra.nome}: {case.regra.opcao}" if case.regra else "",
            case.decisao["opcao"],
            case.decisao["quem"],
            local(case.decisao["em"]),
            case.decisao["motivo"],
        ]
        for case in cases
    ]
    print_table(["id", "decision", "what", "rule", "person", "who", "when", "why"], rows, empty="")


def _print_open(trial: PolicyTrial) -> None:
    if trial.abertas:
        print("\nOpen now, and answered as soon as it is switched on:")
        rows = [[item["id"], item["titulo"], f"{rule.nome}: {rule.opcao}"] for item, rule in trial.abertas]
        print_table(["id", "what", "rule"], rows, empty="")


def _document(policy: Policy, trial: PolicyTrial, since: str) -> dict[str, Any]:
    names = {True: "iguais", False: "diferentes", None: "sem_regra"}
    return {
        "politica": policy.nome,
        "desde": since,
        "contagem": {name: len(trial.cases(concorda)) for concorda, name in names.items()}
        | {"de_politicas": trial.de_politicas},
        "decisoes": [_case_document(case) for case in trial.casos],
        "abertas": [
            {"item": item["id"], "tipo": item["tipo"], "regra": rule.nome, "responderia": rule.opcao}
            for item, rule in trial.abertas
        ],
    }


def _case_document(case: Case) -> dict[str, Any]:
    decision = {name: case.decisao[name] for name in ("tipo", "spec_ref", "opcao", "motivo", "quem", "em")}
    return {
        "decisao": case.decisao["id"],
        "item": case.item["id"],
        **decision,
        "regra": case.regra.nome if case.regra else None,
        "responderia": case.regra.opcao if case.regra else None,
        "concorda": case.concorda,
    }


def _rule_document(rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {"nome": rule.nome, "tipo": rule.tipo, "opcao": rule.opcao, "motivo": rule.motivo}
    found["quando"] = [{"campo": each.campo, each.teste: each.valor} for each in rule.quando]
    if rule.no_dia is not None:
        limit = rule.no_dia
        found["no_dia"] = {"campo": limit.campo, "ate": limit.ate, "vezes": limit.vezes}
    return found
