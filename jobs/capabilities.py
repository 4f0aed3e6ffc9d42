"""Capability definitions (`seeds/capabilities.yaml`), and `identificar_gaps`: what a spec needs and lacks.

A capability is what its probe says: a command that is run for real (`jobs/probes.py`). A gap is a needed
capability whose probe fails.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobs.fields import Fields, control_characters
from jobs.performers.commands import named_words
from jobs.probing import ProbeCommand, approval_name
from jobs.specs.model import Spec
from jobs.specs.reading import KEYS as SPEC_KEYS
from store.commands import PYTHON, WORKSPACE
from store.errors import WrongInput
from store.yamlfile import ReadFile, load_yaml

SEED = Path(__file__).parents[1] / "seeds" / "capabilities.yaml"
TEMPLATE_KEYS = tuple(key for key in SPEC_KEYS if key not in ("id", "fornece"))
"""What of a spec a capability's `spec` may say; id and `fornece` are its name."""


@dataclass(frozen=True)
class Capability:
    """A definition: the probe that tells, and what may bring it. Commands run in the workspace."""

    nome: str
    descricao: str
    tipo_recurso: str
    sonda: tuple[str, ...]
    prazo_s: float = 10.0
    intervalo_s: float = 300.0
    """How often the probe is run, besides whenever it is asked for."""
    rede: bool = False
    """Whether its commands may reach the network."""
    instalar: tuple[str, ...] = ()
    prazo_instalar_s: float = 600.0
    como_obter: str = ""
    """What a person does to bring it, in a line."""
    alternativas: tuple[str, ...] = ()
    criterio: str = ""
    spec: Mapping[str, Any] | None = None
    """What its spec is written from (`jobs/specs/drafts.py`); without it a person writes the spec."""

    def to_document(self) -> dict[str, Any]:
        """The definition as a JSON document; `from_document` reads it."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Capability:
        """The definition in a step's input document."""
        lists = {name: tuple(document[name]) for name in ("sonda", "instalar", "alternativas")}
        return cls(**{**document, **lists})

    @property
    def sonda_argv(self) -> list[str]:
        """The probe as it is run."""
        return _argv(self.sonda)

    @property
    def instalar_argv(self) -> list[str]:
        """The install command as it is run; empty when there is none."""
        return _argv(self.instalar)

    @property
    def instalar_texto(self) -> str:
        """The install command as it is defined, in a line; empty when there is none."""
        return shlex.join(self.instalar)

    def probe_command(
        self, root: Path, env: Mapping[str, str], approved: Mapping[str, str] | None = None
    ) -> ProbeCommand:
        """The probe in the workspace at `root`, with the variables that it gets.

        `approved` has the SHA-256 of what was approved, by name (`approval_name`).
        """
        files = _files(self.sonda, root, approved or {})
        argv = self.sonda_argv
        return ProbeCommand(argv, root, self.prazo_s, env, self.intervalo_s, network=self.rede, files=files)

    def install_command(
        self, root: Path, env: Mapping[str, str], approved: Mapping[str, str] | None = None
    ) -> ProbeCommand:
        """The install command, likewise."""
        files = _files(self.instalar, root, approved or {})
        argv = self.instalar_argv
        return ProbeCommand(argv, root, self.prazo_instalar_s, env, network=self.rede, files=files)

    def facts(self) -> dict[str, Any]:
        """What the store is told of it: what questions about it show, and what can be done."""
        return {
            "tipo_recurso": self.tipo_recurso,
            "descricao": self.descricao,
            "criterio": self.criterio,
            "instalar": self.instalar_texto,
            "molde": self.spec is not None,
            "como_obter": self.como_obter,
            "alternativas": list(self.alternativas),
        }


@dataclass(frozen=True)
class Gap:
    """A capability that a spec needs and whose probe fails."""

    recurso: str
    tipo_recurso: str
    descricao: str
    alternativas: tuple[str, ...]
    criterio: str
    detalhe: str = ""
    """What the probe said."""

    def contexto(self, spec_ref: str) -> dict[str, Any]:
        """The `contexto` of its `entrevistar_dor` (mission 1.2, phase 2), with what metrics need."""
        return {
            "sintoma": self.descricao,
            "frequencia": f"Sempre que spec usa {self.recurso}",
            "afetados": [spec_ref],
            "impacto": "Spec bloqueada",
            "tentativas": list(self.alternativas),
            "criterio_sucesso": self.criterio,
            "recurso": self.recurso,
            "tipo_recurso": self.tipo_recurso,
        }


