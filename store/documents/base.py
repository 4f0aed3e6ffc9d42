"""What every stored document has in common: its field types, and errors that name the offending path."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from store.documents.wording import worded
from store.errors import WrongInput
from store.yamlfile import YamlDoc, did_you_mean, path_text

TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"

Time = Annotated[str, Field(pattern=TIME)]
"""Fixed-width UTC text with microseconds."""

TimeOrEmpty = Annotated[str, Field(pattern=TIME + "|^$")]
"""A time, or an empty text where there is none yet."""

Money = Annotated[str, Field(pattern=r"^-?\d+\.\d{2,}$")]
"""An amount as exact decimal text with two or more decimals."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class StoredDocument(BaseModel):
    """A document of a collection: its fields are the mission's, and no others are taken."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def wrong_document(
    error: ValidationError,
    model: type[BaseModel],
    prefix: tuple[str | int, ...] = (),
    doc: YamlDoc | None = None,
) -> WrongInput:
    """The first thing that a document has wrong, with its path (and its line, when it came from YAML)."""
    found = error.errors(include_url=False)
    # A misspelt key is also a missing one; its own name helps more.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    path = (*prefix, *_real_steps(first["loc"]))
    problem, remedy = worded(first)
    if first["type"] == "extra_forbidden":
        problem, remedy = (
            "unknown key",
            did_you_mean(str(first["loc"][-1]), _keys_at(model, first["loc"][:-1])),
        )
    if doc is not None:
        return doc.error(path, problem, remedy)
    return WrongInput(problem, path=path_text(path), remedy=remedy)


def _real_steps(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """pydantic's location without its own marks for unions and dict keys."""
    return tuple(step for step in loc if not (isinstance(step, str) and (step == "[key]" or "[" in step)))


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that are right at `loc`, as far as the models tell."""
    current: Any = model
    for step in loc:
        current = _step_into(current, step)
    return list(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


def _step_into(annotation: Any, step: int | str) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        found = annotation.model_fields.get(str(step))
        return _unwrapped(found.annotation) if found else None
    arguments = getattr(annotation, "__args__", ())
    return _unwrapped(arguments[-1]) if arguments and arguments[-1] is not Ellipsis else _first(arguments)


def _first(arguments: tuple[Any, ...]) -> Any:
    return _unwrapped(arguments[0]) if arguments else None


def _unwrapped(annotation: Any) -> Any:
    """The one model in `Model | None`, else the annotation itself."""
    for option in getattr(annotation, "__args__", ()):
        if isinstance(option, type) and issubclass(option, BaseModel) and _optional(annotation):
            return option
    return annotation


def _optional(annotation: Any) -> bool:
    return type(None) in getattr(annotation, "__args__", ())
