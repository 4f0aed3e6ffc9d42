"""The performer protocol's documents in shape: JSON Schemas of `seeds/schemas` (docs/performers.md).

What a performer says is untrusted: whatever is wrong with it becomes one line that names the path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator

from store.errors import WrongInput
from store.json_schemas import check_schema

PROTOCOL = 1
SCHEMAS = Path(__file__).parents[2] / "seeds" / "schemas"
OWNER = "docs/performers.md"

Kind = Literal["input", "outcome", "message"]
_ENDS = ("resultado", "material", "falha", "bloqueado")


@cache
def validator(kind: Kind) -> Draft202012Validator:
    """The validator of one of the protocol's documents."""
    return Draft202012Validator(json.loads((SCHEMAS / f"performer-{kind}.json").read_bytes()))


def check_outcome(outcome: Mapping[str, Any]) -> None:
    """Raise WrongInput unless it is an outcome in shape: exactly one end, and nothing that is unknown."""
    ends = [name for name in _ENDS if name in outcome]
    if len(ends) != 1:
        found = " and ".join(ends) or "none of them"
        raise WrongInput(f"an outcome has one of resultado, falha, bloqueado; here is {found}", remedy=OWNER)
    check_schema(validator("outcome"), dict(outcome), "", OWNER)


def outcome_problem(outcome: Mapping[str, Any]) -> str:
    """What is wrong with an outcome's shape; empty when nothing is."""
    try:
        check_outcome(outcome)
    except WrongInput as error:
        return str(error)
    return ""
