"""JSON files as `YamlDoc`, so that what is wrong in them has a line too."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from jobs.fields import YamlPath, visible
from store.errors import WrongInput
from store.yamlfile import MAX_DEPTH, YamlDoc, load_yaml


def load_json(content: bytes, file: str) -> YamlDoc:
    """Read one JSON document, with lines where they can be told.

    Raises:
        WrongInput: not UTF-8, not JSON, too deep, with duplicate keys or with NaN.
    """
    try:
        text = content.decode("utf-8-sig")
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        _check_parts(data, 0)
    except UnicodeDecodeError:
        raise WrongInput("not UTF-8 text", file=file, remedy="save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise WrongInput(
            f"not JSON: {error.msg}", file=file, line=error.lineno, remedy="check its commas"
        ) from None
    except RecursionError:
        raise WrongInput("nested too deeply", file=file, remedy=f"at most {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise WrongInput(str(error), file=file, remedy="correct it in the file") from None
    return YamlDoc(data, _lines(text, file), file)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key} is there twice")
        found[key] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _check_parts(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, str):
        _check_text(value)
    if isinstance(value, dict):
        for key in value:
            _check_text(key)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        _check_parts(child, depth + 1)


def _check_text(text: str) -> None:
    """JSON can write half a character (`\\ud800`), which no file can hold."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"half a character: {visible(text)}")


def _lines(text: str, file: str) -> dict[YamlPath, int]:
    """JSON is YAML but for a few escapes and tabs; where it isn't, there are no lines to tell."""
    try:
        return load_yaml(text.replace("\t", " "), file).lines
    except WrongInput:
        return {}
