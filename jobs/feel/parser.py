"""Reads FEEL expressions and unary tests into the tree of `nodes`; names the character where it went wrong.

The grammar is DMN 1.3's (10.3.1.2), without dates, contexts, paths, filters, `for`, `some`, `every` and own
functions: a table of single values needs none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar, cast

from jobs.feel import nodes
from jobs.feel.builtins import FUNCTIONS
from jobs.feel.errors import FeelError
from jobs.feel.lexer import Kind, Lexer, Token, name_pattern
from store.yamlfile import did_you_mean, nearest

MAX_NESTING = 32
"""Brackets within brackets that are read; each costs a few frames of Python's stack."""
MAX_DEPTH = 60
"""Levels of the finished tree: what is built on it walks it by recursion."""
MAX_EXPONENT = 6_144
"""The largest power of ten of FEEL's numbers (IEEE 754 decimal128)."""

_COMPARISONS = ("<=", ">=", "<", ">", "!=", "=")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

Tree = TypeVar("Tree", bound=nodes.Node)


def parse_expression(text: str, known_names: Iterable[str] = ()) -> nodes.Expression:
    """The tree of one expression; raises FeelError. `known_names` may hold spaces and signs."""
    return _parsed(text, known_names, lambda parser: parser.expression())


def parse_unary_tests(text: str, known_names: Iterable[str] = ()) -> nodes.UnaryTests:
    """The tree of a condition cell; empty and `-` accept any value; raises FeelError."""
    return _parsed(text, known_names, lambda parser: parser.unary_tests())


def _parsed(text: str, known_names: Iterable[str], rule: Callable[[_Parser], Tree]) -> Tree:
    parser = _Parser(text, frozenset(known_names))
    tree = rule(parser)
    parser.finish()
    if nodes.depth(tree) > MAX_DEPTH:
        raise FeelError(f"more than {MAX_DEPTH} operations inside one another", text, 0)
    return tree


@lru_cache(maxsize=256)
def _pattern(known_names: frozenset[str]) -> re.Pattern[str] | None:
    return name_pattern(known_names | FUNCTIONS.keys())


