"""From a spec file to tested packages: what the workers make answers to the tests that know only the spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from worker_support import bare_spawn, run_red_then_real

from jobs.specs.reading import read_spec
from jobs.steps.planning import plan_tests
from jobs.workers import decisional, structural
from jobs.workers.package import Package, merge, package_name

SPEC = """
id: loja-2
titulo: Pedido com frete
vertentes:
  - tipo: E
    nome: pedido
    schema:
      title: Pedido
      type: object
      required: [cliente, quantidade]
      properties:
        cliente: {type: string, minLength: 1, maxLength: 40}
        quantidade: {type: integer, minimum: 1, maximum: 100}
  - tipo: D
    nome: frete
    tabela:
      hit: UNIQUE
      entradas:
        - {nome: peso, tipo: number, min: 0, max: 30}
        - {nome: regiao, tipo: string, valores: [norte, sul]}
      saidas:
        - {nome: taxa, tipo: number}
      regras:
        - {se: ['<= 5', '-'], entao: ['10']}
        - {se: ['> 5', '"norte"'], entao: ['10 + (peso - 5) * 2']}
        - {se: ['> 5', '"sul"'], entao: ['12.5']}
schema_tdd:
  criterio: pairwise
  cobertura: 90
  exemplos:
    - {nome: comum, vertente: pedido, entrada: {cliente: Ana, quantidade: 2}, esperado: {quantidade: 2}}
    - {nome: sem cliente, vertente: pedido, entrada: {quantidade: 2}, invalido: cliente}
    - {nome: leve, vertente: frete, entrada: {peso: 5, regiao: sul}, esperado: {taxa: 10}}
    - {nome: pesado, vertente: frete, entrada: {peso: 7.5, regiao: norte}, esperado: {taxa: EXPECTED}}
    - {nome: peso demais, vertente: frete, entrada: {peso: 31, regiao: sul}, invalido: peso}
"""


@pytest.mark.parametrize(("expected", "problem"), [("15", ""), ("16", "expected 16, got 15")])
def test_a_spec_is_built_and_tested(tmp_path: Path, expected: str, problem: str) -> None:
    path = tmp_path / "loja.yaml"
    path.write_text(SPEC.replace("EXPECTED", expected))
    spec, problems = read_spec(path, tmp_path)
    assert spec is not None, problems
    made: list[Package] = []
    for each in spec.vertentes:
        if each.schema is not None:
            made.append(structural.generate(each.schema, each.nome, spec_id=spec.id))
        elif each.tabela is not None:
            made.append(decisional.generate(each.tabela, package_name(spec.id, each.nome)))
    names = [package.name for package in made]
    report = run_red_then_real(
        plan_tests(spec), merge("loja", made), names, bare_spawn(tmp_path), tmp_path / "run"
    )
    assert not report.abortado, report.saida
    assert report.vermelho["confirmado"]
    assert report.pares_cobertos == report.pares_total > 0
    red = [case for case in report.casos if case.resultado != "passou"]
    assert [problem in case.mensagem for case in red] == ([True] if problem else [])
    assert report.cobertura is not None
    assert report.cobertura.percent is not None
    assert report.cobertura.percent >= 90
