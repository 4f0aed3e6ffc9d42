"""From a spec file to a `Spec`: its shape, with everything that is wrong found in one pass."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.fields import Fields, visible
from jobs.specs.model import Requisitos, Runtime, Spec
from jobs.specs.sources import FileSource, FrozenSource
from jobs.specs.tdd import read_tdd
from jobs.specs.vertentes import read_vertentes
from store.errors import WrongInput
from store.yamlfile import load_yaml

ID = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
MAX_ID = 48
KEYS = (
    "id",
    "titulo",
    "descricao",
    "prioridade",
    "fonte",
    "vertentes",
    "schema_tdd",
    "requisitos_nao_funcionais",
    "runtime",
    "depende_de",
    "fornece",
)


def read_spec(path: Path, workspace: Path) -> tuple[Spec | None, list[WrongInput]]:
    """Read a spec file; on any problem there is no spec, but all the problems, in the file's order."""
    return parse_spec(FileSource(path, workspace))


def parse_spec(source: FileSource | FrozenSource) -> tuple[Spec | None, list[WrongInput]]:
    """See `read_spec`; from disk or from a frozen version."""
    spec, problems = parse_what_is_sound(source)
    return (None if problems else spec), problems


def parse_what_is_sound(source: FileSource | FrozenSource) -> tuple[Spec | None, list[WrongInput]]:
    """The spec with every field that is sound (None where the file is no mapping), and what is wrong."""
    try:
        text = source.text()
        doc = load_yaml(text, source.arquivo)
    except WrongInput as error:
        return None, [error]
    problems: list[WrongInput] = []
    fields = Fields(doc, (), problems)
    if problems:
        return None, problems
    fields.only(*KEYS)
    spec_id = _id(fields)
    vertentes, arquivos = read_vertentes(fields, source, spec_id)
    spec = Spec(
        id=spec_id if ID.fullmatch(spec_id) else "",
        titulo=fields.text("titulo", None, remedy="say in a line what the owner gets"),
        prioridade=fields.integer("prioridade", 0, -1000, 1000),
        descricao=fields.text("descricao", lines=True),
        vertentes=vertentes,
        tdd=read_tdd(fields, vertentes),
        requisitos=_requisitos(fields),
        runtime=_runtime(fields),
        depende_de=_references(fields, "depende_de"),
        fornece=_references(fields, "fornece"),
        fonte=fields.text("fonte", lines=True),
        doc=doc,
        arquivo=source.arquivo,
        arquivos={source.arquivo: text, **arquivos},
    )
    problems.sort(key=lambda problem: (problem.file != source.arquivo, problem.file, problem.line))
    return spec, problems


def _id(fields: Fields) -> str:
    value = fields.text("id", None, remedy="add `id: …`, a short word of its own")
    if value and (not ID.fullmatch(value) or len(value) > MAX_ID):
        fields.note(
            "id",
            f"not an id: {visible(value)}",
            f"small letters, digits, single - and _ between them, at most {MAX_ID}",
        )
    return value


def _references(fields: Fields, key: str) -> tuple[str, ...]:
    found = fields.texts(key)
    for index, name in enumerate(found):
        if name in found[:index]:
            fields.note((key, index), f"{visible(name)} is here twice", "keep one of them")
    return found


def _requisitos(fields: Fields) -> Requisitos:
    part = fields.maybe("requisitos_nao_funcionais")
    if part is None:
        return Requisitos()
    part.only("tps", "usuarios", "pico")
    pico = part.data.get("pico")
    if isinstance(pico, bool | list | dict):
        part.note("pico", f"expected a number or text, not {visible(pico)}", "for example 200")
        pico = None
    return Requisitos(
        tps=part.number("tps", 0, 0, 1e9) if part.has("tps") else None,
        usuarios=part.integer("usuarios", 0, 0, 10**9) if part.has("usuarios") else None,
        pico=part.text("pico") if isinstance(pico, str) else pico,
    )


def _runtime(fields: Fields) -> Runtime:
    part = fields.maybe("runtime")
    if part is None:
        return Runtime()
    part.only("recursos", "apis", "cpu", "memoria_mb", "containers", "gpu")
    return Runtime(
        recursos=_references(part, "recursos"),
        apis=_apis(part),
        cpu=part.number("cpu", 1, 0.1, 256),
        memoria_mb=part.integer("memoria_mb", 256, 1, 1 << 20),
        containers=part.integer("containers", 0, 0, 1000),
        gpu=part.boolean("gpu", False),
    )


def _apis(part: Fields) -> dict[str, int]:
    apis = part.maybe("apis")
    if apis is None:
        return {}
    return {name: apis.integer(name, 0, 0, 10**9) for name in sorted(apis.data)}
