"""The recursive cycle on a real workspace: a gap is installed, specified, done without (mission 1.2)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from test_line_runs import (
    LIMIT_S,
    SEED,
    at_once,
    exported,
    kill_when,
    live_release,
    run_until_idle,
    start,
    tried_again_at_once,
)

INSTALLED = """\
capacidades:
  selo:
    descricao: um selo
    sonda: [test, -e, selo.txt]
    intervalo_s: 600
    instalar: [sh, -c, "{install}"]
"""
TEMPLATE = """\
capacidades:
  tabela:
    descricao: tabela de alíquotas
    tipo_recurso: dados
    criterio: a tabela está em produção
    sonda: ["{python}", -I, -B, .oficina/deploy/producao/tabela/current/release/smoke.py]
    intervalo_s: 600
    spec:
      titulo: Alíquotas
      vertentes:
        - tipo: D
          nome: aliquota
          tabela:
            hit: UNIQUE
            entradas: [{nome: uf, tipo: string, valores: [sp, rj]}]
            saidas: [{nome: pct, tipo: number}]
            regras: [{se: [sp], entao: [18]}, {se: [rj], entao: [20]}]
      schema_tdd:
        cobertura: 80
        exemplos: [{nome: são paulo, entrada: {uf: sp}, esperado: {pct: 18}}]
"""


def lacking(shop: Path, oficina, capabilities: str, nome: str) -> None:
    """The workspace's spec needs a capability that this defines."""
    at_once(shop)
    (shop / "capabilities.yaml").write_text(capabilities)
    assert oficina("trust", "--yes").code == 0
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text() + f"runtime:\n  recursos: [{nome}]\n")
    assert oficina("spec", "add", spec).code == 0


def asked(oficina, tipo: str) -> dict[str, Any]:
    """The one open decision of a type."""
    [found] = [item for item in oficina("decisions", "--json").json if item["tipo"] == tipo]
    return found


def offered(oficina, item: dict[str, Any]) -> set[str]:
    return {each["nome"] for each in oficina("decide", item["id"], "--json").json}


def answered(oficina, item: dict[str, Any], *words: str) -> None:
    said = oficina("decide", item["id"], *words)
    assert said.code == 0, said.err


def budget(oficina) -> dict[str, Any]:
    items = oficina("items", "--tipo", "aprovar_orcamento", "--spec", "frete", "--json").json
    return items[0]


def test_what_is_missing_is_installed_and_the_budget_comes_free(shop: Path, oficina) -> None:
    lacking(shop, oficina, INSTALLED.replace("{install}", "echo making it; touch selo.txt"), "selo")
    run_until_idle(shop)
    question = asked(oficina, "estruturar_produto")
    assert question["contexto"]["prontuario"]["origem"] == "PROMETHEUS"
    gap = oficina("items", "--tipo", "entrevistar_dor", "--json").json[0]
    assert gap["contexto"]["bloqueando"] == [budget(oficina)["id"]]
    assert offered(oficina, question) == {"verificar", "instalar", "especificar", "dispensar", "recusar"}
    assert "echo making it; touch selo.txt" in oficina("decide", question["id"]).out
    answered(oficina, question, "instalar")
    assert "validated" in run_until_idle(shop)
    [installed] = oficina("items", "--tipo", "instalar_capacidade", "--json").json
    assert installed["resultado"] == {"instalada": True, "detalhe": "making it", "saida": "making it"}
    free = budget(oficina)
    assert (free["status"], free["desbloqueado_por"]) == ("Concluido", gap["id"])
    [known] = [each for each in exported(shop, oficina, "capacidades") if each["nome"] == "selo"]
    assert known["adicionada_em"]
    assert known["instalacao"]["ok"] is True
    types = [event["tipo"] for event in oficina("events", "--limit", "0", "--json").json]
    assert types.index("capacidade.instalada") < types.index("desbloqueio")


@pytest.mark.parametrize(
    ("install", "said"),
    [("echo no room >&2; exit 4", "exit code 4\nno room"), ("echo done", "done")],
)
def test_an_install_that_does_not_bring_it_is_asked_about_with_what_was_said(
    shop: Path, oficina, install: str, said: str
) -> None:
    lacking(shop, oficina, INSTALLED.replace("{install}", install), "selo")
    run_until_idle(shop)
    answered(oficina, asked(oficina, "estruturar_produto"), "instalar")
    assert "waits for selo" in run_until_idle(shop)
    again = asked(oficina, "estruturar_produto")["contexto"]
    assert (again["de_novo"], again["instalacao"]) == (True, said)
    assert again["sonda"] == "exit code 1"
    assert budget(oficina)["status"] == "Bloqueado"


