"""Reads `vertentes`: structures and decision tables, inline or by file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from jobs.fields import Fields, YamlPath, value_at, visible
from jobs.specs.cells import feel_cells
from jobs.specs.jsonfile import load_json
from jobs.specs.model import VERTENTES, WORKERS, Vertente
from jobs.specs.schema import check_schema, titled
from jobs.specs.sources import Source
from jobs.specs.tables import read_dmn, read_table
from store.errors import WrongInput
from store.yamlfile import YamlDoc, did_you_mean, load_yaml

NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
MAX_VERTENTES = 20


def read_vertentes(
    fields: Fields, source: Source, spec_id: str
) -> tuple[tuple[Vertente, ...], dict[str, bytes]]:
    """The vertentes of a spec, and the files that they refer to by their path relative to the workspace."""
    reader = _Reader(source, spec_id)
    found = []
    for step, _ in fields.items("vertentes"):
        vertente = reader.vertente(fields.below(*step))
        if vertente is not None:
            found.append(vertente)
    if not fields.has("vertentes") or fields.data["vertentes"] == []:
        fields.missing("vertentes", "add a structure (tipo: E) or a decision (tipo: D)")
    elif len(reader.names) > MAX_VERTENTES:
        fields.note("vertentes", "too many", f"at most {MAX_VERTENTES} in a spec; make it two")
    return tuple(found), reader.files


class _Reader:
    """What one spec's vertentes share: their names and files."""

    def __init__(self, source: Source, spec_id: str) -> None:
        self.source, self.spec_id = source, spec_id
        self.files: dict[str, bytes] = {}
        self.names: list[str] = []

    def vertente(self, fields: Fields) -> Vertente | None:
        """One vertente, or None when it has problems (which are noted)."""
        before = len(fields.problems)
        tipo = _tipo(fields)
        if tipo is None:
            return None
        nome = self._name(fields)
        found = self._structure(fields, nome) if tipo == "E" else self._decision(fields, nome)
        return found if len(fields.problems) == before else None

    def _name(self, fields: Fields) -> str:
        default = self.spec_id.replace("-", "_")
        if not NAME.fullmatch(default):
            # The id is what is wrong then, and that is said of the id.
            default = "spec"
        nome = fields.text("nome", default) or default
        if not NAME.fullmatch(nome) or len(nome) > 48:
            fields.note("nome", f"not a name for code: {visible(nome)}", "small letters, digits and single _")
        elif nome in self.names:
            fields.note(
                "nome" if fields.has("nome") else (), f"two vertentes are named {nome}", "name them apart"
            )
        self.names.append(nome)
        return nome

    def _structure(self, fields: Fields, nome: str) -> Vertente | None:
        fields.only("tipo", "nome", "schema", "arquivo")
        given = _one_of(fields, "schema", "arquivo", "a JSON Schema")
        if given is None:
            return None
        doc, path, arquivo = fields.doc, (*fields.path, "schema"), ""
        if given == "arquivo":
            loaded = self._load(fields)
            if loaded is None:
                return None
            doc, path, arquivo = loaded[0], (), loaded[1]
        problems = check_schema(doc, path)
        fields.problems += problems
        if problems:
            return None
        schema = titled(value_at(doc, path), nome)
        return _vertente(fields, "E", nome, doc, path, arquivo, schema=schema)

    def _decision(self, fields: Fields, nome: str) -> Vertente | None:
        fields.only("tipo", "nome", "tabela", "arquivo", "decisao")
        given = _one_of(fields, "tabela", "arquivo", "a decision table")
        if given is None:
            return None
        try:
            if given == "tabela":
                return self._inline_table(fields, nome)
            return self._table_file(fields, nome)
        except WrongInput as error:
            fields.problems.append(error)
            return None

    def _inline_table(self, fields: Fields, nome: str) -> Vertente | None:
        if fields.has("decisao"):
            fields.note("decisao", "only a DMN file has decisions to choose from", "remove it")
        path = (*fields.path, "tabela")
        data = feel_cells(value_at(fields.doc, path))
        table = read_table(data, fields.doc, path, nome, fields.problems)
        return _vertente(fields, "D", nome, fields.doc, path, "", tabela=table)

    def _table_file(self, fields: Fields, nome: str) -> Vertente | None:
        reference = fields.text("arquivo")
        if reference.lower().endswith((".dmn", ".xml")):
            read = self._read(fields)
            if read is None:
                return None
            arquivo, content = read
            table = read_dmn(content, arquivo, fields)
            if table is None:
                return None
            return _vertente(fields, "D", nome, YamlDoc(None, {}, arquivo), (), arquivo, tabela=table)
        loaded = self._load(fields)
        if loaded is None:
            return None
        doc, arquivo = loaded
        table = read_table(feel_cells(doc.data), doc, (), nome, fields.problems)
        return _vertente(fields, "D", nome, doc, (), arquivo, tabela=table)

    def _load(self, fields: Fields) -> tuple[YamlDoc, str] | None:
        """The JSON or YAML file that `arquivo` names, with its path."""
        read = self._read(fields)
        if read is None:
            return None
        arquivo, content = read
        load = load_json if arquivo.lower().endswith(".json") else load_yaml
        try:
            return load(content, arquivo), arquivo
        except WrongInput as error:
            fields.problems.append(error)
            return None

    def _read(self, fields: Fields) -> tuple[str, bytes] | None:
        reference = fields.text("arquivo")
        if not reference:
            return None
        try:
            arquivo, content = self.source.read(reference)
        except WrongInput as error:
            fields.note("arquivo", error.problem, error.remedy)
            return None
        self.files[arquivo] = content
        return arquivo, content


def _tipo(fields: Fields) -> Literal["E", "D"] | None:
    if not fields.data:
        return None
    tipo = fields.text("tipo", None, remedy="add `tipo: E` (structure) or `tipo: D` (decision)")
    if tipo == "E":
        return "E"
    if tipo == "D":
        return "D"
    if tipo in VERTENTES:
        fields.note(
            "tipo",
            f"vertente {tipo} ({VERTENTES[tipo]}) has no worker yet",
            f"vertentes with a worker: {', '.join(WORKERS)}",
        )
    elif tipo:
        fields.note("tipo", f"no such vertente: {visible(tipo)}", did_you_mean(tipo.upper(), WORKERS))
    return None


def _one_of(fields: Fields, inline: str, by_file: str, what: str) -> str | None:
    """Which of the two ways of giving it was used; None (noted) when none or both."""
    if fields.has(inline) and fields.has(by_file):
        fields.note(by_file, f"{inline} and {by_file} are both given", "keep one of them")
        return None
    if not fields.has(inline) and not fields.has(by_file):
        fields.missing(inline, f"add {what} as `{inline}: …`, or name its file as `{by_file}: …`")
        return None
    return inline if fields.has(inline) else by_file


def _vertente(
    fields: Fields,
    tipo: Literal["E", "D"],
    nome: str,
    doc: YamlDoc,
    doc_path: YamlPath,
    arquivo: str,
    *,
    schema: Mapping[str, Any] | None = None,
    tabela: Any = None,
) -> Vertente:
    return Vertente(tipo, nome, fields.path, doc, doc_path, arquivo, schema, tabela)
