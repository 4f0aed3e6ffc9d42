"""Contracts: what each type of item is, who makes it, who answers it, and what may follow.

Definitions are YAML (`seeds/contracts.yaml`, and a workspace's own overrides); sections 1 and 2 of
prometheus_arquitetura.md. An item obeys the version that it was produced under.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import BaseModel, ConfigDict, Field
from pydantic import ValidationError as ModelError

from store.documents.base import wrong_document
from store.errors import WrongInput
from store.json_schemas import check_schema
from store.yamlfile import ReadFile, YamlDoc, did_you_mean, load_yaml

RESERVED_KEYS = {"s": "snooze", "d": "difference", "v": "open", "q": "quit"}
"""Keys that a decision's screen uses itself."""

ANYBODY = "*"
"""Among a type's `produtores`: whoever it is."""

Operation = Literal[
    "tentar_novamente",
    "pular",
    "cancelar",
    "dispensar",
    "esperar",
    "recusar",
    "dispensar_recurso",
    "voltar",
    "estender",
    "estender_metade",
    "puxar",
    "deixar",
]
"""What an answer can do to another item; `dispensar_recurso` pushes back the specs that wait for a gap, so
that their next versions do without it, `voltar` goes back to a checkpoint (`EffectOn.ponto`), `estender`
adds to its budget, `puxar` takes it into the sprint that its `decidir_pull` is about, `deixar` leaves it in
the backlog.
"""


class Definition(BaseModel):
    """A part of a contract: immutable, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


class Generated(Definition):
    """A type that may follow; `parte` says that whoever waits for the parent waits for it too."""

    tipo: str
    parte: bool = False


class Retries(Definition):
    """How often a failed attempt is repeated, and the backoff in seconds: `base_s` doubled up to `teto_s`."""

    max: int = Field(default=3, ge=0, le=20)
    base_s: float = Field(default=60, ge=0)
    teto_s: float = Field(default=600, ge=0)


class Produces(Definition):
    """An item that an answer produces; texts that start with `=` are read from the item or the answer."""

    tipo: str
    contexto: dict[str, Any] = Field(default_factory=dict)
    titulo: str = ""
    """Instead of its contract's, with `{…}` fields."""
    apos_s: float = Field(default=0, ge=0)
    """Seconds until it can be claimed or asks."""


class EffectOn(Definition):
    """What an answer does to another item."""

    item: str
    operacao: Operation
    ponto: tuple[str, ...] = ()
    """For `voltar`: the types whose good end is the checkpoint; the last one before the item is redone.

    Where there was none, the option is not to be chosen, and says so.
    """


class Mark(Definition):
    """Fields that an answer sets in a document of another collection."""

    colecao: Literal["releases", "implantacoes"]
    id: str
    campos: dict[str, Any]


class Answer(Definition):
    """One of a contract's `opcoes`: its key, what it will do, and whether a reason is wanted."""

    tecla: str = Field(pattern=r"^[a-z]$")
    rotulo: str = Field(min_length=1)
    efeito: str = ""
    motivo: Literal["obrigatorio", "opcional"] = "opcional"
    perigosa: bool = False
    fim: Literal["Concluido", "Cancelado"] = "Concluido"
    recusa: bool = False
    """The item ends without its outcome: what waits for it is asked about."""
    gera: tuple[Produces, ...] = ()
    efeito_em: EffectOn | None = None
    marca: tuple[Mark, ...] = ()
    execucao: Literal["rejeitado", "cancelado"] | None = None
    """How it ends the execution that the item carries."""
    valida_spec: bool = False
    """The deployment of the item's spec version is validated by it."""
    quando: str = ""
    """A field that must not be empty for the option to be there at all, as in `contexto.spec_ref`: of the
    item, or of the capability that it is about (`capacidade.instalar`).
    """
    exclui: str = ""
    """A field that must be empty for the option to be there at all."""
    requer: str = ""
    """A field that must not be empty for the option to be chosen; where it is, `senao` says why not."""
    senao: str = ""


