"""Secrets reach approved probes, and nothing that is kept."""

from __future__ import annotations

from jobs.secrets import HIDDEN, Masker, masker_of


def test_a_secret_is_hidden_wherever_it_stands() -> None:
    mask = Masker(["s3cret-token", "s3cret-token-2"])
    assert mask("a s3cret-token-2 b s3cret-token") == f"a {HIDDEN} b {HIDDEN}"


def test_each_line_of_a_key_is_hidden() -> None:
    key = "-----BEGIN-----\nabcdef\n-----END-----"
    assert Masker([key])("got abcdef") == f"got {HIDDEN}"
    assert Masker([key])(key) == HIDDEN


def test_what_is_too_short_to_be_one_hides_nothing() -> None:
    assert Masker(["", "abc"])("abc") == "abc"
    assert masker_of({})("abc") == "abc"
