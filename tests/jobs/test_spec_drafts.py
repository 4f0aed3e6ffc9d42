"""Specs that Epistemologia writes: the same bytes each time, never over what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.capabilities import Capability, load_capabilities
from jobs.specs.checking import check_spec
from jobs.specs.drafts import of_capability, of_pain, place, spec_id
from jobs.specs.reading import ID, MAX_ID, read_spec
from store.errors import WrongInput

TEMPLATE = {
    "titulo": "Alíquotas",
    "vertentes": [
        {
            "tipo": "D",
            "nome": "aliquota",
            "tabela": {
                "entradas": [{"nome": "cep", "tipo": "string", "valores": ["01310", "yes"]}],
                "saidas": [{"nome": "pct", "tipo": "number"}],
                "regras": [{"se": ["01310"], "entao": [18.9]}, {"se": ["yes"], "entao": [20]}],
            },
        }
    ],
    "schema_tdd": {"cobertura": 80},
}
TOLD = Capability(
    "tabela-1.0", "tabela: de alíquotas", "dados", ("true",), criterio="está em produção", spec=TEMPLATE
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("chave-assinatura", "chave-assinatura"),
        ("python-3.11", "python-3-11"),
        ("7zip", "spec-7zip"),
        ("Ünïcode Name", "n-code-name"),
        ("…", "spec"),
        ("a" * 80, "a" * MAX_ID),
    ],
)
def test_any_name_gives_an_id(name: str, found: str) -> None:
    assert spec_id(name) == found
    assert ID.fullmatch(found)


def test_a_template_is_a_whole_spec_that_can_be_added(tmp_path: Path) -> None:
    draft = of_capability(TOLD)
    assert draft == of_capability(TOLD)
    assert (draft.spec_id, draft.arquivo, draft.completo) == ("tabela-1-0", "specs/tabela-1-0.yaml", True)
    assert place(tmp_path, draft)
    spec, problems = read_spec(tmp_path / draft.arquivo, tmp_path)
    assert problems == []
    assert spec is not None
    assert (spec.titulo, spec.fornece) == ("Alíquotas", ("tabela-1.0",))
    assert "Pronta quando: está em produção" in spec.descricao
    assert check_spec(spec, {}, {"tabela-1.0"}) == []


def test_what_is_only_begun_is_a_spec_too_but_not_a_whole_one(tmp_path: Path) -> None:
    for draft in (
        of_capability(load_capabilities()["chave-assinatura"]),
        of_pain("BKL-0042", {"sintoma": "o relatório\ndemora", "prontuario": {"afetados": ["a", "b"]}}),
    ):
        assert not draft.completo
        assert place(tmp_path, draft)
        spec, problems = read_spec(tmp_path / draft.arquivo, tmp_path)
        assert (problems, spec is not None) == ([], True)
    assert spec is not None
    assert (spec.id, spec.titulo) == ("dor-bkl-0042", "o relatório demora")
    assert "afetados: a, b" in spec.descricao


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    draft = of_capability(TOLD)
    assert place(tmp_path, draft)
    assert place(tmp_path, draft), "what was written before a death is taken on"
    path = tmp_path / draft.arquivo
    path.write_text("id: mine\n")
    assert not place(tmp_path, draft)
    assert path.read_text() == "id: mine\n"
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert not place(tmp_path, draft)
    assert not (tmp_path / "elsewhere").exists()
    assert [each.name for each in (tmp_path / "specs").iterdir()] == [path.name]


def test_a_directory_that_leads_away_is_refused(tmp_path: Path) -> None:
    (tmp_path / "specs").symlink_to(tmp_path / "made")
    with pytest.raises(WrongInput, match="specs is a link"):
        place(tmp_path, of_capability(TOLD))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{id: x, vertentes: [{tipo: E}]}", "is written by oficina"),
        ("{titulo: x}", "the field vertentes is missing"),
        ("{vertente: [{tipo: E}], vertentes: [1]}", "did you mean vertentes?"),
    ],
)
def test_a_template_that_cannot_be_one_is_refused_where_it_stands(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "capabilities.yaml"
    path.write_text(f"capacidades:\n  selo:\n    descricao: x\n    sonda: ['true']\n    spec: {text}\n")
    with pytest.raises(WrongInput) as caught:
        load_capabilities(path)
    assert (caught.value.line, said in str(caught.value)) == (5, True)