def identificar_gaps(
    spec: Spec, capabilities: Mapping[str, Capability], probe_results: Mapping[str, bool | tuple[bool, str]]
) -> list[Gap]:
    """The gaps of a spec, in its order (mission 5.1, DEPENDÊNCIAS).

    `probe_results` says for each capability whether its probe passed, alone or with the probe's detail. One
    that was not probed counts as missing: nothing is there that no probe has seen. Raises KeyError for a
    capability that no definition has; `check_spec` refuses these.
    """
    found = []
    for nome in spec.runtime.recursos:
        result = probe_results.get(nome, (False, "not probed"))
        passed, detail = result if isinstance(result, tuple) else (result, "")
        if not passed:
            found.append(_gap(capabilities[nome], detail))
    return found


def _gap(capability: Capability, detail: str) -> Gap:
    return Gap(
        capability.nome,
        capability.tipo_recurso,
        f"Falta {capability.nome}: {capability.descricao}",
        capability.alternativas,
        capability.criterio or f"A sonda de {capability.nome} passa",
        detail,
    )


def load_capabilities(
    override: Path | ReadFile | None = None, path: Path | ReadFile = SEED
) -> dict[str, Capability]:
    """The definitions by name: the seeds', and over them those of a workspace's own file.

    Raises:
        WrongInput: the first thing that is wrong with a file.
    """
    found = _load(path)
    if override is not None:
        found.update(_load(override))
    return found


def _load(source: Path | ReadFile) -> dict[str, Capability]:
    problems: list[WrongInput] = []
    name = (source if isinstance(source, Path) else source.path).name
    fields = Fields(load_yaml(source, name), (), problems)
    fields.only("capacidades")
    part = fields.maybe("capacidades")
    found = {nome: _capability(part.below(nome), nome) for nome in part.data} if part else {}
    for bad in filter(None, map(control_characters, map(str, found))):
        # A name goes into texts of its own line: questions, drafts of specs.
        fields.note("capacidades", f"a capability's name has the character {bad}", "remove it")
    if problems:
        raise problems[0]
    return found


def _capability(fields: Fields, nome: str) -> Capability:
    fields.only(
        "descricao",
        "tipo_recurso",
        "sonda",
        "prazo_s",
        "intervalo_s",
        "rede",
        "instalar",
        "prazo_instalar_s",
        "como_obter",
        "alternativas",
        "criterio",
        "spec",
    )
    sonda = _command(fields, "sonda")
    if not sonda:
        fields.missing("sonda", "a command that succeeds when it is there: `sonda: [program, argument]`")
    return Capability(
        nome,
        descricao=fields.text("descricao", None, remedy="say what it is"),
        tipo_recurso=fields.text("tipo_recurso", "ferramenta"),
        sonda=sonda,
        prazo_s=fields.number("prazo_s", 10, 0.1, 3600),
        intervalo_s=fields.number("intervalo_s", 300, 1, 86400),
        rede=fields.boolean("rede", False),
        instalar=_command(fields, "instalar"),
        prazo_instalar_s=fields.number("prazo_instalar_s", 600, 1, 86400),
        como_obter=fields.text("como_obter"),
        alternativas=fields.texts("alternativas"),
        criterio=fields.text("criterio"),
        spec=_template(fields),
    )


def _template(fields: Fields) -> dict[str, Any] | None:
    """The parts of its spec; what is wrong inside is said when the spec is written."""
    part = fields.maybe("spec")
    if part is None:
        return None
    for key in sorted({"id", "fornece"} & part.data.keys()):
        part.note(key, "is written by oficina", "take it out: it is the capability's name")
    part.only(*TEMPLATE_KEYS, "id", "fornece")
    if not part.data.get("vertentes"):
        part.missing("vertentes", "say what is to be built, as in a spec")
    return dict(part.data)


def _command(fields: Fields, key: str) -> tuple[str, ...]:
    """A command as a list of words, never a line for a shell to take apart."""
    if isinstance(fields.data.get(key), str):
        fields.note(key, "expected a list of words, not one text", f"write `{key}: [program, argument]`")
        return ()
    return fields.texts(key)


def _files(command: Sequence[str], root: Path, approved: Mapping[str, str]) -> dict[str, str]:
    """What of the workspace a command names, with what was approved of it."""
    return {name: approved.get(approval_name(name), "") for name in named_words(command, root)}


def _argv(command: Sequence[str]) -> list[str]:
    """Filled in; what is named in the workspace is part of what its owner approved, and found from there."""
    own = f"{WORKSPACE}/"
    words = [f"./{word.removeprefix(own)}" if word.startswith(own) else word for word in command]
    return [sys.executable if word == PYTHON else word for word in words]
