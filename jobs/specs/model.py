"""A spec as the rest of the line sees it: immutable, checked in shape, with the lines it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jobs.fields import YamlPath
from store.yamlfile import YamlDoc

if TYPE_CHECKING:
    from jobs.feel.table import Table

VERTENTES: Mapping[str, str] = {
    "E": "structure",
    "D": "decision",
    "P": "process",
    "I": "interface",
    "C": "integration",
}
"""Every vertente of the mission (section 4) and its English word."""

WORKERS: Mapping[str, str] = {"E": "WORKER_E", "D": "WORKER_D"}
"""The vertentes that have a worker."""

Valor = str | int | float | bool | None | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class EqClass:
    """An equivalence class of one field: its name, a representative value, and whether it is valid."""

    nome: str
    valor: Any
    valida: bool = True


@dataclass(frozen=True)
class Exemplo:
    """An example of the owner's: an input with what is expected of it, or with the field that is invalid.

    `vertente` is the `nome` of the vertente that it speaks of. Of a decision, `esperado` is what it answers;
    of a structure, fields as the model gives them back; a structure's example with neither is accepted.
    """

    nome: str
    vertente: str
    entrada: Mapping[str, Any]
    esperado: Any = None
    tem_esperado: bool = False
    invalido: str = ""
    path: YamlPath = ()


@dataclass(frozen=True)
class Vertente:
    """One side of a spec: a structure (`schema` is set) or a decision (`tabela` is set)."""

    tipo: Literal["E", "D"]
    nome: str
    path: YamlPath
    doc: YamlDoc
    """The document that the schema or table came from: the spec itself, or the file that it names."""
    doc_path: YamlPath = ()
    """Where in `doc` the schema or table begins."""
    arquivo: str = ""
    """The file that it came from, relative to the workspace; empty when it is written in the spec."""
    schema: Mapping[str, Any] | None = None
    tabela: Table | None = None

    @property
    def worker(self) -> str:
        """The worker that builds it, as in `WORKER_E`."""
        return WORKERS[self.tipo]

    @property
    def campos(self) -> list[str]:
        """The fields that equivalence classes and examples speak of, in the spec's order."""
        if self.schema is not None:
            return list(self.schema.get("properties", {}))
        return [] if self.tabela is None else [entrada.nome for entrada in self.tabela.entradas]


@dataclass(frozen=True)
class SchemaTdd:
    """What the tests come from (mission 5.1, `schema_tdd`)."""

    criterio: str = "pairwise"
    cobertura: int | None = None
    """Planned branch coverage in percent; None when the spec doesn't say."""
    classes: Mapping[str, Mapping[str, Sequence[EqClass]]] = field(default_factory=dict)
    """By vertente's `nome`, then by field; what the spec leaves out is derived (`classes.classes_of`)."""
    exemplos: Sequence[Exemplo] = ()


@dataclass(frozen=True)
class Requisitos:
    """`requisitos_nao_funcionais`; None where the spec doesn't say."""

    tps: int | float | None = None
    usuarios: int | None = None
    pico: int | float | str | None = None


@dataclass(frozen=True)
class Runtime:
    """What the spec needs to be built and to run."""

    recursos: Sequence[str] = ()
    """Names of capabilities (`seeds/capabilities.yaml`)."""
    apis: Mapping[str, int] = field(default_factory=dict)
    """Calls to each external API until the deployment is validated."""
    cpu: int | float = 1
    memoria_mb: int = 256
    containers: int = 0
    gpu: bool = False


@dataclass(frozen=True)
class Spec:
    """A spec file, read and checked in shape."""

    id: str
    titulo: str
    prioridade: int
    descricao: str
    vertentes: Sequence[Vertente]
    tdd: SchemaTdd
    requisitos: Requisitos
    runtime: Runtime
    depende_de: Sequence[str]
    fornece: Sequence[str]
    fonte: str
    """Where the spec and the files come from, named once: origin and licence; free text."""
    doc: YamlDoc
    arquivo: str
    """The spec's own file, relative to the workspace."""
    arquivos: Mapping[str, bytes]
    """Every file of the spec, its own and those it refers to, by the path relative to the workspace."""

    def vertente(self, nome: str) -> Vertente | None:
        """The vertente of that name, or None."""
        return next((vertente for vertente in self.vertentes if vertente.nome == nome), None)

    def exemplos_de(self, nome: str) -> list[Exemplo]:
        """The examples that speak of one vertente."""
        return [exemplo for exemplo in self.tdd.exemplos if exemplo.vertente == nome]
