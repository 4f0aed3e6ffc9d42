"""DMN files: the TCK's own cases, writing and reading back, and files that have to be refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobs.feel import Table, evaluate, table_from_yaml, tables_from_dmn
from jobs.feel.analysis import analyse
from jobs.feel.dmn import DMN_1_3, NAMESPACES
from jobs.feel.dmn_write import table_to_dmn
from jobs.feel.python_module import compile_table
from store.errors import WrongInput

# From https://github.com/dmn-tck/tck, compliance level 2, Apache-2.0.
TCK = Path(__file__).parent.parent / "data" / "dmn-tck"
CASES = "{http://www.omg.org/spec/DMN/20160719/testcase}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def tck_value(element: ET.Element) -> Any:
    """A TCK value: list, components by name, or a typed scalar."""
    items = element.find(f"{CASES}list")
    if items is not None:
        return [tck_value(item) for item in items]
    components = element.findall(f"{CASES}component")
    if components:
        return {str(component.get("name")): tck_value(component) for component in components}
    value = element.find(f"{CASES}value")
    if value is None or value.text is None:
        return None
    kind = value.get(XSI_TYPE, "").rpartition(":")[2]
    return {"decimal": Decimal, "boolean": lambda text: text == "true"}.get(kind, str)(value.text)


def tck_cases() -> list[Any]:
    """(model, decision, inputs, expected) of every committed case."""
    found = []
    for path in sorted(TCK.glob("*-test-*.xml")):
        root = ET.parse(path).getroot()
        model = str(root.findtext(f"{CASES}modelName"))
        for case in root.iter(f"{CASES}testCase"):
            inputs = {str(node.get("name")): tck_value(node) for node in case.findall(f"{CASES}inputNode")}
            for result in case.findall(f"{CASES}resultNode"):
                expected = result.find(f"{CASES}expected")
                assert expected is not None
                values = (model, result.get("name"), inputs, tck_value(expected))
                found.append(pytest.param(*values, id=f"{model}-{case.get('id')}"))
    return found


def unnamed(table: Table, decision: Any) -> Any:
    """A decision as DMN gives it: without the name where there is one output."""
    if isinstance(decision, list):
        return [unnamed(table, one) for one in decision]
    return next(iter(decision.values())) if len(table.saidas) == 1 else decision


def test_the_tck_cases_are_there() -> None:
    assert len(tck_cases()) >= 20


@pytest.mark.parametrize(("model", "decision", "inputs", "expected"), tck_cases())
def test_tck(model: str, decision: str, inputs: dict[str, Any], expected: Any) -> None:
    tables = {table.nome: table for table in tables_from_dmn((TCK / model).read_bytes(), model)}
    table = tables[decision]
    assert unnamed(table, evaluate(table, inputs)) == expected
    module: dict[str, Any] = {}
    exec(compile_table(table), module)
    assert unnamed(table, module["decidir"](inputs)) == expected
    (again,) = tables_from_dmn(table_to_dmn(table))
    assert unnamed(again, evaluate(again, inputs)) == expected


def test_the_tck_table_is_sound() -> None:
    (table,) = tables_from_dmn((TCK / "0004-simpletable-U.dmn").read_bytes())
    analysis = analyse(table)
    assert (analysis.problems, analysis.undecided) == ([], [])
    assert [column.tipo for column in table.entradas] == ["number", "string", "boolean"]
    assert table.saidas[0].valores == ("Approved", "Declined")


def dmn(
    table: str = "",
    *,
    inputs: str = '<input><inputExpression typeRef="number"><text>n</text></inputExpression></input>',
    output: str = '<output typeRef="number"/>',
    rules: str = "",
    hit: str = "",
    more: str = "",
    namespace: str = DMN_1_3,
    root: str = "",
) -> bytes:
    logic = table or f"<decisionTable {hit}>{inputs}{output}{rules or rule('&gt; 1')}</decisionTable>"
    decision = f'<decision name="d"><variable name="d"/>{logic}</decision>'
    return f'<definitions xmlns="{namespace}" name="m" {root}>\n{more}{decision}</definitions>'.encode()


def read(data: bytes) -> Table:
    (table,) = tables_from_dmn(data, "m.dmn")
    return table


@pytest.mark.parametrize("namespace", list(NAMESPACES))
def test_every_version_is_read(namespace: str) -> None:
    assert evaluate(read(dmn(namespace=namespace)), {"n": 2}) == {"d": 1}


def rule(cell: str, result: str = "1") -> str:
    cells = f"<inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{result}</text></outputEntry>"
    return f"<rule><description>porque sim</description>{cells}</rule>"


def column(values: str = "", *, type_ref: str = "", text: str = "n") -> str:
    allowed = f"<inputValues><text>{values}</text></inputValues>" if values else ""
    reference = f' typeRef="{type_ref}"' if type_ref else ""
    return f"<input><inputExpression{reference}><text>{text}</text></inputExpression>{allowed}</input>"


@pytest.mark.parametrize(
    ("values", "type_ref", "cell", "described"),
    [
        ("[0..10]", "number", "1", "number, from 0, up to 10"),
        ("&gt;= 0", "feel:double", "1", "number, from 0"),
        ("&lt;= -1", "number", "1", "number, up to -1"),
        ("(0..10]", "number", "1", "number, (0..10]"),
        ("&gt; 0", "number", "1", "number, > 0"),
        ("1, 2 + 1", "number", "1", "number, one of 1, 3"),
        ("not(1)", "number", "1", "number, not(1)"),
        ("-", "number", "1", "number"),
        ("", "long", "1", "integer"),
        ("", "number", "null", "number, or null"),
        ("null, 1", "number", "1", "number, one of 1, or null"),
        ('"a", "b"', "string", '"null"', 'string, one of "a", "b"'),
        ("true, false", "boolean", "true", "boolean"),
        ("", "", "&lt; 3", "number"),
        ("", "", "not(true)", "boolean"),
        ("", "Any", '"x"', "string"),
    ],
)
def test_inputs(values: str, type_ref: str, cell: str, described: str) -> None:
    found = read(dmn(inputs=column(values, type_ref=type_ref), rules=rule(cell)))
    assert found.entradas[0].described == described
    assert found.regras[0].nota == "porque sim"
    (again,) = tables_from_dmn(table_to_dmn(found))
    assert again == found


TYPES = """<itemDefinition name="tPct"><typeRef>number</typeRef>
<allowedValues><text>[0..100]</text></allowedValues></itemDefinition>
<itemDefinition name="tAlias"><typeRef>tPct</typeRef></itemDefinition>
<itemDefinition name="tLoop"><typeRef>tLoop</typeRef></itemDefinition>
<itemDefinition name="tList" isCollection="true"><typeRef>number</typeRef></itemDefinition>
<itemDefinition name="tPair"><itemComponent name="a"/></itemDefinition>
<inputData name="valor pago"><variable name="valor pago" typeRef="tAlias"/></inputData>
<inputData name="taxa-x"/>"""


def test_types_and_names_come_from_the_model() -> None:
    found = read(dmn(inputs=column(text="valor  pago"), rules=rule("&gt; 1"), more=TYPES))
    assert (found.entradas[0].nome, found.entradas[0].described) == (
        "valor pago",
        "number, from 0, up to 100",
    )
    named = read(
        dmn(inputs=column(text="taxa-x", type_ref="number"), rules=rule("1", "taxa-x - 1"), more=TYPES)
    )
    assert evaluate(named, {"taxa-x": 1}) == {"d": 0}


def test_outputs() -> None:
    output = """<output name="r"><outputValues><text>"b", "a"</text></outputValues>
    <defaultOutputEntry><text>"a"</text></defaultOutputEntry></output>"""
    rules = rule("&gt; 1", '"b"') + "<rule><inputEntry/><outputEntry/></rule>"
    found = read(dmn(output=output, rules=rules, hit='hitPolicy="PRIORITY"'))
    assert (found.saidas[0].tipo, found.saidas[0].valores) == ("string", ("b", "a"))
    assert evaluate(found, {"n": 2}) == {"r": "b"}
    assert evaluate(found, {"n": 0}) == {"r": None}
    listed = read(dmn(output='<output typeRef="tList"/>', more=TYPES, hit='hitPolicy="COLLECT"'))
    assert evaluate(listed, {"n": 2}) == [{"d": 1}]


INTERVAL_OUTPUT = '<output typeRef="number"><outputValues><text>&gt; 1</text></outputValues></output>'


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "m.dmn:1: not XML: no element found"),
        (b"<a>", "m.dmn:1: not XML"),
        (b"\xff\xfe\x00", "m.dmn"),
        (b'<?xml version="1.0" encoding="nope"?><a/>', "m.dmn"),
        (b"<!DOCTYPE a><definitions/>", "m.dmn: a DTD or entities are refused"),
        (
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            "a DTD or entities are refused",
        ),
        (b"<definitions/>", "m.dmn:1: not DMN (definitions of DMN 1.1, 1.2, 1.3, 1.4, 1.5)"),
        (f'<definitions xmlns="{DMN_1_3}"/>'.encode(), "m.dmn:1: no decision table in the file"),
        (b"<a>" * 100, "nested more than 64 levels deep"),
        (b"<a>" + b"<b/>" * 60_001 + b"</a>", "more than 60000 elements"),
        (b" " * (2 << 20) + b"<a/>", "m.dmn: too large (at most 2 MB)"),
        (dmn("<literalExpression/>"), "m.dmn:2: decision d is a literalExpression (only decision tables can"),
        (dmn("<context/>"), "decision d is a context"),
        (dmn("<question/>"), "decision d is without any logic"),
        (dmn(more='<businessKnowledgeModel name="f"/>'), "decision f is a businessKnowledgeModel"),
        (dmn(root='expressionLanguage="juel"'), "m.dmn:1: the expression language juel is not FEEL"),
        (dmn(inputs=column().replace("<text>", '<text expressionLanguage="groovy">')), "groovy is not FEEL"),
        (dmn(hit='hitPolicy="LAST"'), "m.dmn:2: d: LAST is no hit policy (one of UNIQUE"),
        (dmn(hit='hitPolicy="COLLECT" aggregation="AVG"'), "d: AVG is no aggregation (one of SUM"),
        (dmn(inputs=column(text="a + 1")), "d: the input 'a + 1' is not the name of an input"),
        (
            dmn(inputs=column(text="a.b")),
            "the input 'a.b' is not the name of an input (make what it computes",
        ),
        (dmn(inputs=column(type_ref="date")), "no table can use the type date (number, integer, string"),
        (dmn(inputs=column(type_ref="tPair"), more=TYPES), "no table can use the type tPair"),
        (dmn(inputs=column(type_ref="tList"), more=TYPES), "no table can use the type tList"),
        (dmn(inputs=column(type_ref="tLoop"), more=TYPES), "no table can use the type tLoop"),
        (
            dmn(inputs=column(), rules=rule("-")),
            "the input n has no type (give its inputExpression a typeRef)",
        ),
        (dmn(inputs=column("&lt;", type_ref="number")), "d: <: character 2: expected a value"),
        (dmn(inputs=column("9 ** 9999", type_ref="number")), "d: a number too large"),
        (dmn(inputs=column('["a".."b"]', type_ref="number")), "d.entradas[0].permitido"),
        (dmn(inputs=column('&gt;= "b"', type_ref="number")), "d.entradas[0].permitido"),
        (dmn(output="<output/>", rules=rule("1", "n")), "an output has no type"),
        (
            dmn(output='<output typeRef="number"><outputValues><text>&gt; 1</text></outputValues></output>'),
            "d: outputValues",
        ),
        (dmn(rules=rule("1", '"a"')), "m.dmn:2: d.regras[0].entao[0]: d is a number, and this is a string"),
        (dmn(rules=rule("&lt;")), "m.dmn:2: d.regras[0].se[0]: <: character 2: expected a value"),
        (dmn(rules="<rule/>"), "d.regras[0].se: 0 cells for 1 columns"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "data",
)
def test_refused(data: bytes, problem: str) -> None:
    with pytest.raises(WrongInput) as caught:
        tables_from_dmn(data, "m.dmn")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_writing_keeps_markup_and_is_well_formed() -> None:
    table = table_from_yaml(
        {
            "nome": 'a <b> & "c"',
            "entradas": [
                {"nome": "t", "tipo": "string", "valores": ['<x> & "y"', "linha\r\nduas", "]]>"]},
                {"nome": "n", "tipo": "integer", "minimo": -1, "opcional": True},
            ],
            "saidas": [{"nome": "r", "tipo": "string", "padrao": '"<z>"', "valores": ["<z>"]}],
            "regras": [
                {"se": ['"]]>", "<x> & \\"y\\""', "null,\r\n < 3"], "entao": ['"<z>"'], "nota": "<script>"}
            ],
        }
    )
    written = table_to_dmn(table)
    assert tables_from_dmn(written) == [table]
    assert b"<script>" not in written
    ids = [element.get("id") for element in ET.fromstring(written).iter() if element.get("id")]
    assert len(ids) == len(set(ids))
