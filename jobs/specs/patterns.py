"""Regular expressions of a spec, matched in linear time: a spec is untrusted, and must not stop the line."""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, ValidationError, core_schema


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is found in `text`.

    It is the engine that the built models use. A pattern that it doesn't know (look-around) counts as
    matching: the tests, which run in the sandbox, have the last word.
    """
    compiled = _compiled(pattern)
    if compiled is None:
        return True
    try:
        compiled.validate_python(text)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator | None:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return None
