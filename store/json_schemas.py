"""JSON Schemas at the boundary: the first thing that a document has wrong, with its path, as one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from store.errors import WrongInput
from store.yamlfile import did_you_mean, path_text

_LONGEST = 200


def check_schema(validator: Draft202012Validator, value: Any, name: str, owner: str) -> None:
    """Raise WrongInput for what is wrong with `value`; paths begin with `name`, `owner` is who wants it."""
    first = next(iter(validator.iter_errors(value)), None)
    if first is not None:
        raise _broken(first, name, owner)


def _broken(error: ValidationError, name: str, owner: str) -> WrongInput:
    path = (*([name] if name else []), *error.absolute_path)
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    if error.validator == "required":
        missing = _unmet(error)
        return WrongInput("is missing", path=path_text((*path, missing)), remedy=f"{owner} needs it")
    if error.validator == "additionalProperties":
        extra = next((key for key in _keys(error.instance) if key not in known), "")
        return WrongInput("unknown key", path=path_text((*path, extra)), remedy=did_you_mean(extra, known))
    if error.validator == "maxItems" and isinstance(error.instance, list):
        problem = f"{len(error.instance)} entries are too many"
        return WrongInput(problem, path=path_text(path), remedy=f"at most {error.validator_value}")
    message = error.message if len(error.message) <= _LONGEST else error.message[:_LONGEST] + "…"
    return WrongInput(message, path=path_text(path), remedy=owner)


def _unmet(error: ValidationError) -> str:
    present = _keys(error.instance)
    return next(key for key in _keys(error.validator_value) if key not in present)


def _keys(value: Any) -> list[str]:
    return [str(key) for key in value]
