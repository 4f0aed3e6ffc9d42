"""YAML in: plain data with lines, or one line that says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.errors import WrongInput
from store.yamlfile import did_you_mean, load_yaml, nearest, path_text


def wrong(source: str | bytes | Path) -> str:
    with pytest.raises(WrongInput) as caught:
        load_yaml(source, "f.yaml")
    return str(caught.value)


def test_only_plain_values_come_out() -> None:
    doc = load_yaml(
        "a: 1\nb: [x, 1.5, 01310, 2025-01-01, no, .5, 1e3, '-', '7', +1, ~, true, '', 1.]\nc: !  5\n",
        "f.yaml",
    )
    assert doc.data == {
        "a": 1,
        "b": ["x", 1.5, "01310", "2025-01-01", "no", 0.5, 1000.0, "-", "7", 1, None, True, "", 1.0],
        "c": "5",
    }


def test_every_key_and_element_knows_its_line() -> None:
    doc = load_yaml("a:\n  - b: 1\n  - c: 2\n", "f.yaml")
    assert doc.line(("a",)) == 1
    assert doc.line(("a", 1, "c")) == 3
    assert doc.line(("a", 1, "absent", 4)) == 3
    assert str(doc.error(("a", 1, "c"), "wrong", "right")) == "f.yaml:3: a[1].c: wrong (right)"
    assert doc.value(("a", 0, "b")) == 1


def test_an_empty_document_is_null_without_lines() -> None:
    doc = load_yaml("")
    assert doc.data is None
    assert doc.line(("a",)) == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a: 1\na: 2", "f.yaml:2: the key a is here twice (keep one of them)"),
        ("a:\n\t- b", "indent with spaces, not with tabs"),
        ("a: b: c", "f.yaml:1: not YAML: mapping values are not allowed in this context"),
        ("a: [1,\n", "f.yaml:2: not YAML: while parsing a flow"),
        ("[" * 70, "f.yaml:1: nested too deeply (at most 64 levels)"),
        ("[" * 2_000_000, "f.yaml:1: not YAML"),
        ("[" * 10_000_000, "f.yaml: the file is too large (at most 2 MB of YAML)"),
        ("a: !!python/object/apply:os.system [x]", "f.yaml:1: tags are not allowed"),
        ("a: *nowhere", "f.yaml:1: no such anchor: nowhere (define it before, with &)"),
        ("a: &a [*a]", "f.yaml:1: no such anchor: a (define it before, with &)"),
        ("a: 1\n---\nb: 2", "f.yaml:2: a second document begins here (one document a file)"),
        ("? [a]\n: b", "f.yaml:1: a key must be plain text (write it as one word)"),
        ("a: 1\nb: 'x\x01'", "f.yaml:2: not YAML: a control character (remove it)"),
        (b"a: 1\nb: \xff", "f.yaml:2: not UTF-8 text (save the file as UTF-8)"),
        ("a: 1e999", "f.yaml:1: the number is too large: 1e999 (quote it if it is text)"),
        ("a: &a 1\nb: [" + "*a," * 101 + "]", "f.yaml:2: too many aliases (at most 100)"),
    ],
)
def test_wrong_yaml_is_one_line(source: str | bytes, message: str) -> None:
    said = wrong(source)
    assert message in said
    assert "\n" not in said


def test_an_alias_is_a_copy_of_its_own() -> None:
    doc = load_yaml("a: &x [1]\nb: *x")
    assert doc.data == {"a": [1], "b": [1]}
    assert doc.data["a"] is not doc.data["b"]


def test_aliases_of_aliases_do_not_explode() -> None:
    levels = "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert "too many values (at most 200000, aliases counted in full)" in wrong("a0: &a0 [1,1]\n" + levels)


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    assert load_yaml(tmp_path / "x.yaml").data == {"a": 1}
    assert load_yaml(tmp_path / "x.yaml").file == str(tmp_path / "x.yaml")
    assert wrong(tmp_path / "absent.yaml") == "f.yaml: cannot be read: No such file or directory"


def test_the_nearest_right_word() -> None:
    assert nearest("titlo", ["titulo", "id"]) == "titulo"
    assert did_you_mean("titlo", ["titulo", "id"]) == "did you mean titulo?"
    assert did_you_mean("zzz", ["b", "a"]) == "known: a, b"
    assert did_you_mean("zzz", []) == "known: none"
    assert path_text(("a", 0, "b")) == "a[0].b"
