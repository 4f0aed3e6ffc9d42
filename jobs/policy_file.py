"""Reads policy files; everything that no contract has is refused with file, line and field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.fields import Fields, YamlPath, visible
from jobs.policy import OF_FIELDS, TESTS, Condition, DayLimit, Policy, Rule, number
from jobs.policy_evidence import wrong_field
from store.backlog.expressions import placeholders
from store.contracts import Contract, Contracts
from store.errors import WrongInput
from store.yamlfile import ReadFile, did_you_mean, load_yaml


def load_policies(sources: Sequence[Path | ReadFile], contracts: Contracts) -> Policy:
    """Files as one policy, in their order: a rule's name is what is recorded, so it is there once.

    Raises WrongInput for the first thing that is wrong with the first of them that is.
    """
    found = [_read_file(source, contracts) for source in sources]
    paths = [source if isinstance(source, Path) else source.path for source in sources]
    known: dict[str, Path] = {}
    for path, (_, rules) in zip(paths, found, strict=True):
        for line, rule in rules:
            if rule.nome in known:
                raise WrongInput(
                    f"two rules are called {visible(rule.nome)}",
                    file=str(path),
                    line=line,
                    remedy=f"the other one is in {known[rule.nome]}; name them apart",
                )
            known[rule.nome] = path
    names = [nome for nome, _ in found if nome] or [path.stem for path in paths]
    return Policy(", ".join(names), tuple(rule for _, rules in found for _, rule in rules))


def _read_file(source: Path | ReadFile, contracts: Contracts) -> tuple[str, list[tuple[int, Rule]]]:
    """The file's name for itself, and its rules with their lines."""
    doc = load_yaml(source)
    problems: list[WrongInput] = []
    top = Fields(doc, (), problems)
    top.only("nome", "regras")
    if not isinstance(top.data.get("regras"), list):
        top.missing("regras", "add `regras:` with a list of rules")
    rules = [
        (doc.line(step), _read_rule(Fields(doc, step, problems), contracts))
        for step, _ in _entries(top, "regras")
    ]
    if problems:
        raise min(problems, key=lambda problem: problem.line)
    return top.text("nome"), rules


def _entries(fields: Fields, key: str) -> Iterator[tuple[YamlPath, Any]]:
    """The elements of a list with their whole paths; nothing where there is no list."""
    entries = fields.data.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield (*fields.path, key, index), entry


def _read_rule(fields: Fields, contracts: Contracts) -> Rule:
    fields.only("nome", "tipo", "opcao", "motivo", "quando", "no_dia")
    tipo, opcao = fields.text("tipo", None), fields.text("opcao", None)
    motivo = fields.text("motivo")
    contract = _decided_type(fields, contracts, tipo)
    if contract is not None:
        _check_option(fields, contract, opcao, motivo)
    if fields.has("quando") and not isinstance(fields.data["quando"], list):
        fields.note("quando", "expected a list of conditions", "write `quando: [{campo: …, igual: …}]`")
    conditions = [
        _read_condition(Fields(fields.doc, step, fields.problems), contract)
        for step, _ in _entries(fields, "quando")
    ]
    return Rule(
        fields.text("nome", None, remedy="decisions are recorded as politica:<nome>"),
        tipo,
        opcao,
        motivo,
        tuple(conditions),
        _read_day(fields, contract),
    )


def _decided_type(fields: Fields, contracts: Contracts, tipo: str) -> Contract | None:
    contract = contracts.get(tipo)
    if contract is not None and contract.humano:
        return contract
    if tipo:
        decided = [name for name, one in contracts.items() if one.humano]
        fields.note("tipo", f"no decision is called {visible(tipo)}", did_you_mean(tipo, decided))
    return None


def _check_option(fields: Fields, contract: Contract, opcao: str, motivo: str) -> None:
    if opcao and opcao not in contract.opcoes:
        remedy = did_you_mean(opcao, contract.opcoes)
        fields.note("opcao", f"{contract.tipo} has no option {visible(opcao)}", remedy)
    elif opcao and contract.opcoes[opcao].motivo == "obrigatorio" and not motivo:
        fields.note("opcao", f"{opcao} needs a reason", "add `motivo: …`")
    for campo in placeholders(motivo):
        _check_field(fields, "motivo", campo, contract)


def _check_field(fields: Fields, key: str, campo: str, contract: Contract | None) -> None:
    wrong = wrong_field(campo, contract) if contract is not None and campo else None
    if wrong is not None:
        fields.note(key, *wrong)


def _read_condition(fields: Fields, contract: Contract | None) -> Condition:
    fields.only("campo", *TESTS)
    campo = fields.text("campo", None)
    _check_field(fields, "campo", campo, contract)
    named = [test for test in TESTS if test in fields.data]
    if len(named) != 1:
        fields.note((), "a condition has one test", f"one of {', '.join(TESTS)}")
        return Condition(campo, "igual", None)
    test = named[0]
    value = fields.data[test]
    problem = _VALUES[test](value)
    if problem is not None:
        fields.note(test, *problem)
    elif test in OF_FIELDS:
        _check_field(fields, test, str(value), contract)
    return Condition(campo, test, value)


def _read_day(fields: Fields, contract: Contract | None) -> DayLimit | None:
    part = fields.maybe("no_dia")
    if part is None:
        return None
    part.only("campo", "ate", "vezes")
    campo = part.text("campo")
    _check_field(part, "campo", campo, contract)
    if bool(campo) != part.has("ate"):
        part.note((), "a sum needs its field and its limit", 'write `{campo: …, ate: "1000.00"}`')
    if not campo and not part.has("vezes"):
        part.note((), "limits nothing", 'write `{campo: …, ate: "1000.00"}` or `{vezes: 10}`')
    ate = part.decimal("ate") if part.has("ate") else None
    vezes = part.integer("vezes", 10, 0, 1_000_000) if part.has("vezes") else None
    return DayLimit(campo, ate, vezes)


Problem = tuple[str, str] | None


def _wants_scalar(value: Any) -> Problem:
    if isinstance(value, str | bool | int | float):
        return None
    return "expected one value", "write `igual: true`; `em` takes a list, `vazio` is for nothing"


def _wants_number(value: Any) -> Problem:
    return None if number(value) is not None else ("expected a number", 'for example "1000.00"')


def _wants_list(value: Any) -> Problem:
    if isinstance(value, list) and value and all(_wants_scalar(one) is None for one in value):
        return None
    return "expected a list of values", "write `em: [frete, pedido]`"


def _wants_boolean(value: Any) -> Problem:
    return None if isinstance(value, bool) else ("expected true or false", "write `vazio: true`")


def _wants_text(value: Any) -> Problem:
    return None if isinstance(value, str) and value else ("expected text", 'for example "frete-*"')


_VALUES: Mapping[str, Callable[[Any], Problem]] = {
    "igual": _wants_scalar,
    "ate": _wants_number,
    "desde": _wants_number,
    "em": _wants_list,
    "combina": _wants_text,
    "vazio": _wants_boolean,
} | dict.fromkeys(OF_FIELDS, _wants_text)
