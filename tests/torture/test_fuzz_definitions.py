"""Whatever stands in a file that others wrote, it is taken, or refused in one line without a traceback.

`OFICINA_FUZZ` says how many examples each parser gets (15).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs"))

import seeds
from app.arguments import build_parser
from jobs.capabilities import load_capabilities
from jobs.config import load_config
from jobs.feel.dmn_read import tables_from_dmn
from jobs.performers.shapes import check_outcome
from jobs.policy_file import load_policies
from jobs.pricing.rates import load_pricing
from jobs.specs.reading import read_spec
from store.actors import Actors
from store.clock import FakeClock
from store.contracts import Contracts
from store.database import Database, check
from store.errors import OficinaError, StoreCorrupt
from store.journal.lines import seal, unseal
from store.journal.segment import open_segment
from store.journal.snapshot import read_head
from store.sprint.recipe import load_plan

EXAMPLES = int(os.environ.get("OFICINA_FUZZ", "15"))
SEEDS, HERE = Path(seeds.__file__).parent, Path(__file__).parent
CONTRACTS = Contracts.load(SEEDS / "contracts.yaml")
DMN = sorted((HERE.parent / "data" / "dmn-tck").rglob("*.dmn"))

Load = Callable[[Path], object]
FILES: Mapping[str, tuple[Path, Load]] = {
    "contracts": (
        SEEDS / "examples" / "eco" / "contracts.yaml",
        lambda path: Contracts.load(SEEDS / "contracts.yaml", path),
    ),
    "actors": (
        SEEDS / "actors.yaml",
        lambda path: Actors.load(SEEDS / "actors.yaml", CONTRACTS, path),
    ),
    "capabilities": (SEEDS / "capabilities.yaml", load_capabilities),
    "pricing": (SEEDS / "pricing.yaml", load_pricing),
    "policy": (SEEDS / "policy.yaml", lambda path: load_policies([path], CONTRACTS)),
    "workspace": (HERE / "oficina.yaml", lambda path: load_config(path, path.parent)),
    "recipe": (SEEDS / "demo" / "sprints" / "S022.yaml", lambda path: load_plan(path, path.parent)),
    "spec": (SEEDS / "demo" / "specs" / "frete.yaml", lambda path: read_spec(path, path.parent)),
}
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(
        ["", "-", "\x00", "\x1b[2J", "[/]", "\u202e", "../../etc/passwd", "9" * 400, "é" * 300, "2026-02-30"]
    ),
    st.lists(st.sampled_from([1, "a", None, [], {}]), max_size=3),
    st.dictionaries(
        st.sampled_from(["nome", "tipo", "$ref", "zz", ""]), st.sampled_from([1, "a", []]), max_size=2
    ),
)
SPLICES = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"&a [*a",
        b"!!python/object:os.system x",
        b"<<: *x",
        b"\t",
        b"{",
        b"? ",
        b"- - -",
    ),
    *(
        b"\xc2\x85",
        b"|\n",
        b"%YAML 9\n---\n",
        b"1e999999",
        b"0x" + b"f" * 2000,
        b"[" * 3000,
        b"*",
        b"'",
        b'"',
    ),
)

fuzz = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def taken_or_refused(load: Callable[[], object]) -> None:
    try:
        load()
    except OficinaError as error:
        said = str(error).strip()
    else:
        return
    assert said
    assert said.isprintable()


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document that something else can be put into."""
    steps = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    below = [place for step in steps for place in places(data[step], (*path, step))]
    return [*([path] if path else []), *below]


def changed(data: st.DataObject, document: Any) -> Any:
    """The document with one to three places left out, replaced by junk or moved."""
    for _ in range(data.draw(st.integers(1, 3))):
        every = places(document)
        if not every:
            break
        *parents, last = data.draw(st.sampled_from(every))
        holder: Any = document
        for step in parents:
            holder = holder[step]
        if data.draw(st.booleans()) and isinstance(holder, dict):
            del holder[last]
        else:
            holder[last] = data.draw(JUNK)
    return document


