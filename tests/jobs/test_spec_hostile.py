"""Specs made to do harm: they end in lines for their author, in bounded time, and read nothing outside."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from spec_files import pedido, problems, write

from jobs.feel.xmltree import MAX_BYTES, read_xml
from jobs.specs import sources
from jobs.specs.reading import read_spec
from jobs.specs.schema import check_schema
from jobs.specs.sources import FileSource, read_limited
from store.errors import WrongInput
from store.yamlfile import YamlDoc


def by_file(name: str) -> str:
    return f"id: a\ntitulo: t\nvertentes:\n  - {{tipo: E, arquivo: {name}}}\n"


def test_a_text_of_a_million_lines_is_read_in_a_second() -> None:
    content = b"<definitions>" + b"\n" * (MAX_BYTES - 100) + b"</definitions>"
    started = time.process_time()
    assert len(read_xml(content, "x.dmn").text) == MAX_BYTES - 100
    assert time.process_time() - started < 10


def test_many_references_are_checked_in_a_moment() -> None:
    parts = {f"p{index}": {"$ref": "#/$defs/d"} for index in range(2000)}
    schema = {"type": "object", "properties": parts, "$defs": {"d": {"type": "string"}}}
    started = time.process_time()
    assert check_schema(YamlDoc(schema, {}), ()) == []
    assert time.process_time() - started < 10


@pytest.mark.parametrize("dialect", [5, [], {}, None])
def test_a_dialect_that_is_no_text_is_named(dialect: Any, tmp_path: Path) -> None:
    [said] = problems(
        tmp_path, pedido(lambda spec: spec["vertentes"][0]["schema"].update({"$schema": dialect}))
    )
    assert "$schema: no such dialect" in said


def test_a_tuple_beside_a_reference_is_a_schema_in_draft_7() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"a": {"items": [{"type": "string"}]}, "b": {"$ref": "#/definitions/x"}},
        "definitions": {"x": {"type": "string"}},
    }
    assert check_schema(YamlDoc(schema, {}), ()) == []


@pytest.mark.parametrize("part", [{"description": "\ud800"}, {"properties": {"a\ud800": {"type": "string"}}}])
def test_half_a_character_in_json_is_refused(part: dict[str, Any], tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, **part}
    write(tmp_path, json.dumps(schema), "specs/a.json")
    _, said = read_spec(write(tmp_path, by_file("a.json")), tmp_path)
    assert [each.problem.partition(":")[0] for each in said] == ["half a character"]


def test_a_link_to_itself_is_one_line(tmp_path: Path) -> None:
    spec = write(tmp_path, by_file("loop.json"))
    (tmp_path / "specs" / "loop.json").symlink_to("loop.json")
    _, said = read_spec(spec, tmp_path)
    assert [str(each) for each in said] == [
        "specs/spec.yaml:4: vertentes[0].arquivo: loop.json cannot be read: a link that leads to itself"
    ]
    (tmp_path / "specs" / "loop.yaml").symlink_to("loop.yaml")
    _, said = read_spec(tmp_path / "specs" / "loop.yaml", tmp_path)
    assert [str(each) for each in said] == ["specs/loop.yaml: cannot be read: a link that leads to itself"]


@pytest.mark.parametrize("name", ["a\x1b[31m.yaml", "a\u202e.yaml", os.fsdecode(b"a\xff.yaml")])
def test_a_files_name_that_cannot_be_shown_is_refused(name: str, tmp_path: Path) -> None:
    spec = write(tmp_path, by_file("a.json"), f"specs/{name}")
    read, said = read_spec(spec, tmp_path)
    assert read is None
    assert "the file's name has the character U+" in said[0].problem


@pytest.mark.parametrize("swapped", ["file", "directory"])
def test_what_becomes_a_link_after_the_check_is_not_followed(
    swapped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.json").write_text("secret")
    shop = tmp_path / "shop"
    spec = write(shop, by_file("part/a.json"))
    part = shop / "specs" / "part"
    part.mkdir()
    (part / "a.json").write_text("{}")

    def swap_first(path: Path, name: str) -> bytes:
        (part / "a.json").unlink()
        if swapped == "file":
            (part / "a.json").symlink_to(outside / "a.json")
        else:
            part.rmdir()
            part.symlink_to(outside)
        return read_limited(path, name)

    monkeypatch.setattr(sources, "read_limited", swap_first)
    with pytest.raises(WrongInput, match="cannot be read"):
        FileSource(spec, shop).read("part/a.json")


def test_a_pipe_is_no_file_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WrongInput, match="is not a file"):
        read_limited(tmp_path / "pipe", "pipe")