class _Parser:
    """Recursive descent, one method a precedence level, the loosest first."""

    def __init__(self, text: str, known_names: frozenset[str]) -> None:
        self._text, self._known = text, known_names
        self._tokens = Lexer(text, _pattern(known_names)).tokens()
        self._at, self._nesting = 0, 0

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self, *words: str) -> Token | None:
        """The next token if it is one of these words, which is then behind us."""
        token = self._token
        if not token.is_word(*words):
            return None
        self._at += 1
        return token

    def _need(self, *words: str) -> Token:
        token = self._take(*words)
        if token is None:
            raise self._unexpected(" or ".join(words))
        return token

    def _unexpected(self, wanted: str) -> FeelError:
        token = self._token
        found = "the end" if token.kind is Kind.END else f"{token.kind.value} {token.text!r}"
        return FeelError(f"expected {wanted}, found {found}", self._text, token.position)

    def finish(self) -> None:
        """Nothing may be left over."""
        if self._token.kind is not Kind.END:
            raise self._unexpected("the end")

    # Unary tests

    def unary_tests(self) -> nodes.UnaryTests:
        if self._token.kind is Kind.END:
            return nodes.UnaryTests(())
        if self._token.is_word("-") and self._tokens[self._at + 1].kind is Kind.END:
            self._at += 1
            return nodes.UnaryTests(())
        refused = None
        if self._token.is_word("not") and self._tokens[1].is_word("("):
            try:
                return self._negated()
            except FeelError as error:
                refused, self._at, self._nesting = error, 0, 0
        return self._positive(refused)

    def _negated(self) -> nodes.UnaryTests:
        """The cell as one `not( … )` around all of it."""
        self._at = 2
        tests = self._tests()
        self._need(")")
        self.finish()
        return nodes.UnaryTests(tests, negated=True)

    def _positive(self, refused: FeelError | None) -> nodes.UnaryTests:
        """The cell as tests; where both readings fail, the error is that of the one that got further."""
        try:
            tests = self._tests()
            self.finish()
        except FeelError as error:
            raise max((error, refused or error), key=lambda one: one.position) from None
        return nodes.UnaryTests(tests)

    def _tests(self) -> tuple[nodes.Test, ...]:
        """The tests of a cell: an expression with `?` is a condition, any other one is a value to equal."""
        tests = list(self._test(self._value_or_condition))
        while self._take(","):
            tests.extend(self._test(self._value_or_condition))
        if not tests:
            raise FeelError("an empty list accepts no value", self._text, 0, remedy="- accepts any")
        return tuple(tests)

    def _test(self, otherwise: Callable[[], tuple[nodes.Test, ...]]) -> tuple[nodes.Test, ...]:
        """A comparison, an interval, or what `otherwise` reads; a list is as many tests as it has items."""
        start = self._token.position
        if operator := self._take(*_COMPARISONS):
            return (nodes.CompareTest(_comparison(operator), self._sum(), position=start),)
        if self._take("]"):
            return (self._rest_of_interval(self._sum(), low_closed=False, start=start),)
        opening = self._token
        if opening.is_word("(", "["):
            self._at += 1
            if self._dots_before_close():
                return (self._rest_of_interval(self._sum(), low_closed=opening.text == "[", start=start),)
            self._at -= 1
        return otherwise()

    def _value_or_condition(self) -> tuple[nodes.Test, ...]:
        found = self.expression()
        if nodes.uses_input_value(found):
            return (nodes.ConditionTest(found, position=found.position),)
        return _equal_to(found)

    def _value(self) -> tuple[nodes.Test, ...]:
        return _equal_to(self.expression())

    def _single_value(self) -> tuple[nodes.Test, ...]:
        return _equal_to(self._sum())

    def _dots_before_close(self) -> bool:
        """Whether `..` stands in the bracket just opened, and not in one inside it."""
        open_brackets = 0
        for token in self._tokens[self._at :]:
            if token.is_word("..") and not open_brackets:
                return True
            open_brackets += token.is_word("(", "[") - token.is_word(")", "]")
            if open_brackets < 0:
                return False
        return False

    def _rest_of_interval(self, low: nodes.Expression, *, low_closed: bool, start: int) -> nodes.IntervalTest:
        self._need("..")
        high = self._sum()
        closing = self._need("]", ")", "[")
        return nodes.IntervalTest(low, low_closed, high, closing.text == "]", position=start)

    # Expressions

    def expression(self) -> nodes.Expression:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise FeelError(f"nested more than {MAX_NESTING} levels deep", self._text, self._token.position)
        found = self._conditional() if self._token.is_word("if") else self._logic("or", self._and)
        self._nesting -= 1
        return found

    def _conditional(self) -> nodes.Expression:
        start = self._need("if").position
        condition = self.expression()
        self._need("then")
        chosen = self.expression()
        self._need("else")
        return nodes.Conditional(condition, chosen, self.expression(), position=start)

    def _and(self) -> nodes.Expression:
        return self._logic("and", self._compared)

    def _logic(self, operator: nodes.LogicOperator, part: Callable[[], nodes.Expression]) -> nodes.Expression:
        start, operands = self._token.position, [part()]
        while self._take(operator):
            operands.append(part())
        return nodes.Logic(operator, tuple(operands), position=start) if len(operands) > 1 else operands[0]

    def _compared(self) -> nodes.Expression:
        start, left = self._token.position, self._sum()
        if operator := self._take(*_COMPARISONS):
            left = nodes.Comparison(_comparison(operator), left, self._sum(), position=start)
        elif self._take("between"):
            low = self._sum()
            self._need("and")
            left = nodes.Between(left, low, self._sum(), position=start)
        elif self._take("in"):
            left = nodes.Membership(left, self._members(), position=start)
        if self._token.is_word(*_COMPARISONS, "between", "in"):
            raise FeelError(
                "comparisons do not chain", self._text, self._token.position, remedy="join them with and"
            )
        return left

    def _members(self) -> tuple[nodes.Test, ...]:
        """What stands after `in`: one test, or several in brackets."""
        if self._token.is_word("("):
            self._at += 1
            if not self._dots_before_close():
                tests = list(self._test(self._value))
                while self._take(","):
                    tests.extend(self._test(self._value))
                self._need(")")
                return tuple(tests)
            self._at -= 1
        return self._test(self._single_value)

    def _sum(self) -> nodes.Expression:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> nodes.Expression:
        return self._chain(("*", "/"), self._power)

    def _power(self) -> nodes.Expression:
        return self._chain(("**",), self._signed)

    def _chain(self, operators: tuple[str, ...], part: Callable[[], nodes.Expression]) -> nodes.Expression:
        start, left = self._token.position, part()
        while operator := self._take(*operators):
            sign = cast(nodes.ArithmeticOperator, operator.text)
            left = nodes.Arithmetic(sign, left, part(), position=start)
        return left

    def _signed(self) -> nodes.Expression:
        minuses = []
        while minus := self._take("-"):
            minuses.append(minus.position)
        found = self._primary()
        for position in reversed(minuses):
            found = nodes.Negative(found, position=position)
        return found

    def _primary(self) -> nodes.Expression:
        token = self._token
        self._at += 1
        if token.kind is Kind.NUMBER:
            return nodes.Literal(self._number(token), position=token.position)
        if token.kind is Kind.STRING:
            return nodes.Literal(token.text, position=token.position)
        if token.kind is Kind.NAME or token.is_word("not"):
            return self._named(token)
        if token.is_word(*_CONSTANTS):
            return nodes.Literal(_CONSTANTS[token.text], position=token.position)
        if token.is_word("?"):
            return nodes.InputValue(position=token.position)
        if token.is_word("("):
            inside = self.expression()
            self._need(")")
            return inside
        if token.is_word("["):
            return nodes.ListOf(self._items("]"), position=token.position)
        self._at -= 1
        raise self._unexpected("a value")

    def _number(self, token: Token) -> Decimal:
        number = Decimal(token.text)
        if abs(number.adjusted()) > MAX_EXPONENT:
            raise FeelError("a number too large or too small", self._text, token.position)
        return number

    def _named(self, token: Token) -> nodes.Expression:
        if self._take("("):
            if token.text not in FUNCTIONS:
                remedy = did_you_mean(token.text, FUNCTIONS)
                raise FeelError(f"unknown function {token.text}", self._text, token.position, remedy=remedy)
            return nodes.Call(token.text, self._items(")"), position=token.position)
        if token.text not in self._known:
            raise self._unknown(token)
        return nodes.Name(token.text, position=token.position)

    def _unknown(self, token: Token) -> FeelError:
        near = nearest(token.text, self._known)
        remedy = f"did you mean {near}?" if near else f'a text needs quotes: "{token.text}"'
        return FeelError(f"unknown name {token.text}", self._text, token.position, remedy=remedy)

    def _items(self, closing: str) -> tuple[nodes.Expression, ...]:
        if self._take(closing):
            return ()
        items = [self.expression()]
        while self._take(","):
            items.append(self.expression())
        self._need(closing)
        return tuple(items)


def _comparison(token: Token) -> nodes.ComparisonOperator:
    return cast(nodes.ComparisonOperator, token.text)


def _equal_to(value: nodes.Expression) -> tuple[nodes.Test, ...]:
    """The value as a test, a list as one test for each of its items."""
    if isinstance(value, nodes.ListOf):
        return tuple(nodes.CompareTest("=", item, position=item.position) for item in value.items)
    return (nodes.CompareTest("=", value, position=value.position),)
