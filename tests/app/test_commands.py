"""The command line on a real workspace: what works, and what is said of wrong input."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from factories import World, deployment, release

from app import main as main_module
from store.clock import SystemClock
from store.database import Database


def put(shop: Path, collection: str, *documents: dict[str, Any]) -> None:
    """Store documents as the line would."""
    db = Database.open(shop / ".oficina" / "store", by="test", clock=SystemClock())
    with db.transaction() as tx:
        for document in documents:
            tx.insert(collection, document)
    db.close()


def test_a_new_workspace_has_a_config_specs_and_a_private_store(shop: Path) -> None:
    assert (shop / "oficina.yaml").is_file()
    assert (shop / ".oficina").stat().st_mode & 0o777 == 0o700


def test_init_refuses_a_workspace(shop: Path, oficina) -> None:
    said = oficina("init", shop)
    assert said.code == 2
    assert "is a workspace already" in said.err


def test_outside_a_workspace_one_line_says_how_to_make_one(tmp_path: Path, oficina, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = oficina("items")
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "oficina init" in said.err


def test_a_spec_is_added_once_and_again_only_when_it_changed(shop: Path, oficina) -> None:
    first = oficina("spec", "add", "specs/frete.yaml")
    assert (first.code, first.out) == (0, "frete v1: BKL-0001 has it priced.\n")
    again = oficina("spec", "add", "specs/frete.yaml", "--json")
    assert again.json == [{"spec_ref": "frete", "versao": 1, "documento_id": "SPC-0001", "item_id": ""}]
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text().replace("titulo: Frete", "titulo: Frete novo"))
    assert "frete v2: BKL-0002 has it priced." in oficina("spec", "add", spec).out
    items = oficina("items", "--spec", "frete", "--json").json
    assert [(item["id"], item["status"]) for item in items] == [
        ("BKL-0001", "Cancelado"),
        ("BKL-0002", "Pendente"),
    ]


def test_check_says_everything_that_is_wrong_and_stores_nothing(shop: Path, oficina) -> None:
    bad = shop / "specs" / "bad.yaml"
    bad.write_text(
        (shop / "specs" / "frete.yaml").read_text().replace("titulo:", "titullo:").replace("<= 5", "< 5")
    )
    said = oficina("spec", "check", bad)
    assert said.code == 2
    assert "specs/bad.yaml:2: titullo: unknown key titullo (did you mean titulo?)" in said.err
    added = oficina("spec", "add", bad)
    assert added.code == 2
    assert oficina("items", "--json").json == []
    assert oficina("spec", "check", "specs/frete.yaml").out == "1 checked, nothing wrong.\n"


def test_check_as_json_has_file_line_path_problem_and_remedy(shop: Path, oficina) -> None:
    bad = shop / "specs" / "bad.yaml"
    bad.write_text("id: bad\n")
    problems = oficina("spec", "check", bad, "--json").json
    assert {"file", "line", "path", "problem", "remedy"} == set(problems[0])


def test_new_specs_that_depend_on_each_other_are_checked_and_added_together(shop: Path, oficina) -> None:
    frete = shop / "specs" / "frete.yaml"
    label = shop / "specs" / "etiqueta.yaml"
    label.write_text(frete.read_text().replace("id: frete", "id: etiqueta\ndepende_de: [frete]"))
    alone = oficina("spec", "check", label)
    assert alone.code == 2
    assert "etiqueta.yaml:2: depende_de[0]: no such spec: frete (add it first, or with this one)" in alone.err
    assert oficina("spec", "check", label, frete).out == "2 checked, nothing wrong.\n"
    assert [one["spec_ref"] for one in oficina("spec", "add", label, frete, "--json").json] == [
        "frete",
        "etiqueta",
    ]
    assert oficina("spec", "check", label).code == 0


def test_items_are_filtered_and_a_wrong_word_names_the_nearest(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert [item["id"] for item in oficina("items", "--tipo", "orcar_spec", "--json").json] == ["BKL-0001"]
    assert oficina("items", "--status", "Falhou").out == "No items are like that.\n"
    assert "did you mean Pendente?" in oficina("items", "--status", "Pendent").err
    assert "did you mean orcar_spec?" in oficina("items", "--tipo", "orcar").err
    wrong = oficina("items", "BKL-0009")
    assert wrong.code == 2
    assert "no item BKL-0009" in wrong.err


def test_one_item_shows_its_context_and_events(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    shown = oficina("items", "BKL-0001").out
    assert "spec_versao" in shown
    assert "item.criado" in shown
    assert oficina("items", "BKL-0001", "--json").json["eventos"][0]["tipo"] == "item.criado"


def test_events_are_listed_newest_last_with_a_limit(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    events = oficina("events", "--json").json
    assert {event["tipo"] for event in events} == {"spec.congelada", "item.criado"}
    assert oficina("events", "--limit", "1", "--json").json == events[-1:]
    assert "item.criado" in oficina("events", "--item", "BKL-0001").out


def test_specs_are_listed_and_shown(shop: Path, oficina) -> None:
    assert "oficina spec add" in oficina("spec", "show").out
    oficina("spec", "add", "specs/frete.yaml")
    assert "orcar_spec Pendente" in oficina("spec", "show").out
    assert oficina("spec", "show", "--json").json[0]["spec_ref"] == "frete"
    assert "v1" in oficina("spec", "show", "frete").out
    assert oficina("spec", "show", "frete", "--json").json["versoes"][0]["versao"] == 1
    assert "did you mean frete?" in oficina("spec", "show", "fret").err


def test_a_bug_needs_something_that_exists(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    wrong = oficina("bug", "add", "fret", "weight 0 is refused")
    assert wrong.code == 2
    assert "did you mean frete?" in wrong.err
    assert "nothing of frete was built yet" in oficina("bug", "add", "frete", "x").err
    put(shop, "releases", release(status="aprovada"), release(spec_versao=2, status="rejeitada"))
    trace = shop / "trace.txt"
    trace.write_text("Traceback …")
    said = oficina(
        "bug", "add", "frete", "weight 0 is refused", "--severidade", "alto", "--stack-trace", trace, "--json"
    )
    assert said.json["contexto"]["stack_trace"] == "Traceback …"
    assert (said.json["tipo"], said.json["status"]) == ("corrigir_bug", "Pendente")
    assert (said.json["contexto"]["release_ref"], said.json["spec_versao"]) == ("REL-0001", 1)
    other = oficina("bug", "add", "REL-0002", "weight 0 is refused", "--json").json
    assert (other["spec_ref"], other["spec_versao"]) == ("frete", 2)
    assert "implantacao_causadora" not in other["contexto"]
    put(shop, "implantacoes", deployment(status="substituida"), deployment(status="validada"))
    live = oficina("bug", "add", "REL-0001", "weight 0 is refused", "--json").json
    assert live["contexto"]["implantacao_causadora"] == "IMP-0002"
    missing = oficina("bug", "add", "frete", "x", "--stack-trace", shop / "none.txt")
    assert "none.txt: can't be read" in missing.err


def test_an_empty_inbox_says_so(shop: Path, oficina) -> None:
    assert oficina("decisions").out == "Nothing waits for you.\n"
    assert oficina("decisions", "--json").json == []


def test_a_decision_that_is_none_is_refused(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert "asks nothing" in oficina("decide", "BKL-0001").err
    said = oficina("decide", "BKL-0001", "aprovar")
    assert said.code in (1, 2)
    assert said.err.count("\n") == 1


def test_rollback_names_what_there_is(shop: Path, oficina) -> None:
    assert "no deployment IMP-0001" in oficina("rollback", "IMP-0001").err


def test_the_store_is_checked_exported_and_compacted(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert "✓ sound" in oficina("store", "check").out
    assert oficina("store", "check", "--json").json["problems"] == []
    assert "backlog_items" in oficina("store", "export", shop / "out").out
    assert (shop / "out" / "backlog_items.json").is_file()
    assert "Compacted up to transaction" in oficina("store", "compact").out
    assert "✓ sound" in oficina("store", "check").out


def test_a_store_that_is_not_trusted_is_not_compacted(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    (shop / "policy.yaml").write_text("regras: []")
    store = shop / ".oficina" / "store"
    before = {path.name: path.read_bytes() for path in store.iterdir() if path.is_file()}
    refused = oficina("store", "compact")
    assert (refused.code, "is not trusted yet" in refused.err) == (2, True)
    assert {path.name: path.read_bytes() for path in store.iterdir() if path.is_file()} == before


def test_a_damaged_store_is_said_in_one_line_and_changed_by_nobody(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    journal = next((shop / ".oficina" / "store").glob("journal-*.jsonl"))
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    said = oficina("items")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert journal.name in said.err
    assert oficina("store", "check").code == 1
    assert "damaged" in oficina("doctor").out
    assert journal.read_bytes() == bytes(content)


def test_doctor_looks_at_everything(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    found = {each["what"]: each["state"] for each in oficina("doctor", "--json").json}
    assert {"Python", "sandbox", "workspace", "store"} <= set(found)
    assert found["store"] == "ok"


def test_doctor_works_outside_a_workspace(tmp_path: Path, oficina, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no workspace" in oficina("doctor").out


def test_a_workspace_that_names_commands_is_only_viewed_until_trusted(shop: Path, oficina) -> None:
    (shop / "capabilities.yaml").write_text(
        "capacidades:\n  tudo:\n    descricao: tudo\n    sonda: [rm, -rf, /]\n", encoding="utf-8"
    )
    assert oficina("items").code == 0
    for refused in (
        oficina("spec", "add", "specs/frete.yaml"),
        oficina("run", "--headless", "--until-idle"),
        oficina("bug", "add", "frete", "x"),
    ):
        assert refused.code == 2
        assert "oficina trust" in refused.err
    asked = oficina("trust")
    assert asked.code == 2
    assert "+    sonda: [rm, -rf, /]" in asked.out
    assert oficina("trust", "--yes").code == 0
    assert oficina("trust", "--json").json["trusted"] is True
    assert oficina("spec", "add", "specs/frete.yaml").code == 0
    assert "is trusted" in oficina("trust").out


def test_a_wrong_command_names_the_nearest(oficina) -> None:
    said = oficina("itens")
    assert said.code == 2
    assert "did you mean items?" in said.err
    assert oficina("run").code == 2


def test_the_screen_needs_a_terminal(shop: Path, oficina) -> None:
    said = oficina()
    assert said.code == 2
    assert "oficina run --headless" in said.err


def test_help_and_version_exit_with_0(oficina) -> None:
    assert oficina("--version").out.startswith("oficina 0.")
    assert "decisions" in oficina("--help").out


def test_an_interrupt_exits_like_a_shell_says(shop: Path, oficina, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main_module, "_handler", lambda _name: interrupted)
    assert oficina("items").code == 130


def test_a_store_that_comes_with_a_copy_is_only_viewed_until_trusted(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    copy = shop.with_name("copy")
    shutil.copytree(shop, copy, symlinks=True)
    assert oficina("-C", copy, "items").code == 0
    refused = oficina("-C", copy, "bug", "add", "frete", "x")
    assert refused.code == 2
    assert "defines .oficina" in refused.err
    assert "made here: device" in oficina("-C", copy, "trust").out
    assert oficina("-C", copy, "trust", "--yes").code == 0
    assert oficina("-C", copy, "spec", "add", copy / "specs" / "frete.yaml").code == 0
    assert oficina("spec", "add", "specs/frete.yaml").code == 0


def test_without_a_place_for_approvals_it_says_so(
    shop: Path, oficina, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    said = oficina("items")
    assert said.code == 2
    assert "set XDG_STATE_HOME" in said.err


def test_what_the_system_refuses_is_one_line(shop: Path, oficina, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_arguments: object) -> int:
        raise OSError(28, "No space left on device", "/full")

    monkeypatch.setattr(main_module, "_handler", lambda _name: full)
    said = oficina("items")
    assert (said.code, said.err) == (1, "oficina: /full: No space left on device\n")


def test_a_spec_that_was_given_up_can_be_asked_for_again_as_it_is(shop: Path, oficina) -> None:
    oficina("spec", "add", "specs/frete.yaml")
    assert "nothing to do" in oficina("spec", "add", "specs/frete.yaml").out
    world = World(shop / ".oficina" / "store")
    world.backlog.cancelar("BKL-0001", "enough")
    world.close()
    assert "frete v1: BKL-0002 has it priced." in oficina("spec", "add", "specs/frete.yaml").out
    assert "nothing to do" in oficina("spec", "add", "specs/frete.yaml").out
