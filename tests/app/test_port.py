"""The screens' way to the line: what it may keep busy, and with what."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.port import LocalPort
from app.wiring import enter, line_setup
from jobs.attempts import Objects
from jobs.line import Line
from jobs.specs import adding as specs
from store.errors import WrongInput


@pytest.fixture
def line(shop: Path) -> Iterator[Line]:
    """The workspace's line; nobody works in it."""
    running = Line(replace(line_setup(enter(shop), name="test"), actors=()))
    running.start()
    running.wait_open()
    yield running
    running.stop(0.0)


@pytest.fixture
def port(line: Line, shop: Path) -> LocalPort:
    return LocalPort(line, enter(shop), line.setup.config["definitions"])


def items(line: Line) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = line.submit(lambda core: list(core.db.all("backlog_items"))).result(60)
    return found


def test_a_spec_is_read_checked_and_kept_outside_of_the_line_s_thread(
    line: Line, port: LocalPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: dict[str, int] = {}

    def noting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*arguments: Any, **named: Any) -> Any:
            where[name] = threading.get_ident()
            return work(*arguments, **named)

        return noted

    monkeypatch.setattr(specs, "check_files", noting("check", specs.check_files))
    monkeypatch.setattr(Objects, "put_bytes", noting("keep", Objects.put_bytes))
    monkeypatch.setattr(specs, "add_version", noting("store", specs.add_version))
    item_id = asyncio.run(port.add_spec("specs/frete.yaml"))
    (item,) = items(line)
    assert (item["id"], item["tipo"], item["contexto"]["spec_ref"]) == (item_id, "orcar_spec", "frete")
    here = line.submit(lambda _: threading.get_ident()).result(60)
    assert where["store"] == here
    assert where["check"] == where["keep"] != here
    assert where["keep"] != threading.get_ident(), "nor the screen's"


def test_a_spec_that_is_wrong_stores_nothing(shop: Path, line: Line, port: LocalPort) -> None:
    (shop / "specs" / "frete.yaml").write_text("id: frete\n")
    with pytest.raises(WrongInput, match="the field vertentes is missing"):
        asyncio.run(port.add_spec("specs/frete.yaml"))
    assert items(line) == []


def test_another_spec_that_comes_between_makes_it_look_again(
    shop: Path, line: Line, port: LocalPort, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, others = Objects.put_bytes, list("ab")

    def meanwhile(self: Objects, data: bytes) -> str:
        if others and b"titulo: Frete" in data:
            name = others.pop()
            text = (shop / "specs" / "frete.yaml").read_text()
            other = shop / "specs" / f"{name}.yaml"
            other.write_text(text.replace("id: frete", f"id: {name}").replace("Frete", "Other"))
            assert oficina("spec", "add", other).code == 0
        return put(self, data)

    monkeypatch.setattr(Objects, "put_bytes", meanwhile)
    asyncio.run(port.add_spec("specs/frete.yaml"))
    assert [item["contexto"]["spec_ref"] for item in items(line)] == ["b", "a", "frete"]