def test_what_cannot_be_installed_says_why_and_how_to_get_it(shop: Path, oficina) -> None:
    text = "capacidades:\n  selo: {descricao: um selo, sonda: [test, -e, s], como_obter: buy a seal}\n"
    lacking(shop, oficina, text, "selo")
    run_until_idle(shop)
    refused = oficina("decide", asked(oficina, "estruturar_produto")["id"], "instalar")
    assert refused.code == 2
    assert "no install command is defined for selo" in refused.err
    assert "buy a seal" in refused.err


def test_a_capability_is_specified_built_and_deployed_before_it_frees_who_waits(shop: Path, oficina) -> None:
    lacking(shop, oficina, TEMPLATE, "tabela")
    run_until_idle(shop)
    gap = oficina("items", "--tipo", "entrevistar_dor", "--json").json[0]
    answered(oficina, asked(oficina, "estruturar_produto"), "especificar")
    said = run_until_idle(shop)
    assert said.count("validated") == 2, said
    written = (shop / "specs" / "tabela.yaml").read_text()
    assert "fornece:\n- tabela\n" in written
    assert "Written by Epistemologia" in written
    [priced] = oficina("items", "--tipo", "orcar_spec", "--spec", "tabela", "--json").json
    assert priced["gap_ref"] == gap["id"]
    assert budget(oficina)["desbloqueado_por"] == gap["id"]
    events = oficina("events", "--limit", "0", "--json").json
    order = [
        next(i for i, e in enumerate(events) if e["tipo"] == tipo and fits(e))
        for tipo, fits in (
            ("spec.congelada", lambda e: e["spec_ref"] == "tabela"),
            ("spec.validada", lambda e: e["spec_ref"] == "tabela"),
            ("sonda.passou", lambda e: e["capacidade"] == "tabela"),
            ("desbloqueio", lambda e: e["spec_ref"] == "frete"),
            ("devops.deployed", lambda e: e["spec_ref"] == "frete"),
        )
    ]
    assert order == sorted(order)


def test_without_a_template_a_person_goes_on_with_the_beginning(shop: Path, oficina) -> None:
    before, _, spec = TEMPLATE.partition("    spec:\n")
    lacking(shop, oficina, before, "tabela")
    run_until_idle(shop)
    answered(oficina, asked(oficina, "estruturar_produto"), "especificar")
    run_until_idle(shop)
    writing = asked(oficina, "escrever_spec")
    draft = shop / writing["contexto"]["rascunho"]
    assert "does not say what is to be built" in writing["contexto"]["porque"]
    text = draft.read_text()
    assert oficina("spec", "check", draft).code == 0, "the beginning is a spec"
    sides = "".join(line.removeprefix("      ") for line in spec.splitlines(keepends=True))
    vertentes = sides[sides.index("vertentes:") :]
    draft.write_text(text[: text.index("vertentes:")] + vertentes + "fornece: [tabela]\n")
    assert oficina("spec", "add", draft).code == 0
    assert oficina("items", writing["id"], "--json").json["status"] == "Concluido"
    assert run_until_idle(shop).count("validated") == 2


def test_a_spec_that_does_without_gets_a_new_version(shop: Path, oficina) -> None:
    lacking(shop, oficina, INSTALLED.replace("{install}", "false"), "selo")
    run_until_idle(shop)
    answered(oficina, asked(oficina, "estruturar_produto"), "dispensar", "--reason", "we seal by hand")
    pushed = asked(oficina, "ajustar_spec")
    assert pushed["contexto"]["motivo"] == "do without selo: we seal by hand"
    assert budget(oficina)["status"] == "Cancelado"
    assert not [i for i in oficina("decisions", "--json").json if i["tipo"] == "resolver_dependencia"]
    spec = shop / "specs" / "frete.yaml"
    spec.write_text(spec.read_text().partition("runtime:")[0])
    assert "frete v2" in oficina("spec", "add", spec).out
    assert "validated" in run_until_idle(shop)


