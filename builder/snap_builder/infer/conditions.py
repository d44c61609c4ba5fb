"""Read CHECKs over several columns as expressions, and evaluate them for rows with unknown values. Pure.

A condition is true, false or NULL, as in Postgres, or UNKNOWN if the answer depends on an unknown value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

UNKNOWN = object()  # any value, or NULL
OTHER = object()  # a value that is not NULL, and that the conditions do not name
SOME = object()  # a value that is not NULL, and that the conditions may name

_VAGUE = {UNKNOWN, OTHER, SOME}
_CAST = re.compile(
    r"::(?:\"[^\"]+\"|\w+)(?:\.(?:\"[^\"]+\"|\w+))?(?: varying| precision| without time zone| with time zone)?"
    r"(?:\([\d,]+\))?(?:\[\])*"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>E?'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>\"(?:[^\"]|\"\")+\"|[A-Za-z_][\w$.]*)"
    r"|(?P<mark>[(),\[\]])|(?P<operator>[<>=!~@#%^&|*/+?-]+))"
)
Row = Mapping[str, object]
Expression = Callable[[Row], object]


class Unreadable(ValueError):  # noqa: N818
    """Raised for an expression that this module cannot read."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A CHECK as a function of a row, with the columns that it reads and the literals in it.

    `compared` has, for each column, the numbers that it is compared with, each with its operator. `named` has the texts
    that a column is compared with.
    """

    holds: Expression
    columns: tuple[str, ...]
    literals: tuple[object, ...]
    compared: Mapping[str, tuple[tuple[str, Decimal], ...]] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def texts(self, column: str) -> list[str]:
        """Return the texts that a column may have to equal: all but those that only other columns are compared with."""
        others = {text for name, texts in self.named.items() if name != column for text in texts}
        own = self.named.get(column, ())
        return [each for each in self.literals if isinstance(each, str) and (each in own or each not in others)]


def condition(sql: str, columns: Sequence[str]) -> Condition:
    """Return the condition of a CHECK, which is written as Postgres prints it. Errors: Unreadable."""
    parser = _Parser(_CAST.sub("", sql.removeprefix("CHECK ").removesuffix(" NOT VALID")), frozenset(columns))
    holds = parser.whole()
    compared = {name: tuple(dict.fromkeys(numbers)) for name, numbers in parser.compared.items() if numbers}
    return Condition(holds, tuple(columns), tuple(dict.fromkeys(parser.literals)), compared, parser.named)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str

    def __call__(self, row: Row) -> object:
        return row[self.name]


@dataclass(frozen=True, slots=True)
class _Literal:
    value: object

    def __call__(self, _: Row) -> object:
        return self.value


class _Parser:
    """A recursive descent parser, which begins with the operator that binds least."""

    def __init__(self, text: str, columns: frozenset[str]) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0
        self._columns = columns
        self.literals: list[object] = []
        self.compared: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        self.named: dict[str, tuple[str, ...]] = {}

    def whole(self) -> Expression:
        read = self._either()
        if self._place != len(self._tokens):
            raise Unreadable(self._peek())
        return read

    def _peek(self, ahead: int = 0) -> str:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else ""

    def _take(self, *wanted: str) -> bool:
        """Consume these words if they come next, and return whether they did."""
        if any(self._peek(i).upper() != word for i, word in enumerate(wanted)):
            return False
        self._place += len(wanted)
        return True

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise Unreadable(f"{word} is missing before {self._peek()!r}")

    def _either(self) -> Expression:
        options = [self._both()]
        while self._take("OR"):
            options.append(self._both())
        return options[0] if len(options) == 1 else lambda row: _negated(_all(_negated(each(row)) for each in options))

    def _both(self) -> Expression:
        parts = [self._negation()]
        while self._take("AND"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda row: _all(each(row) for each in parts)

    def _negation(self) -> Expression:
        if self._take("NOT"):
            inner = self._negation()
            return lambda row: _negated(inner(row))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._primary()
        while True:
            if self._take("IS"):
                left = self._is(left)
            elif self._peek() and re.fullmatch(r"[<>=!~@#%^&|*/+?-]+", self._peek()):
                operator = self._peek()
                self._place += 1
                every = self._take("ALL")
                several = every or self._take("ANY")
                right = self._primary()
                self._note(left, operator, right)
                left = _among(left, operator, right, every=every) if several else _compared(left, operator, right)
            else:
                return left

    def _note(self, left: Expression, operator: str, right: Expression) -> None:
        """Record the numbers and the texts that a column is compared with."""
        if isinstance(left, _Column) and isinstance(right, _Literal):
            values = right.value if isinstance(right.value, tuple) else (right.value,)
            texts = (value for value in values if isinstance(value, str))
            self.named[left.name] = (*self.named.get(left.name, ()), *texts)
            numbers = [value for value in map(_plain, values) if isinstance(value, Decimal)]
            self.compared[left.name] += [(operator, number) for number in numbers]

    def _is(self, left: Expression) -> Expression:
        negative = self._take("NOT")
        if self._take("DISTINCT", "FROM"):
            right = self._primary()
            read: Expression = lambda row: _negated(_same(left(row), right(row)))  # noqa: E731
        elif self._take("NULL"):
            read = lambda row: _same(left(row), None)  # noqa: E731
        else:
            wanted = self._take("TRUE")
            if not wanted:
                self._need("FALSE")
            read = lambda row: _same(left(row), wanted)  # noqa: E731
        return (lambda row: _negated(read(row))) if negative else read

    def _primary(self) -> Expression:
        token = self._peek()
        if not token:
            raise Unreadable("it ends early")
        self._place += 1
        if token == "(":  # noqa: S105 - a parenthesis
            inner = self._either()
            self._need(")")
            return inner
        if token == "-":  # noqa: S105
            number = self._primary()
            return _Literal(_minus(number.value)) if isinstance(number, _Literal) else lambda row: _minus(number(row))
        upper = token.upper()
        if token[0] in "'E" and token.endswith("'"):
            return self._literal(token.removeprefix("E")[1:-1].replace("''", "'"))
        if token[0].isdigit():
            return self._literal(Decimal(token))
        if upper in ("TRUE", "FALSE", "NULL"):
            value = {"TRUE": True, "FALSE": False, "NULL": None}[upper]
            return lambda _: value
        if upper == "CASE":
            return self._case()
        if upper == "ARRAY" and self._take("["):
            items = self._items("]")
            if all(isinstance(item, _Literal) for item in items):
                return _Literal(tuple(item.value for item in items if isinstance(item, _Literal)))
            return lambda row: tuple(item(row) for item in items)
        if self._take("("):
            return _called(token.lower(), self._items(")"))
        name = token[1:-1].replace('""', '"') if token.startswith('"') else token
        if name not in self._columns:
            raise Unreadable(f"{name} is no column")
        return _Column(name)

    def _literal(self, value: object) -> Expression:
        self.literals.append(value)
        return _Literal(value)

    def _items(self, end: str) -> list[Expression]:
        items: list[Expression] = []
        while not self._take(end):
            items.append(self._either())
            if not self._take(","):
                self._need(end)
                break
        return items

    def _case(self) -> Expression:
        cases: list[tuple[Expression, Expression]] = []
        while self._take("WHEN"):
            when = self._either()
            self._need("THEN")
            cases.append((when, self._either()))
        otherwise: Expression = lambda _: None  # noqa: E731
        if self._take("ELSE"):
            otherwise = self._either()
        self._need("END")

        def chosen(row: Row) -> object:
            for when, then in cases:
                answer = when(row)
                if answer is UNKNOWN:
                    return UNKNOWN
                if answer is True:
                    return then(row)
            return otherwise(row)

        return chosen


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise Unreadable(text[place : place + 20])
        yield match[match.lastgroup or 0]
        place = match.end()


def _all(values: Iterator[object]) -> object:
    answers = list(values)
    if any(answer is False for answer in answers):
        return False
    if any(answer is not True and answer is not None for answer in answers):
        return UNKNOWN
    return None if None in answers else True


def _negated(value: object) -> object:
    return not value if isinstance(value, bool) else value if value is None else UNKNOWN


def _minus(value: object) -> object:
    return -value if isinstance(value, Decimal) else None if value is None else UNKNOWN


def _same(left: object, right: object) -> object:
    """Return whether two values are equal, where NULL equals NULL."""
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if left is None or right is None:
        return left is right
    if SOME in (left, right) or (left is OTHER and right is OTHER):
        return UNKNOWN
    if left is OTHER or right is OTHER:
        return False
    return _plain(left) == _plain(right)


def _plain(value: object) -> object:
    """Return a value as a Decimal if it is a number or a literal of one, so that both compare equal."""
    if isinstance(value, bool | tuple):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return value


def _compared(left: Expression, operator: str, right: Expression) -> Expression:
    def read(row: Row) -> object:
        return _answer(left(row), operator, right(row))

    return read


def _answer(a: object, operator: str, b: object) -> object:
    if a is None or b is None:
        return None
    if operator in ("=", "<>", "!="):
        same = _same(a, b)
        return same if operator == "=" else _negated(same)
    if operator in ("<", "<=", ">", ">=") and not {a, b} & _VAGUE:
        x, y = _plain(a), _plain(b)
        if isinstance(x, Decimal) and isinstance(y, Decimal):
            return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[operator]
    return UNKNOWN


def _among(left: Expression, operator: str, right: Expression, *, every: bool) -> Expression:
    def read(row: Row) -> object:
        values = right(row)
        if not isinstance(values, tuple):
            return None if values is None else UNKNOWN
        answers = [_answer(left(row), operator, value) for value in values]
        if every:
            return _all(iter(answers))
        return _negated(_all(_negated(answer) for answer in answers))

    return read


def _called(name: str, arguments: list[Expression]) -> Expression:
    def read(row: Row) -> object:
        values = [argument(row) for argument in arguments]
        if name in ("num_nonnulls", "num_nulls") and UNKNOWN not in values:
            nulls = sum(value is None for value in values)
            return Decimal(nulls if name == "num_nulls" else len(values) - nulls)
        if name == "coalesce":
            return next((value for value in values if value is not None), None)
        if name in ("cardinality", "array_length") and isinstance(values[0], tuple):
            return Decimal(len(values[0])) if values[0] or name == "cardinality" else None
        return None if len(values) == 1 and values[0] is None else UNKNOWN

    return read
