"""Actors: who consumes which types, from which queue, how many at a time, and what does the step.

Definitions are YAML (`seeds/actors.yaml`, and a workspace's own overrides).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic import ValidationError as ModelError

from store.contracts import Contracts, Retries
from store.documents.base import wrong_document
from store.yamlfile import YamlDoc, did_you_mean, load_yaml

Performer = Literal["builtin", "comando", "modelo", "humano"]


class Actor(BaseModel):
    """One actor. `intervalo_s` is only the safety net of its dispatcher: a commit wakes it at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    nome: str
    descricao: str = ""
    performers: dict[str, Performer] = Field(alias="tipos", min_length=1)
    """Each type that it consumes, and what does its step."""
    fila: str = Field(default="padrao", min_length=1)
    concorrencia: int = Field(default=1, ge=1, le=256)
    intervalo_s: float = Field(default=30.0, gt=0)
    prazo_s: float | None = Field(default=None, gt=0)
    """Monotonic seconds that one attempt may take; None is no limit."""
    retries: Retries | None = None
    """Instead of the contract's."""
    rede: bool = False
    """Whether its sandbox may use the network."""

    @property
    def tipos(self) -> tuple[str, ...]:
        """The types that the line works on; what a person decides waits in the inbox instead."""
        return tuple(tipo for tipo, performer in self.performers.items() if performer != "humano")

    @property
    def humanos(self) -> tuple[str, ...]:
        """The types that wait for a person."""
        return tuple(tipo for tipo, performer in self.performers.items() if performer == "humano")


class Actors(Mapping[str, Actor]):
    """Every actor by its name."""

    def __init__(self, actors: Mapping[str, Actor]) -> None:
        self._actors = dict(actors)

    @classmethod
    def load(cls, path: Path, contracts: Contracts, overrides: Path | None = None) -> Actors:
        """Read the definitions; those of `overrides` replace whole actors.

        Raises WrongInput with file and line, also where an actor and a contract disagree.
        """
        doc = load_yaml(path)
        actors = _read(doc, contracts)
        if overrides is not None:
            actors |= _read(load_yaml(overrides), contracts)
        _check_complete(actors, contracts, doc)
        return cls(actors)

    @classmethod
    def parse(cls, text: str, contracts: Contracts, file: str = "actors.yaml") -> Actors:
        """Read definitions from text."""
        doc = load_yaml(text, file)
        actors = _read(doc, contracts)
        _check_complete(actors, contracts, doc)
        return cls(actors)

    def __getitem__(self, nome: str) -> Actor:
        return self._actors[nome]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actors)

    def __len__(self) -> int:
        return len(self._actors)

    def working(self) -> list[Actor]:
        """The actors that have something for the line to do: one dispatcher each."""
        return [actor for actor in self._actors.values() if actor.tipos]


def _read(doc: YamlDoc, contracts: Contracts) -> dict[str, Actor]:
    if not isinstance(doc.data, dict) or not doc.data:
        raise doc.error((), "actors are a mapping of names", "write: PROMETHEUS: {tipos: …}")
    return {nome: _read_one(doc, nome, definition, contracts) for nome, definition in doc.data.items()}


def _read_one(doc: YamlDoc, nome: str, definition: Any, contracts: Contracts) -> Actor:
    if not isinstance(definition, dict):
        raise doc.error((nome,), "an actor is a mapping", "tipos, fila, concorrencia, …")
    for key in definition:
        if key not in _KEYS:
            raise doc.error((nome, key), "unknown key", did_you_mean(key, _KEYS))
    try:
        actor = Actor.model_validate({"nome": nome, **definition})
    except ModelError as error:
        raise wrong_document(error, Actor, (nome,), doc) from None
    for tipo, performer in actor.performers.items():
        _check_type(doc, actor, tipo, performer, contracts)
    return actor


_KEYS = {"tipos", *Actor.model_fields} - {"nome", "performers"}


def _check_type(doc: YamlDoc, actor: Actor, tipo: str, performer: str, contracts: Contracts) -> None:
    path = (actor.nome, "tipos", tipo)
    contract = contracts.get(tipo)
    if contract is None:
        raise doc.error(path, f"no contract has the type {tipo}", did_you_mean(tipo, contracts))
    if contract.consumidor != actor.nome:
        raise doc.error(
            path, f"{tipo} is not consumed by {actor.nome}", f"its contract says {contract.consumidor}"
        )
    if contract.humano != (performer == "humano"):
        problem = f"{tipo} is a person's" if contract.humano else f"{tipo} is not a person's"
        remedy = "performer: humano" if contract.humano else "builtin, comando or modelo"
        raise doc.error(path, problem, remedy)


def _check_complete(actors: Mapping[str, Actor], contracts: Contracts, doc: YamlDoc) -> None:
    """Every type has somebody who consumes it, or its items would wait for ever."""
    consumed = {tipo for actor in actors.values() for tipo in actor.performers}
    for tipo, contract in contracts.items():
        if tipo not in consumed:
            path = (contract.consumidor, "tipos")
            raise doc.error(path, f"no actor consumes {tipo}", f"add it to {contract.consumidor}")
