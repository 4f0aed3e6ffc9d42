"""What the conditions of a policy look at: an item as it was asked, with the documents that it names.

None of them changes after the question was asked, but for the fields in `CHANGING`: so a rule that is tried
on a past decision sees what it would have seen then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from store.budgets import Reader, price_of
from store.contracts import Contract
from store.documents import MODELS
from store.yamlfile import did_you_mean

Doc = dict[str, Any]

ITEM_FIELDS = ("titulo", "prioridade", "spec_ref", "spec_versao", "produtor", "fila")
"""The item's own fields, besides its `contexto`."""

CHANGING = ("spec.validada_em", "spec.validada_por", "release.status", "implantacao.status")
"""Fields that say what came of the question: no rule may look at them."""


def _spec(reader: Reader, item: Mapping[str, Any]) -> Doc | None:
    wanted = item["spec_versao"]
    versions = reader.find("specs", "spec_ref", item["spec_ref"])
    return next((doc for doc in versions if doc["versao"] == wanted), None)


def _named(collection: str, field: str) -> Callable[[Reader, Mapping[str, Any]], Doc | None]:
    def read(reader: Reader, item: Mapping[str, Any]) -> Doc | None:
        ref = item["contexto"].get(field)
        return reader.get(collection, ref) if isinstance(ref, str) and ref else None

    return read


_DOCUMENTS: Mapping[str, tuple[str, Callable[[Reader, Mapping[str, Any]], Doc | None]]] = {
    "spec": ("specs", _spec),
    "recursos": ("specs_recursos", price_of),
    "release": ("releases", _named("releases", "release_ref")),
    "implantacao": ("implantacoes", _named("implantacoes", "implantacao_ref")),
}


class Evidence(Mapping[str, Any]):
    """The item's fields, and `spec`, `recursos`, `release`, `implantacao`: read when they are looked at."""

    def __init__(self, reader: Reader, item: Mapping[str, Any]) -> None:
        self._reader, self._item = reader, item
        self._read: dict[str, Doc | None] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in _DOCUMENTS:
            return self._item[name]
        if name not in self._read:
            self._read[name] = _DOCUMENTS[name][1](self._reader, self._item)
        found = self._read[name]
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        yield from self._item
        yield from (name for name in _DOCUMENTS if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def wrong_field(campo: str, contract: Contract) -> tuple[str, str] | None:
    """What is wrong with a field of a condition on that contract's items, and what would be right."""
    head, *rest = campo.split(".")
    if campo in CHANGING:
        return f"{campo} changes after the question: a rule can't go by it", "look at what was asked"
    if head in ITEM_FIELDS and not rest:
        return None
    if head == "contexto" and rest:
        wrong, known = _below_schema(contract.contexto, rest)
    elif head in _DOCUMENTS and rest:
        wrong, known = _below_model(MODELS[_DOCUMENTS[head][0]], rest)
    else:
        wrong, known = 0, [*ITEM_FIELDS, "contexto.…", *(f"{name}.…" for name in _DOCUMENTS)]
    if not known:
        return None
    before = ".".join(campo.split(".")[:wrong])
    options = [f"{before}.{name}" if before else name for name in known]
    return f"{contract.tipo} has no field {campo}", did_you_mean(campo, options)


def _below_schema(schema: Any, steps: list[str]) -> tuple[int, list[str]]:
    """How far the steps are right, and what could follow there; nothing where every name could."""
    for place, step in enumerate(steps):
        known = schema.get("properties", {}) if isinstance(schema, dict) else {}
        if step in known:
            schema = known[step]
        elif isinstance(schema, dict) and schema.get("additionalProperties") is False:
            return place + 1, list(known)
        else:
            break
    return 0, []


def _below_model(model: Any, steps: list[str]) -> tuple[int, list[str]]:
    for place, step in enumerate(steps):
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            break
        if step not in model.model_fields:
            return place + 1, list(model.model_fields)
        model = _without_none(model.model_fields[step].annotation)
    return 0, []


def _without_none(annotation: Any) -> Any:
    """The model in `Model | None`, else the annotation itself."""
    if get_origin(annotation) in (Union, UnionType):
        models = [one for one in get_args(annotation) if one is not type(None)]
        return models[0] if len(models) == 1 else annotation
    return annotation
