"""Documents become text: what must be seen is there, at every width, whatever the documents hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import details as docs
import pytest
from rich.cells import cell_len

from screens.evidence import (
    amounts,
    code,
    document,
    history,
    needs,
    output,
    report,
    saga,
    summary,
    trouble,
    values,
)
from screens.evidence.batch import common_options, outcome_rows, total_price
from screens.evidence.decision import evidence
from screens.evidence.deployment import caution
from screens.evidence.layout import bar, field, fields, span, table
from screens.evidence.price import explained
from screens.evidence.spec_version import changed_lines, difference
from screens.evidence.titles import question
from store.views.model import ItemDetail, Option, RunningRow

WIDTHS = (24, 36, 60, 76, 100, 140)
KINDS: dict[str, Callable[..., ItemDetail]] = {
    "budget": docs.budget,
    "release": docs.release,
    "red": lambda: docs.release(docs.RED),
    "deployment": docs.deployment,
    "adjustment": docs.adjustment,
    "failure": docs.failure,
    "extension": docs.extension,
    "over_the_month": docs.over_the_month,
    "dependency": docs.dependency,
}


def plain(lines: list[Any]) -> str:
    return "\n".join(line.plain for line in lines)


def shown(detail: ItemDetail, width: int = 100) -> str:
    return plain(evidence(detail, docs.NOW, width))


def learnt(people: dict[str, Any], machine: dict[str, Any]) -> ItemDetail:
    """A budget whose price says what it learnt."""
    raw = {"pessoas_horas": {"total": 2.0}, "maquina_s": {"total": 60.0}}
    constants = {"bruto": raw, "historico": {"pessoas": people, "maquina": machine}}
    return docs.budget(recursos={**docs.RECURSOS, "constantes": constants})


def test_a_budget_shows_the_raw_and_the_calibrated_estimate_and_why_one_is_not_calibrated() -> None:
    reason = "30 finished executions are needed, there are 3"
    detail = learnt(
        {"n": 41, "aplicada": True, "fator": 1.25, "motivo": ""},
        {"n": 3, "aplicada": False, "fator": 1.0, "motivo": reason},
    )
    text = " ".join(shown(detail, 140).split())
    assert "P50 people raw 2 h P80 3,5 h calibrated" in text
    assert "× 1,25, n=41" in text
    assert f"P50 machine raw 60 s P80 90 s not calibrated: {reason}" in text
    assert "raw" not in shown(docs.budget()), "an old price tells no raw estimate"
    assert "not calibrated: n=9" in shown(learnt({"n": 9}, {}))


def test_a_budget_shows_price_parts_amounts_size_tests_needs_and_version() -> None:
    text = shown(docs.budget())
    for part in (
        "R$ 42,10",
        "half of such specs cost under R$ 31,00",
        "people 38,00",
        "infra 4,10",
        "3,5 h people",
        "90 s machine",
        "14 points",
        "D 9 · E 5",
        "24 planned",
        "pairwise",
        "python-3.11 ✓ there",
        "cotacao ✓ there",
        "version 2",
        "since version 1 +3 −1",
        "«falta a regra «frágil»»",
    ):
        assert part in text


def test_people_and_machines_are_never_added_up() -> None:
    text = plain(explained(docs.RECURSOS, 100))
    assert "people P50" in text
    assert "machine P50" in text
    assert "3,5 h × R$ 10,86 an hour" in text


def test_missing_capabilities_are_named() -> None:
    recursos = {**docs.RECURSOS, "dependencias": {"gaps_infra": ["chave-assinatura"]}}
    text = shown(docs.budget(recursos=recursos, dependencias=()))
    assert "chave-assinatura ✗ missing" in text


def test_a_capability_that_a_gap_item_brings_stands_as_its_dependency_does() -> None:
    needed = {"recursos": ["python-3.11", "chave-assinatura"], "gaps_infra": ["chave-assinatura"]}
    gap = docs.item(id="BKL-0043", tipo="entrevistar_dor", contexto={"recurso": "chave-assinatura"})
    waits = {
        "ref": "BKL-0043",
        "tipo": "entrevistar_dor",
        "titulo": "gap",
        "estado": "resolvida",
        "detalhe": "",
    }
    detail = docs.budget(
        recursos={**docs.RECURSOS, "dependencias": needed}, saga=(gap,), dependencias=(waits,)
    )
    text = shown(detail, 76)
    assert "python-3.11 ✓ there" in text
    assert "chave-assinatura ✓ there" in text
    assert "Depends on  nothing" in text
    assert "chave-assinatura … waiting" in shown(
        replace(detail, dependencias=({**waits, "estado": "aberta"},)), 76
    )


def test_a_release_shows_red_first_then_coverage_against_plan_and_manifest() -> None:
    text = shown(docs.release(docs.RED))
    assert text.index("✗ 2 of 31 tests failed") < text.index("test_norte_ate_5kg") < text.index("Manifest")
    assert "assert Decimal('40.00') == Decimal('42.10')" in text
    assert "71 % coverage of 90 % planned" in text
    assert "sha256 9f2c41aa9f2c…" in text
    assert "4 files, 13,2 KB" in text
    assert "31 of 31 red before the code" in text
    assert "isolation full" in text


def test_a_run_without_a_result_never_reads_as_passed() -> None:
    for broken in (
        {**docs.TESTES, "abortado": "no junit.xml"},
        {**docs.TESTES, "total": 0, "passed": 0, "casos": []},
    ):
        text = shown(docs.release(broken))
        assert "✗" in text
        assert "passed" not in text


def test_a_repair_that_changed_nothing_says_so() -> None:
    text = shown(docs.release(release={**docs.RELEASE, "identica_a": "REL-0003"}))
    assert "byte for byte REL-0003: nothing was changed" in text


def test_a_deployment_shows_target_smoke_previous_and_the_way_back() -> None:
    text = shown(docs.deployment())
    for part in ("loja", "produção", "✓ passed", "REL-0003", "3 rules answer", "Way back"):
        assert part in text
    first = {**docs.IMPLANTACAO, "anterior": None, "resultado": None}
    assert "Way back" not in shown(docs.deployment(implantacao=first))
    told = caution(docs.deployment(implantacao=first))
    assert "first deployment of frete on loja" in told
    assert "nothing of frete is live then" in told
    assert caution(docs.deployment()) == ""
    assert caution(docs.budget()) == ""


def test_an_environment_that_is_named_as_its_target_stands_once() -> None:
    same = {**docs.IMPLANTACAO, "alvo": "producao", "ambiente": "producao"}
    assert shown(docs.deployment(implantacao=same)).count("producao") == 1


def test_a_release_that_mends_shows_the_bug_its_severity_who_and_when() -> None:
    bug = docs.item(
        id="BKL-0041",
        tipo="corrigir_bug",
        pai="BKL-0040",
        humano=False,
        contexto={"feature_ref": "REL-0003", "erro": "peso zero é recusado", "severidade": "alto"},
    )
    detail = docs.release(saga=(*docs.SAGA[:3], bug), release={**docs.RELEASE, "identica_a": "REL-0003"})
    for text in (shown(detail), plain(summary.page(detail, docs.NOW, 80))):
        for part in ("Mends  BKL-0041  high", "reported by humano, 4 m ago", "peso zero é recusado"):
            assert part in text
    assert "Mends" not in shown(docs.release())


def test_the_tests_of_a_price_are_all_that_will_be_generated() -> None:
    detalhe = [{"nome": "tabela", "testes": 14}, {"nome": "pedido", "testes": 33}]
    size = {**docs.RECURSOS["tamanho"], "detalhe": detalhe}
    text = shown(docs.budget(recursos={**docs.RECURSOS, "tamanho": size}))
    assert "47 planned" in text
    assert "24 of them pairwise combinations" in text


def test_what_a_part_of_the_contexto_repeats_is_told_once() -> None:
    told = {"recurso": "chave", "sintoma": "no key in the ring"}
    asked = {**told, "prontuario": {"sintoma": "no key in the ring", "impacto": "no deploys"}}
    text = shown(docs.budget(item=docs.item(tipo="estruturar_produto", contexto=asked)))
    assert text.count("no key in the ring") == 1
    assert "no deploys" in text
    only = {**told, "prontuario": told}
    assert "prontuario" not in shown(docs.budget(item=docs.item(tipo="estruturar_produto", contexto=only)))


def test_a_failed_smoke_test_says_why_and_where_it_went_back_to() -> None:
    result = {
        "voltou": True,
        "versao": "8ac1",
        "antes": "8ac1",
        "smoke": {"ok": False, "motivo": "exit code 3"},
    }
    text = shown(docs.deployment(implantacao={**docs.IMPLANTACAO, "resultado": result}))
    assert "✗ failed: exit code 3" in text
    assert "back to 8ac1 by itself" in text


def test_a_failure_shows_each_attempt_with_its_end_and_reason() -> None:
    text = shown(docs.failure())
    assert text.index("2  ✗ failed") < text.index("1  ✗ worker lost")
    assert "TimeoutError" in text
    assert "10 min" in text


def test_work_at_its_limit_shows_approved_against_used_by_what_and_when() -> None:
    text = shown(docs.extension())
    for part in (
        "the cost that was approved is used up",
        "BKL-0044",
        "comando",
        "R$ 42,10  R$ 42,51  101 %",
        "1.500     1.200   80 %",
        "gpt-4o",
        "R$ 42,50",
        "local [b]7b[/b]",
        "cost unknown",
        "had to wait",
    ):
        assert part in text, part
    assert "says nothing" not in text


def test_a_limit_of_the_month_shows_what_is_left_and_when_the_next_begins() -> None:
    text = shown(docs.over_the_month())
    for part in (
        "Month 2026-01",
        "R$ 27,65",
        "this work needs",
        "2026-02-01",
        "says nothing of what it uses",
    ):
        assert part in text, part


def test_a_budget_says_what_is_left_of_a_limit_and_whether_it_passes_it() -> None:
    assert "left" not in shown(docs.budget())
    text = shown(docs.budget(orcamento={"limites": {"mes": {**docs.MONTH, "resta": "69.75"}}}))
    assert "R$ 69,75 left" in text
    assert "would pass it" not in text
    limits = {"mes": docs.MONTH, "sprint": {**docs.MONTH, "periodo": "SPR-0001"}}
    text = shown(docs.budget(orcamento={"limites": limits}), 160)
    assert text.count("this would pass it") == 2
    assert "in SPR-0001" in text


def test_the_page_of_work_shows_its_budget() -> None:
    told = {"aprovado": {"custo": "42.10", "tokens": None}, "usado": {"custo": "4.00"}, "limites": {}}
    text = plain(summary.page(docs.budget(orcamento=told), docs.NOW, 100))
    assert "R$ 42,10  R$ 4,00   10 %" in text
    assert "approved" not in plain(summary.page(docs.budget(), docs.NOW, 100))


def test_what_runs_says_what_it_used_how_near_its_limit_it_is_and_what_nobody_knows() -> None:
    def row(**more: Any) -> RunningRow:
        return RunningRow(
            "BKL-0044", "desenvolvimento", "", "PROMETHEUS", "", "dev", docs.EARLIER, None, **more
        )

    def text(running: RunningRow) -> str:
        return summary.progress(running, docs.NOW).plain

    assert "used" not in text(row())
    assert "not metered" not in text(row())
    assert "model use not metered" in text(row(medido=False))
    near = text(
        row(usado_pct=82, limite="custo", uso={"tokens": 900, "custo": {"llm": "34.00"}}, medido=True)
    )
    assert "82 % of its cost used" in near
    assert "900 tokens · R$ 34,00" in near


def test_a_broken_dependency_shows_what_and_why() -> None:
    text = shown(docs.dependency())
    assert "BKL-0031 was cancelled" in text
    assert "cap:chave-assinatura" in text
    assert "the probe exits 1" in text


def test_an_adjustment_shows_its_reason() -> None:
    assert "«O exemplo 3 contradiz a regra 2.»" in shown(docs.adjustment())


def test_a_type_without_a_page_shows_its_contexto() -> None:
    about = docs.item(
        tipo="aprovacao_externa", contexto={"quem": "Fiscal", "itens": ["a", {"b": [1, True, None]}]}
    )
    text = shown(docs.budget(item=about))
    assert "Fiscal" in text
    assert "yes" in text
    assert "Orçamento para aprovação do PO" in text


def test_a_decision_without_its_documents_still_shows() -> None:
    bare = ItemDetail(item={"id": "BKL-1", "tipo": "", "contexto": None}, contrato={})
    for tipo in (
        "aprovar_orcamento",
        "aprovar_release",
        "validar_implantacao",
        "avaliar_efetividade",
        "resolver_falha",
    ):
        assert shown(replace(bare, item={**bare.item, "tipo": tipo})) is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_asked(kind: str, width: int) -> None:
    for line in evidence(KINDS[kind](), docs.NOW, width):
        assert cell_len(line.plain) <= width, line.plain


@pytest.mark.parametrize(
    "kind", [docs.budget, docs.release, docs.deployment, docs.failure, docs.dependency, docs.adjustment]
)
def test_untrusted_text_is_shown_as_it_is_and_steers_nothing(kind: Callable[..., ItemDetail]) -> None:
    detail = docs.hostile(kind)
    lines = [
        *evidence(detail, docs.NOW, 80),
        *summary.page(detail, docs.NOW, 80),
        *saga.tree(detail, 80, docs.NOW),
    ]
    text = plain(lines)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[red]fix[/]" in text


def test_questions_name_what_is_asked_about() -> None:
    assert question(docs.budget()) == "Approve the budget of frete · Frete por peso e região?"
    assert question(docs.failure()).startswith("BKL-0044 failed")


def test_price_against_actual_keeps_each_amount_apart() -> None:
    text = plain(amounts.against(docs.EXECUCAO, 110))
    assert "people, total" in text
    assert "machine, total" in text
    rows = {line.split("  ")[0]: line for line in text.splitlines()}
    assert "1,79×" in rows["machine, total"]
    assert "0,08×" in rows["people, total"]
    assert "—" in rows["people, deployment"]
    assert "1,07×" in rows["coverage"]


def test_a_ratio_is_judged_only_once_its_execution_has_ended() -> None:
    def style(status: str) -> str:
        lines = amounts.against({**docs.EXECUCAO, "status": status}, 110)
        row = next(line for line in lines if line.plain.startswith("people, total"))
        return str(next(s.style for s in row.spans if row.plain[s.start : s.end] == "0,08×"))

    assert style("em_andamento") == "$text-muted"
    assert style("concluido") == "$text-error"


def test_the_pages_say_what_is_missing_and_when_it_comes() -> None:
    bare = docs.budget(recursos=None, execucao=None, release=None)
    assert "Not priced yet" in plain(amounts.page(bare, 80))
    assert "Nothing was built yet" in plain(amounts.page(docs.budget(), 80))
    assert "No tests ran yet" in plain(report.full(None, None, 80))
    assert "Nothing runs" in plain(output.live(bare))
    running = replace(bare, item={**bare.item, "status": "EmProcessamento"})
    assert "said nothing yet" in plain(output.live(running))
    assert "It runs in tui:4711" in plain(output.live(running, "tui:4711"))
    assert "Nothing runs" in plain(output.live(bare, "tui:4711"))
    assert "No attempt" in plain(trouble.attempts([], 80))
    assert "Nothing was decided" in plain(history.listed([], 80))
    assert "Nothing happened" in plain(saga.timeline([], 80))
    assert "nothing" in plain(needs.listed([], 80))


def test_the_whole_report_lists_every_case() -> None:
    text = plain(report.full(docs.RED, 90, 80))
    assert text.count("test_fragil") == 2
    assert "✓ passed  test_sul_ate_5kg" in text


def test_the_saga_is_a_tree_with_the_item_marked() -> None:
    lines = saga.tree(docs.budget(), 100, docs.NOW)
    text = plain(lines)
    assert "└ BKL-0043" in text
    assert "├ BKL-0042" in text
    marked = next(line for line in lines if "BKL-0042" in line.plain)
    assert any("accent" in str(s.style) for s in marked.spans)


def test_a_saga_with_a_circle_or_lost_parents_is_still_shown_whole() -> None:
    items = (
        docs.item(id="A", pai="B"),
        docs.item(id="B", pai="A"),
        docs.item(id="C", pai="gone"),
        docs.item(id="D", pai="D"),
    )
    text = plain(saga.tree(docs.budget(saga=items), 80, docs.NOW))
    assert all(f"{name} budget" in text for name in "ABCD")


def test_a_deep_saga_does_not_exhaust_the_stack() -> None:
    items = tuple(docs.item(id=f"I{n}", pai=f"I{n - 1}" if n else None) for n in range(1500))
    assert len(saga.tree(docs.budget(saga=items), 100, docs.NOW)) == 1500


def test_the_calendar_shows_when_each_item_lived() -> None:
    lines = saga.calendar(docs.budget(), 80, docs.NOW)
    rows = {line.plain.split()[0]: line.plain for line in lines[:-1]}
    assert rows["BKL-0038"].endswith("pricing    ━")
    assert "┄" in rows["BKL-0040"]
    assert rows["BKL-0042"].index("◆") > rows["BKL-0039"].index("◆")
    assert lines[-1].plain.strip() == "09:00:00 to 12:00:00, 3 h"
    assert all(cell_len(line.plain) <= 80 for line in lines)
    assert saga.calendar(docs.budget(saga=()), 80, docs.NOW) == []


def test_the_timeline_tells_transitions_and_the_time_between() -> None:
    text = plain(saga.timeline(docs.EVENTOS, 100))
    assert "+5 m" in text
    assert "Bloqueado → Pendente" in text


def test_a_taken_back_decision_says_so() -> None:
    entry = {**docs.DECISOES[0], "estado": "desfeita", "nota": "por engano", "espera_s": 90}
    text = plain(history.listed([entry], 80))
    assert "taken back" in text
    assert "por engano" in text
    assert "after 90 s" in text


def test_the_head_tells_progress_against_the_estimate() -> None:
    running = RunningRow(
        "BKL-0042", "desenvolvimento", "t", "PROMETHEUS", "WORKER_E", "tests", docs.EARLIER, 70.0, 14, 22
    )
    text = plain(summary.head(docs.budget(), running, docs.NOW, 100))
    assert "WORKER_E  tests  14/22  4:00  of ~1:10" in text


def test_code_is_numbered_highlighted_and_cleaned() -> None:
    lines = code.code("def f():\n    return '\x1b[2J'\n\n", "a.py")
    assert [line.plain[:2] for line in lines] == ["1 ", "2 "]
    assert "\x1b" not in plain(lines)
    assert len(lines[0].spans) > 1
    assert len(code.code("x = 1\n" * 6000, "a.py")[0].spans) == 1
    assert code.language_of("Makefile") == ""


def test_a_difference_counts_and_colours_its_lines() -> None:
    assert changed_lines(docs.DIFF) == (3, 1)
    lines = difference(docs.DIFF)
    assert any("success" in str(s.style) for s in lines[-1].spans)


def test_long_documents_are_cut_and_say_so() -> None:
    assert "and 60 more" in plain(document.shown(list(range(100)), 40))
    deep: dict[str, Any] = {"a": 1}
    for _ in range(50):
        deep = {"n": deep}
    assert document.shown(deep, 40)


def test_numbers_read_as_the_owner_reads_them() -> None:
    assert values.money("1234.5") == "R$ 1.234,50"
    assert values.money(None) == values.money("x") == values.money(float("nan")) == "—"
    assert values.money("0.0004") == "R$ < 0,01"
    assert values.plain_money(0) == "0,00"
    assert values.hours(0.05) == "3 min"
    assert values.seconds(3.21) == "3,2 s"
    assert values.seconds(600) == "10 min"
    assert values.seconds(9000) == "2,5 h"
    assert values.size(3276) == "3,2 KB"
    assert values.ratio(1, 0) == "—"
    assert values.ratio("2", 1.6) == "1,25×"
    assert values.count(1, "file", "files") == "1 file"


def test_short_fields_share_a_line_only_where_there_is_room() -> None:
    entries = [field("A", span("one")), field("B", span("two")), field("C"), field("D", span("x " * 60))]
    assert len(fields(entries, 60)) == 5
    assert plain(fields(entries, 100)).splitlines()[0].split() == ["A", "one", "B", "two"]


def test_tables_give_way_in_the_growing_column() -> None:
    rows = [[span("a" * 40), span("R$ 1,00")], [span("b"), span("R$ 10,00")]]
    lines = table(rows, 24, right=(1,), grow=0)
    assert [line.cell_length for line in lines] == [24, 24]
    assert "…" in lines[0].plain
    assert table([], 24) == []
    assert bar(2.0, 4).plain == "━━━━"
    assert bar(0.5, 4).plain == "━━──"


def test_several_decisions_share_only_common_options_and_sum_their_price() -> None:
    one, other = (
        docs.budget(),
        docs.budget(item=docs.item(id="BKL-0050"), opcoes=(replace(docs.APPROVE, exige_motivo=True),)),
    )
    shared = common_options([one, other])
    assert [option.nome for option in shared] == ["aprovar"]
    assert shared[0].exige_motivo
    assert common_options([]) == []
    assert common_options([one, docs.budget(opcoes=(Option("x", "x", "x", "x"),))]) == []
    assert str(total_price([one, other])) == "84.20"
    named = [
        docs.budget(opcoes=(replace(docs.APPROVE, efeito=f"development of {name} v{number} starts now"),))
        for number, name in ((1, "frete"), (1, "cotacao"))
    ]
    assert common_options(named)[0].efeito == "for each: development of … v1 starts now"
    unlike = [docs.budget(), docs.budget(opcoes=(replace(docs.APPROVE, efeito="something else"),))]
    assert common_options(unlike)[0].efeito == "for each as it says on its own"
    text = plain(outcome_rows([one, docs.release()], {"BKL-0042": (False, "no")}, 120))
    assert "R$ 42,10" in text
    assert "31 of 31 tests passed" in text
    assert "✗ no" in text