@pytest.mark.parametrize("kind", FILES)
@fuzz
@given(data=st.data())
def test_a_definition_with_junk_in_it(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    source, load = FILES[kind]
    document = changed(data, yaml.safe_load(source.read_text()))
    path = tmp_path / source.name
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    taken_or_refused(lambda: load(path))


@pytest.mark.parametrize("kind", FILES)
@fuzz
@given(data=st.data())
def test_a_definition_with_bytes_in_it(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    source, load = FILES[kind]
    path = tmp_path / source.name
    path.write_bytes(spliced(data, source.read_bytes()))
    taken_or_refused(lambda: load(path))


def spliced(data: st.DataObject, raw: bytes) -> bytes:
    """The bytes with a piece taken out, and something put in."""
    at = data.draw(st.integers(0, len(raw)))
    gone = data.draw(st.integers(0, 40))
    return raw[:at] + data.draw(st.sampled_from(SPLICES) | st.binary(max_size=8)) + raw[at + gone :]


@fuzz
@given(data=st.data())
def test_a_dmn_file_with_bytes_in_it(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(DMN)).read_bytes()
    taken_or_refused(lambda: tables_from_dmn(spliced(data, raw), "x.dmn"))


OUTCOME: dict[str, Any] = {
    "resultado": {"n": 1},
    "artefatos": {"a.txt": "a.txt"},
    "uso": {"cpu_s": 1.0},
    "filhos": [{"tipo": "documentar", "contexto": {"o_que": "x"}, "auto_pull": True}],
}


@fuzz
@given(data=st.data())
def test_an_outcome_with_junk_in_it(data: st.DataObject) -> None:
    outcome = changed(data, json.loads(json.dumps(OUTCOME)))
    taken_or_refused(lambda: check_outcome(outcome))


@fuzz
@given(data=st.data())
def test_a_line_of_the_journal_with_bytes_in_it(data: st.DataObject) -> None:
    line, _ = seal(b'{"seq":1,"put":{"backlog_items":{"1":{"id":"BKL-0001"}}}', 7)
    torn = spliced(data, line)
    found = unseal(torn, 7)
    assert found is None or torn == line


LINE: dict[str, Any] = {
    "seq": 1, "ts": "2026-01-05T12:00:00.000000Z", "by": "x", "ok": 0,
    "put": {"backlog_items": {"1": {"id": "BKL-0001", "tipo": "t", "status": "Pendente", "prioridade": 1}}},
    "del": {"specs": [1]}, "next": {"specs": 2}, "archive": {"specs": {"1": {"id": "SPC-0001"}}},
    "events": [{"tipo": "t", "item_id": "BKL-0001"}],
}  # fmt: skip


@fuzz
@given(data=st.data())
def test_a_sealed_line_with_junk_in_it(tmp_path: Path, data: st.DataObject) -> None:
    line = changed(data, json.loads(json.dumps(LINE)))
    header = seal(b'{"format":"oficina-store/1","base":1,"seed":"00000000","schemas":{}', 0)[0]
    body = json.dumps(line).encode()[:-1]
    (tmp_path / "journal-000000000001.jsonl").write_bytes(header + seal(body, 0)[0])
    taken_or_refused(lambda: looked_at(tmp_path))


def looked_at(path: Path) -> None:
    check(path)
    db = Database.open(path, by="fuzz", clock=FakeClock(), readonly=True)
    list(db.history())
    db.close()


@fuzz
@given(data=st.data())
def test_a_snapshot_s_head_with_bytes_in_it(data: st.DataObject) -> None:
    head = b'{"_meta":{"1":{"format":"oficina-store/1","seq":1,"chain":"00","next":{},"schemas":{},'
    head += b'"crc":"0"}},\n'
    taken_or_refused(lambda: read_head(spliced(data, head), "snapshot.json"))


@fuzz
@given(data=st.data())
def test_a_snapshot_s_head_with_junk_in_it(data: st.DataObject) -> None:
    fields = {"format": "oficina-store/1", "seq": 1, "chain": "0" * 8, "next": {"a": 1}, "schemas": {"a": 1}}
    head = {"_meta": {"1": {**fields, "crc": "0" * 8}}}
    raw = json.dumps(changed(data, head)).encode()[:-1] + b",\n"
    taken_or_refused(lambda: read_head(raw, "snapshot.json"))


@pytest.mark.parametrize("field", ["seed", "schemas", "base", "format"])
@pytest.mark.parametrize("value", [None, -1, "zz", [], {"a": "b"}, {"a": None}])
def test_a_segment_s_header_with_junk_in_it(tmp_path: Path, field: str, value: object) -> None:
    header = {"format": "oficina-store/1", "base": 1, "seed": "0" * 8, "schemas": {}, field: value}
    body = json.dumps(header).encode()[:-1]
    (tmp_path / "journal-000000000001.jsonl").write_bytes(seal(body, 0)[0])
    with pytest.raises(StoreCorrupt):
        open_segment(tmp_path, 1, readonly=True)


WORDS = (
    *(
        "init",
        "demo",
        "run",
        "spec",
        "items",
        "bug",
        "decisions",
        "decide",
        "sprint",
        "task",
        "metrics",
        "store",
    ),
    *(
        "events",
        "doctor",
        "trust",
        "add",
        "show",
        "check",
        "repair",
        "export",
        "done",
        "forecast",
        "logs",
        "new",
    ),
    *(
        "--json",
        "--limit",
        "--status",
        "--tipo",
        "--reason",
        "--headless",
        "--timeout",
        "--since",
        "-C",
        "--",
        "-",
    ),
    *(
        "BKL-0001",
        "1",
        "-1",
        "0",
        "9" * 400,
        "1e999",
        "nan",
        "é" * 300,
        "\x1b[2J",
        "\udcff",
        "\x00",
        "@x",
        "",
    ),
)


@fuzz
@given(words=st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=7))
def test_a_command_line_of_any_words(words: list[str]) -> None:
    """It is understood, or refused with exit code 2 (0 for a help): nothing is done here but read it."""
    code: object = 0
    try:
        build_parser().parse_args(words)
    except SystemExit as leaving:
        code = leaving.code
    assert code in (0, 2)