class Contract(Definition):
    """All that is fixed for one type of item."""

    tipo: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    versao: int = Field(default=1, ge=1)
    descricao: str = Field(min_length=1)
    titulo: str = Field(min_length=1)
    produtores: tuple[str, ...] = Field(min_length=1)
    consumidor: str = Field(min_length=1)
    humano: bool = False
    fila: str = "padrao"
    contexto: dict[str, Any]
    resultado: dict[str, Any]
    gera: tuple[Generated, ...] = ()
    retries: Retries = Retries()
    desfecho: Literal["fim", "sonda"] = "fim"
    """What depending on it means: its end, or that its capability's probe passes (`contexto.recurso`)."""
    se_falhar: Produces | None = None
    """For `sonda`: what is asked again when the work ended and the probe still fails."""
    compartilhado: bool = False
    """One living item a key serves everybody; it is of no spec version."""
    acompanhamento: bool = False
    """Asked after the end; it holds nobody."""
    interno: bool = False
    """Raised and closed by MS_Backlog itself; only an answer ends it."""
    fase: Literal["dev", "teste", "deploy"] | None = None
    """Whose people's hours answering it counts to, in the execution that it carries or that comes of it."""
    abre_execucao: bool = False
    """It opens an execution of its own instead of carrying its parent's."""
    auto_pull: bool | None = None
    """Set for what any task's work may discover besides: whether a sprint pulls it without asking."""
    versao_nova: Literal["cancela", "mantem", "termina"] = "cancela"
    """What a new spec version does to it while open; `termina` lets a running attempt finish."""
    espera_s: float = Field(default=86_400, gt=0)
    """For `esperar`: seconds until the question is asked again."""
    opcoes: dict[str, Answer] = Field(default_factory=dict)

    @cached_property
    def referencia(self) -> str:
        """Names this very definition: its version and a digest of its content."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return f"{self.versao}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"

    @cached_property
    def partes(self) -> frozenset[str]:
        """The generated types that are part of the item."""
        return frozenset(follow.tipo for follow in self.gera if follow.parte)

    @cached_property
    def gerados(self) -> frozenset[str]:
        """Every type that the item may generate."""
        return frozenset(follow.tipo for follow in self.gera)

    def takes(self, produtor: str) -> bool:
        """Whether `produtor` may produce it; `*` among the `produtores` is everybody."""
        return produtor in self.produtores or ANYBODY in self.produtores

    def check_context(self, contexto: Mapping[str, Any]) -> None:
        """Refuse a `contexto` that breaks the contract, naming the path."""
        check_schema(self._context_validator, contexto, "contexto", f"contract {self.tipo}")

    def check_result(self, resultado: Mapping[str, Any]) -> None:
        """Refuse a `resultado` that breaks the contract, naming the path."""
        check_schema(self._result_validator, resultado, "resultado", f"contract {self.tipo}")

    def answer(self, nome: str) -> Answer:
        """The option of that name, or WrongInput that names the right ones."""
        found = self.opcoes.get(nome)
        if found is None:
            raise WrongInput(f"{self.tipo} has no option {nome}", remedy=did_you_mean(nome, self.opcoes))
        return found

    @cached_property
    def _context_validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.contexto)

    @cached_property
    def _result_validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.resultado)


class Contracts(Mapping[str, Contract]):
    """Every type's current contract."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = dict(contracts)

    @classmethod
    def load(cls, path: Path, overrides: Path | ReadFile | None = None) -> Contracts:
        """Read the definitions; those of `overrides` replace whole types. Raises WrongInput with file and
        line.
        """
        documents = [load_yaml(path)]
        contracts = _read(documents[0])
        if overrides is not None:
            documents.append(load_yaml(overrides))
            contracts |= _read(documents[-1])
        for doc in documents:
            _check_together(contracts, doc)
        return cls(contracts)

    @classmethod
    def parse(cls, text: str, file: str = "contracts.yaml") -> Contracts:
        """Read definitions from text."""
        doc = load_yaml(text, file)
        contracts = _read(doc)
        _check_together(contracts, doc)
        return cls(contracts)

    def asked_after(self, tipo: str, apos_s: float) -> Contracts:
        """The same contracts, but what answers generate of that type comes `apos_s` seconds after them."""

        def delayed(answer: Answer) -> Answer:
            gera = [
                each.model_copy(update={"apos_s": apos_s}) if each.tipo == tipo else each
                for each in answer.gera
            ]
            return answer.model_copy(update={"gera": tuple(gera)})

        return Contracts(
            {
                name: contract.model_copy(
                    update={"opcoes": {nome: delayed(each) for nome, each in contract.opcoes.items()}}
                )
                if tipo in contract.gerados
                else contract
                for name, contract in self.items()
            }
        )

    def __getitem__(self, tipo: str) -> Contract:
        return self._contracts[tipo]

    def __iter__(self) -> Iterator[str]:
        return iter(self._contracts)

    def __len__(self) -> int:
        return len(self._contracts)

    def of_type(self, tipo: str, path: str = "tipo") -> Contract:
        """The contract of a type, or WrongInput that names the nearest right type."""
        found = self._contracts.get(tipo)
        if found is None:
            raise WrongInput(f"no contract has the type {tipo}", path=path, remedy=did_you_mean(tipo, self))
        return found


