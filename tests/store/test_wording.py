"""What a document has wrong is said in oficina's own words, never in the library's."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from store.documents.base import wrong_document


class Inner(BaseModel):
    a: int = 0


class Model(BaseModel):
    n: int = Field(default=1, ge=1, lt=9)
    f: float = 0.5
    b: bool = True
    s: str = Field(default="x", min_length=1, max_length=3, pattern="^[a-z]*$")
    many: list[int] = Field(default_factory=lambda: [1], min_length=1)
    pair: dict[str, int] = Field(default_factory=dict)
    inner: Inner = Inner()
    word: Literal["one", "two"] = "one"
    needed: int


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needed: is missing (add `needed: …`)"),
        ({"n": "x"}, "n: expected a whole number, not the text x"),
        ({"n": None}, "n: expected a whole number, not nothing"),
        ({"n": 0}, "n: expected at least 1, not 0"),
        ({"n": 9}, "n: expected less than 9, not 9"),
        ({"f": "a" * 50}, f"f: expected a number, not the text {'a' * 39}…"),
        ({"b": [1]}, "b: expected true or false, not a list"),
        ({"s": ""}, "s: expected text of 1 or more characters, not an empty text"),
        ({"s": "abcd"}, "s: expected text of 3 characters at most, not the text abcd"),
        ({"s": True}, "s: expected text, not true"),
        ({"s": "A"}, "s: String should match pattern '^[a-z]*$'"),
        ({"many": {}}, "many: expected a list, not none (write `[one, another]`)"),
        ({"many": []}, "many: expected 1 or more of them, not none"),
        ({"pair": 1.5}, "pair: expected keys with values, not 1.5 (write `{key: value}`)"),
        ({"inner": "x"}, "inner: expected keys with values, not the text x (write `{key: value}`)"),
        ({"word": "tow"}, "word: no such value: tow (did you mean two?)"),
        ({"word": {"a": 1}}, "word: expected a word, not keys with values (known: one, two)"),
        ({"f": object()}, "f: expected a number, not object"),
    ],
)
def test_the_first_thing_that_is_wrong(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(given if "needed" in said else {"needed": 1} | given)
    assert str(wrong_document(caught.value, Model)) == said