def test_a_cycle_through_gaps_is_asked_about_and_nothing_waits_for_ever(shop: Path, oficina) -> None:
    text = "capacidades:\n"
    for nome in ("x", "y"):
        text += f"  {nome}: {{descricao: {nome}, sonda: ['false'], intervalo_s: 600}}\n"
    (shop / "capabilities.yaml").write_text(text)
    assert oficina("trust", "--yes").code == 0
    one = shop / "specs" / "frete.yaml"
    other = shop / "specs" / "outro.yaml"
    other.write_text(
        one.read_text().replace("id: frete", "id: outro") + "fornece: [x]\nruntime: {recursos: [y]}\n"
    )
    one.write_text(one.read_text() + "fornece: [y]\nruntime: {recursos: [x]}\n")
    assert oficina("spec", "add", one, other).code == 0
    running = start(shop, "run", "--headless", "--until-idle", "--policy", str(SEED))
    running.communicate(timeout=LIMIT_S)
    failure = asked(oficina, "resolver_falha")
    assert "waits for itself" in failure["contexto"]["motivo"]
    assert failure["contexto"]["falhas"] == 1, "trying again would come to the same"


def test_a_pain_of_a_person_s_is_told_structured_and_ended(shop: Path, oficina) -> None:
    at_once(shop)
    said = oficina("dor", "add", "o fechamento demora", "--frequencia", "todo mês", "--afetados", "-")
    assert "Still to be told: impacto, tentativas, criterio_sucesso" in said.out
    run_until_idle(shop)
    interview = asked(oficina, "entrevistar_humano")
    assert interview["contexto"]["afetados"] == []
    half = oficina("dor", "answer", interview["id"], "--impacto", "dois dias")
    assert half.code == 2
    assert "tentativas: is still to be told" in half.err
    told = ["--impacto", "dois dias", "--tentativas", "planilha", "--criterio-sucesso", "um minuto"]
    [structuring] = oficina("dor", "answer", interview["id"], *told, "--json").json
    prontuario = structuring["contexto"]["prontuario"]
    assert (prontuario["tentativas"], prontuario["origem"]) == (["planilha"], "humano")
    assert offered(oficina, structuring) == {"especificar", "resolvida", "descartar"}
    answered(oficina, structuring, "especificar")
    run_until_idle(shop)
    writing = asked(oficina, "escrever_spec")
    draft = shop / writing["contexto"]["rascunho"]
    assert "o fechamento demora" in draft.read_text()
    assert oficina("spec", "add", draft).code == 0
    assert oficina("items", writing["id"], "--json").json["status"] == "Concluido"


def test_a_pain_about_a_capability_that_nobody_defines_names_the_nearest(shop: Path, oficina) -> None:
    said = oficina("dor", "add", "no seal", "--recurso", "gitt")
    assert (said.code, "did you mean git?" in said.err) == (2, True)
    assert oficina("items", "--json").json == []
    assert oficina("dor", "add").code == 2
    assert "did you mean git?" in oficina("capability", "probe", "gitt").err


def test_what_did_not_help_goes_back_to_a_pain(shop: Path, oficina) -> None:
    at_once(shop, "effectiveness_after_days: 0\n")
    oficina("spec", "add", "specs/frete.yaml")
    run_until_idle(shop)
    question = asked(oficina, "avaliar_efetividade")
    answered(oficina, question, "inefetiva", "--reason", "customers still call")
    run_until_idle(shop)
    structuring = asked(oficina, "estruturar_produto")
    assert structuring["contexto"]["sintoma"] == "customers still call"
    assert structuring["contexto"]["prontuario"]["origem"] == "MS_Produto"
    assert "ajustar" in offered(oficina, structuring)
    answered(oficina, structuring, "ajustar", "--reason", "show the price earlier")
    pushed = asked(oficina, "ajustar_spec")
    assert (pushed["spec_ref"], pushed["contexto"]["motivo"]) == ("frete", "show the price earlier")


def test_capabilities_are_listed_and_probed_on_demand(shop: Path, oficina) -> None:
    (shop / "capabilities.yaml").write_text(INSTALLED.replace("{install}", "touch selo.txt"))
    assert oficina("trust", "--yes").code == 0
    assert "not probed yet" in oficina("capability", "list").out
    said = oficina("capability", "probe", "selo")
    assert (said.code, "exit code 1" in said.out) == (1, True)
    (shop / "selo.txt").touch()
    [result] = oficina("capability", "probe", "selo", "--json").json
    assert result == {"nome": "selo", "passou": True, "detalhe": ""}
    assert oficina("capability", "probe", "selo").code == 0
    [known] = [each for each in oficina("capability", "list", "--json").json if each["nome"] == "selo"]
    assert (known["sonda"]["passou"], bool(known["adicionada_em"])) == (True, True)
    types = [e["tipo"] for e in oficina("events", "--json").json if e.get("capacidade") == "selo"]
    assert types == ["sonda.falhou", "sonda.passou", "sonda.passou"], "a person's question is answered"


