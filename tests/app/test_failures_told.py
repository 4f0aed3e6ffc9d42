"""A failure on the command line: its attempts side by side, its answers with what each will do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from factories import World, new_item

from jobs.attempts import Objects


@pytest.fixture
def failed(shop: Path) -> str:
    """A deployment that failed for good in a real workspace, with something that waits for it."""
    world = World(shop / ".oficina" / "store")
    output = Objects(shop / ".oficina" / "objects").put_bytes(
        "\n".join(f"line {n}" for n in range(40)).encode()
    )
    world.add_spec()
    (budget,) = world.done("orcar_spec", new_item("aprovar_orcamento"))
    world.decide(budget, "aprovar")
    (asked,) = world.done("desenvolvimento", new_item("aprovar_release"))
    world.decide(asked, "aprovar")
    (target,) = world.open("implantar")
    world.produce("corrigir_bug", produtor="humano", depende_de=[target["id"]])
    for seconds in (90, 5):
        claim = world.claim("implantar")
        world.clock.advance(seconds)
        world.backlog.falhar(
            target["id"],
            claim.token,
            "the target\x1b[31m is gone",
            erro="Traceback\nOSError: gone",
            uso={"cpu_s": 1.25, "tokens": 900},
            saida_ref=output,
        )
        world.clock.advance(600)
    world.close()
    return str(target["id"])


def asked(oficina) -> dict[str, Any]:
    """The question about the failure, as the inbox lists it."""
    (found,) = [each for each in oficina("decisions", "--json").json if each["tipo"] == "resolver_falha"]
    return found


def test_attempts_stand_side_by_side_with_what_they_said(shop: Path, failed: str, oficina) -> None:
    shown = oficina("items", failed).out
    assert "attempt  actor" in shown
    assert "90.0 s" in shown
    assert "1.2 s cpu, 900 tokens" in shown
    assert "the target [31m is gone" in shown, "controls don't reach the terminal"
    assert "error of attempt 2\n  Traceback\n  OSError: gone" in shown
    assert "output of attempt 1, its last 12 lines of 40\n  line 28\n" in shown
    told = oficina("items", failed, "--json").json["tentativas"]
    assert [attempt["duracao_s"] for attempt in told] == [90.0, 5.0]
    assert told[0]["executor"]["pid"] == 4711


def test_an_output_that_is_gone_is_said_to_be(shop: Path, failed: str, oficina) -> None:
    for path in (shop / ".oficina" / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    assert "(its output is not there any more)" in oficina("items", failed).out


def test_items_without_attempts_and_answers_of_people_show_none(shop: Path, failed: str, oficina) -> None:
    assert "attempt  actor" not in oficina("items", "BKL-0006").out
    assert "attempt  actor" not in oficina("items", "BKL-0002").out


def test_each_answer_says_what_it_will_do_before_it_is_given(shop: Path, failed: str, oficina) -> None:
    question = asked(oficina)
    assert "voltar_dev" in question["opcoes"]
    assert "voltar_implantacao" not in question["opcoes"], "there is no such checkpoint"
    shown = oficina("decide", question["id"]).out
    assert f"not now: no implantar ended well before {failed}" in shown
    assert f"\npular\n  skips {failed}: Deploy REL-0001\n  releases BKL-0006: Mend frete\n" in shown
    assert "\nvoltar_dev\n" in shown
    assert "  produces desenvolvimento: Develop frete\n" in shown
    by_name = {each["nome"]: each for each in oficina("decide", question["id"], "--json").json}
    assert by_name["pular"]["previa"][0] == f"skips {failed}: Deploy REL-0001"
    assert by_name["voltar_implantacao"]["indisponivel"] == f"no implantar ended well before {failed}"


def test_going_back_from_a_shell(shop: Path, failed: str, oficina) -> None:
    oficina("trust", "--yes")
    question = asked(oficina)["id"]
    refused = oficina("decide", question, "voltar_implantacao", "--reason", "x")
    assert refused.code != 0
    assert f"no implantar ended well before {failed}" in refused.err
    wanted = oficina("decide", question, "voltar_dev")
    assert (wanted.code, "needs a reason" in wanted.err) == (2, True)
    done = oficina("decide", question, "voltar_dev", "--reason", "the target is gone", "--note", "mind it")
    assert done.code == 0
    (anew,) = [
        item
        for item in oficina("items", "--tipo", "desenvolvimento", "--json").json
        if item["status"] == "Pendente"
    ]
    assert (anew["recado"], anew["spec_versao"]) == ("mind it", 1)
    again = oficina("decide", question, "voltar_dev", "--reason", "again")
    assert again.code != 0
    assert "was decided by" in again.err
