"""Checks documents against a schema that nobody trusts: nothing is fetched, and it ends in time.

Patterns are matched in linear time, also as names of properties; references are followed only so often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import validators
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from referencing import Registry

from jobs.fields import visible
from jobs.specs.patterns import matches

MAX_REFERENCES = 20_000
"""References that are followed to check one document."""

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_extend: Callable[..., type[Validator]] = validators.extend


class TooManyReferencesError(Exception):
    """Checking a document follows references without end, or doubles them at each step."""


def schema_errors(schema: Mapping[str, Any], document: Any) -> list[ValidationError]:
    """Where `document` breaks `schema`, in a fixed order.

    A document or schema that cannot be checked to its end counts as one error.
    """
    try:
        found = validator(schema).iter_errors(document)
        return sorted(found, key=lambda error: ([str(step) for step in error.path], error.message))
    except (RecursionError, TooManyReferencesError):
        return [ValidationError("the schema's references have no end")]


def validator(schema: Mapping[str, Any]) -> Validator:
    """A validator of the schema's own dialect; may raise TooManyReferencesError or RecursionError in use."""
    base = validators.validator_for(schema, default=validators.Draft202012Validator)
    followed = {key: _counted(base.VALIDATORS[key]) for key in _REFERENCES if key in base.VALIDATORS}
    own = {"pattern": _pattern, "patternProperties": _pattern_properties, "additionalProperties": _additional}
    return _extend(base, {**followed, **own})(schema, registry=Registry())


def _counted(follow: Callable[..., Any]) -> Callable[..., Any]:
    """The keyword's own function, as often as anyone needs it."""
    left = MAX_REFERENCES

    def counting(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooManyReferencesError
        return follow(*arguments)

    return counting


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"{visible(instance)} does not match {visible(pattern)}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    for pattern, part in patterns.items():
        for name in _names(instance):
            if matches(pattern, name):
                yield from validator.descend(instance[name], part, path=name, schema_path=pattern)


def _additional(
    validator: Any, allowed: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in _names(instance):
        if name in properties or any(matches(pattern, name) for pattern in patterns):
            continue
        if isinstance(allowed, dict):
            yield from validator.descend(instance[name], allowed, path=name)
        elif allowed is False:
            yield ValidationError(f"has no field {visible(name)}", path=[name])


def _names(instance: Any) -> list[str]:
    return [str(name) for name in instance] if isinstance(instance, dict) else []