def test_trust_shows_probes_installs_and_templates(shop: Path, oficina) -> None:
    text = TEMPLATE + INSTALLED.replace("{install}", "touch selo.txt").partition("capacidades:\n")[2]
    (shop / "capabilities.yaml").write_text(text)
    said = oficina("trust").out
    for part in (
        "selo: probe: test -e selo.txt",
        "selo: install, when",
        "touch selo.txt",
        "tabela: spec, when",
    ):
        assert part in said
    assert oficina("trust", "--yes", "--json").code == 0
    assert any("install" in line for line in oficina("trust", "--json").json["commands"])


def test_a_script_that_changed_since_it_was_approved_is_not_run(shop: Path, oficina) -> None:
    script = shop / "seal.sh"
    script.write_text("exit 0\n")
    text = "capacidades:\n  selo: {descricao: um selo, sonda: [sh, '{workspace}/seal.sh']}\n"
    (shop / "capabilities.yaml").write_text(text)
    assert oficina("trust", "--yes").code == 0
    assert oficina("capability", "probe", "selo").code == 0
    script.write_text("touch pwned\n")
    assert oficina("capability", "probe", "selo").code == 2, "not trusted any more"
    assert not (shop / "pwned").exists()


# Signed releases


def with_key(shop: Path, oficina) -> None:
    """The workspace's releases are signed from now on."""
    keys = shop / "chaves"
    keys.mkdir(mode=0o700)
    key = keys / "assinatura.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key)], check=True)
    key.chmod(0o600)
    assert oficina("capability", "probe", "chave-assinatura").code == 2, "a key that the line did not make"
    assert oficina("trust", "--yes").code == 0
    assert oficina("capability", "probe", "chave-assinatura").code == 0


def test_a_release_is_signed_and_its_signature_goes_with_it(shop: Path, oficina) -> None:
    with_key(shop, oficina)
    oficina("spec", "add", "specs/frete.yaml")
    assert "validated" in run_until_idle(shop)
    [release] = exported(shop, oficina, "releases")
    signature = json.loads((live_release(shop) / "signature.json").read_text())
    assert signature == release["assinatura"]
    assert "PUBLIC KEY" in signature["chave_publica"]
    private = (shop / "chaves" / "assinatura.pem").read_text().splitlines()[1]
    kept = [path.read_bytes() for path in (shop / ".oficina").rglob("*") if path.is_file()]
    assert not any(private.encode() in content for content in kept)


def test_a_release_that_another_key_signed_is_not_deployed(shop: Path, oficina) -> None:
    at_once(shop)
    tried_again_at_once(shop, oficina)
    with_key(shop, oficina)
    policy = shop / "builds.yaml"
    policy.write_text("nome: builds\nregras:\n  - {nome: b, tipo: aprovar_orcamento, opcao: aprovar}\n")
    oficina("spec", "add", "specs/frete.yaml")
    run_until_idle(shop, "--policy", str(policy))
    (shop / "chaves" / "assinatura.pem").unlink()
    (shop / "chaves").rmdir()
    with_key(shop, oficina)
    answered(oficina, asked(oficina, "aprovar_release"), "aprovar")
    running = start(shop, "run", "--headless", "--policy", str(policy))
    kill_when(running, r"✗ failed implantar|resolver_falha")
    [item] = oficina("items", "--tipo", "implantar", "--json").json
    assert "signed by another key" in item["tentativas"][0]["motivo"]
    assert not live_release(shop).is_dir()


def test_in_a_terminal_what_is_missing_is_asked_for(shop: Path, oficina, monkeypatch) -> None:
    said = {
        "How often?": "todo mês",
        "Who or what": "-",
        "What does it": "caro",
        "What was": " ",
        "How will": "x",
    }
    monkeypatch.setattr("app.commands.dor._asks", lambda: True)
    monkeypatch.setattr(
        "builtins.input", lambda label: next(text for start, text in said.items() if label.startswith(start))
    )
    item = oficina("dor", "add", "dói", "--json").json
    assert item["contexto"] == {
        "sintoma": "dói",
        "frequencia": "todo mês",
        "afetados": [],
        "impacto": "caro",
        "criterio_sucesso": "x",
    }, "an empty answer leaves it for later"
