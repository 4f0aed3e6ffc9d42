"""Actors: who consumes which types, from which queue, how many at a time, and what does the step.

Definitions are YAML (`seeds/actors.yaml`, and a workspace's own overrides).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic import ValidationError as ModelError

from store.commands import Command, check_command
from store.contracts import Contracts, Retries
from store.documents.base import wrong_document
from store.errors import WrongInput
from store.yamlfile import ReadFile, YamlDoc, YamlPath, did_you_mean, load_yaml

Performer = Literal["builtin", "comando", "modelo", "humano"]


class BreakerTerms(BaseModel):
    """A circuit breaker's terms: so many failures in a row open it, and after `reset_s` seconds one attempt
    tries again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    falhas: int = Field(default=5, ge=1, le=1000)
    reset_s: float = Field(default=60.0, gt=0, le=86_400)


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
    """Instead of the contracts'."""
    retries_por_tipo: dict[str, Retries] = Field(default_factory=dict)
    """Instead of both, for single types."""
    disjuntor: BreakerTerms = BreakerTerms()
    """When one of its performers is not trusted with work for a while."""
    rede: bool = False
    """Whether its sandbox may use the network."""
    comandos: dict[str, Command] = Field(default_factory=dict)
    """For each type whose performer is `comando`: the program that does its step."""

    @property
    def tipos(self) -> tuple[str, ...]:
        """The types that the line works on; what a person decides waits in the inbox instead."""
        return tuple(tipo for tipo, performer in self.performers.items() if performer != "humano")

    def retries_of(self, tipo: str) -> Retries | None:
        """How often a failed attempt at a type is repeated; None leaves it to the type's contract."""
        return self.retries_por_tipo.get(tipo) or self.retries


class Actors(Mapping[str, Actor]):
    """Every actor by its name."""

    def __init__(self, actors: Mapping[str, Actor], docs: Mapping[str, YamlDoc] | None = None) -> None:
        """`docs` are the documents that the actors were read from, for what only shows later."""
        self._actors, self._docs = dict(actors), dict(docs or {})

    @classmethod
    def load(cls, path: Path, contracts: Contracts, overrides: Path | ReadFile | None = None) -> Actors:
        """Read the definitions; those of `overrides` replace whole actors.

        Raises WrongInput with file and line, also where an actor and a contract disagree.
        """
        doc = load_yaml(path)
        actors = _read(doc, contracts)
        docs = dict.fromkeys(actors, doc)
        if overrides is not None:
            own = load_yaml(overrides)
            replaced = _read(own, contracts)
            actors |= replaced
            docs |= dict.fromkeys(replaced, own)
        _check_complete(actors, contracts, docs, doc)
        return cls(actors, docs)

    @classmethod
    def parse(cls, text: str, contracts: Contracts, file: str = "actors.yaml") -> Actors:
        """Read definitions from text."""
        doc = load_yaml(text, file)
        actors = _read(doc, contracts)
        docs = dict.fromkeys(actors, doc)
        _check_complete(actors, contracts, docs, doc)
        return cls(actors, docs)

    def error(self, path: YamlPath, problem: str, remedy: str = "") -> WrongInput:
        """What is wrong at a path that begins with an actor's name, with file and line where they are
        known.
        """
        doc = self._docs.get(str(path[0])) or YamlDoc({}, {})
        return doc.error(path, problem, remedy)

    def __getitem__(self, nome: str) -> Actor:
        return self._actors[nome]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actors)

    def __len__(self) -> int:
        return len(self._actors)

    def performer_of(self, tipo: str) -> Performer:
        """What does the step of a type; every type of a contract has one."""
        return next(actor.performers[tipo] for actor in self.values() if tipo in actor.performers)

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
    _check_commands(doc, actor)
    for tipo in actor.retries_por_tipo:
        if tipo not in actor.tipos:
            path = (actor.nome, "retries_por_tipo", tipo)
            raise doc.error(path, f"{actor.nome} does not work on {tipo}", did_you_mean(tipo, actor.tipos))
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


def _check_commands(doc: YamlDoc, actor: Actor) -> None:
    """Each type that a program does has its command, and no other type has one."""
    wanted = [tipo for tipo, performer in actor.performers.items() if performer == "comando"]
    for tipo in wanted:
        if tipo not in actor.comandos:
            remedy = f"write: comandos: {{{tipo}: {{argv: [program, argument]}}}}"
            raise doc.error((actor.nome, "tipos", tipo), "comando without a command", remedy)
    for tipo, command in actor.comandos.items():
        path = (actor.nome, "comandos", tipo)
        if tipo not in wanted:
            performer = actor.performers.get(tipo)
            remedy = f"its performer is {performer}" if performer else did_you_mean(tipo, wanted)
            raise doc.error(path, f"{tipo} is not done by a command", remedy)
        check_command(doc, path, command)


def _check_complete(
    actors: Mapping[str, Actor], contracts: Contracts, docs: Mapping[str, YamlDoc], seeds: YamlDoc
) -> None:
    """Every type has somebody who consumes it, or its items would wait for ever."""
    consumed = {tipo for actor in actors.values() for tipo in actor.performers}
    for tipo, contract in contracts.items():
        if tipo not in consumed:
            # An actor of the workspace's own stands instead of the whole of ours: it lacks what that one had.
            path, doc = (contract.consumidor, "tipos"), docs.get(contract.consumidor, seeds)
            raise doc.error(path, f"no actor consumes {tipo}", f"add it to {contract.consumidor}")