def _read(doc: YamlDoc) -> dict[str, Contract]:
    if not isinstance(doc.data, dict) or not doc.data:
        raise doc.error((), "contracts are a mapping of types", "write: orcar_spec: {…}")
    return {tipo: _read_one(doc, tipo, definition) for tipo, definition in doc.data.items()}


def _read_one(doc: YamlDoc, tipo: str, definition: Any) -> Contract:
    if not isinstance(definition, dict):
        raise doc.error((tipo,), "a contract is a mapping", "descricao, produtores, consumidor, …")
    if "tipo" in definition:
        raise doc.error((tipo, "tipo"), "unknown key", "the type is the contract's own key")
    try:
        contract = Contract.model_validate({"tipo": tipo, **definition})
    except ModelError as error:
        raise wrong_document(error, Contract, (tipo,), doc) from None
    for name in ("contexto", "resultado"):
        _check_schema(doc, (tipo, name), definition[name])
    _check_answers(doc, contract)
    return contract


def _check_schema(doc: YamlDoc, path: tuple[str, ...], schema: Any) -> None:
    wrong = _schema_problem(json.dumps(schema))
    if wrong is not None:
        where, problem = wrong
        raise doc.error((*path, *where), f"not a JSON Schema: {problem[:160]}")


@lru_cache(maxsize=256)
def _schema_problem(text: str) -> tuple[tuple[str | int, ...], str] | None:
    """Where a schema, as JSON, is none and why; kept, since most of reading contracts is this, and they are
    read again whenever a workspace is entered.
    """
    try:
        Draft202012Validator.check_schema(json.loads(text))
    except SchemaError as error:
        return tuple(error.absolute_path), error.message
    return None


def _check_answers(doc: YamlDoc, contract: Contract) -> None:
    keys: dict[str, str] = {}
    for nome, answer in contract.opcoes.items():
        path = (contract.tipo, "opcoes", nome, "tecla")
        if answer.tecla in RESERVED_KEYS:
            raise doc.error(path, f"the key {answer.tecla} is taken: {RESERVED_KEYS[answer.tecla]}")
        _check_checkpoint(doc, contract.tipo, nome, answer.efeito_em)
        if answer.tecla in keys:
            raise doc.error(path, f"the key {answer.tecla} is {keys[answer.tecla]}'s already")
        keys[answer.tecla] = nome
        for index, follow in enumerate(answer.gera):
            if follow.tipo not in contract.gerados:
                where = (contract.tipo, "opcoes", nome, "gera", index, "tipo")
                raise doc.error(
                    where, f"{follow.tipo} is not in gera", did_you_mean(follow.tipo, contract.gerados)
                )
    if contract.humano and not contract.opcoes:
        raise doc.error((contract.tipo,), "a person's item needs opcoes")


def _check_checkpoint(doc: YamlDoc, tipo: str, nome: str, effect: EffectOn | None) -> None:
    if effect is None:
        return
    path = (tipo, "opcoes", nome, "efeito_em")
    if effect.operacao == "voltar" and not effect.ponto:
        raise doc.error(path, "voltar needs ponto", "the types whose end it goes back to")
    if effect.ponto and effect.operacao != "voltar":
        raise doc.error((*path, "ponto"), f"{effect.operacao} has no ponto", "it belongs to voltar")


def _check_together(contracts: Mapping[str, Contract], doc: YamlDoc) -> None:
    """What only shows between contracts: that generated types exist and take this producer."""
    for tipo in doc.data:
        contract = contracts[tipo]
        _check_points(contracts, doc, contract)
        for index, follow in enumerate(contract.gera):
            path = (tipo, "gera", index)
            if follow.tipo not in contracts:
                raise doc.error(
                    path, f"no contract has the type {follow.tipo}", did_you_mean(follow.tipo, contracts)
                )
            if not contracts[follow.tipo].takes(contract.consumidor):
                problem = f"{follow.tipo} is not produced by {contract.consumidor}"
                raise doc.error(path, problem, f"add it to the produtores of {follow.tipo}")
        if contract.se_falhar is not None and contract.se_falhar.tipo not in contract.gerados:
            raise doc.error((tipo, "se_falhar"), f"{contract.se_falhar.tipo} is not in gera")


def _check_points(contracts: Mapping[str, Contract], doc: YamlDoc, contract: Contract) -> None:
    for nome, answer in contract.opcoes.items():
        for index, tipo in enumerate(answer.efeito_em.ponto if answer.efeito_em else ()):
            if tipo not in contracts:
                path = (contract.tipo, "opcoes", nome, "efeito_em", "ponto", index)
                raise doc.error(path, f"no contract has the type {tipo}", did_you_mean(tipo, contracts))
