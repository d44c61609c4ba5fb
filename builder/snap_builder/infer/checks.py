"""Read CHECKs that limit a column (values, range, length, form) or that order two columns. Leave the others unread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from snap.errors import UsageError
from snap.schema import Check
from snap_builder.declare.pattern import pieces

_CAST = re.compile(
    r"::(?:\"[^\"]+\"|[a-z_]+(?: varying| precision| without time zone| with time zone)?)(?:\([\d,]+\))?(?:\[\])?"
)
_NAME = r"\"?(?P<{0}>[A-Za-z_][\w$]*)\"?"
_NUMBER = r"'?(?P<number>-?\d+(?:\.\d+)?)'?"
_COMPARED = re.compile(rf"{_NAME.format('column')} (?P<operator>>=|<=|<>|>|<|=) {_NUMBER}")
_OF_LENGTH = re.compile(
    rf"(?:length|char_length|character_length)\({_NAME.format('column')}\) (?P<operator>>=|<=|>|<|=) {_NUMBER}"
)
_OF_ITEMS = re.compile(
    r"(?:COALESCE\()?(?:cardinality|array_length|jsonb?_array_length)"
    rf"\({_NAME.format('column')}(?:, 1)?\)(?:, 0\))? (?P<operator>>=|<=|>|<|=) {_NUMBER}"
)
_AMONG = re.compile(rf"{_NAME.format('column')} = ANY \(?ARRAY\[(?P<values>.*)\]\)?")
_EQUAL = re.compile(rf"{_NAME.format('column')} = (?P<values>'(?:[^']|'')*')")
_DATED = re.compile(rf"{_NAME.format('column')} (?P<operator>>=|<=|<|>) '(?P<number>\d{{4}}-\d\d-\d\d[^']*)'")
_ORDERED = re.compile(rf"{_NAME.format('column')} (?P<operator>>=|<=|>|<) {_NAME.format('other')}")
_APART = re.compile(rf"{_NAME.format('column')} (?P<operator><>|>=|<=|>|<) {_NAME.format('other')}")
_DOCUMENT = re.compile(rf"jsonb?_typeof\({_NAME.format('column')}\) = '(?P<kind>array|object)'")
_MATCHES = re.compile(rf"{_NAME.format('column')} ~\*? '(?P<pattern>(?:[^']|'')*)'")
_NOT_EMPTY = re.compile(rf"(?:btrim\(|trim\()?{_NAME.format('column')}\)? <> ''")
_FOLDED = re.compile(rf"{_NAME.format('column')} = (?P<letters>lower|upper)\({_NAME.format('other')}\)")
_IS_NULL = re.compile(rf"{_NAME.format('column')} IS NULL")
_WRAPPED = re.compile(r"'(?:[^']|'')*'|(?<![\w\"])\(([^()\s]+|ARRAY\[[^\]]*\])\)")  # literals stay as they are
_CLASSES = {
    "[:alnum:]": "a-zA-Z0-9",
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:xdigit:]": "0-9a-fA-F",
    "[:space:]": r"\s",
}
_LISTED = re.compile(r"\^\((?:\?:)?([\w -]+(?:\|[\w -]+)+)\)\$")
_EITHER = re.compile(r"(?<!\\)\((?:\?:)?([^()|]*)\|[^()]*\)(?![*+?{])")
_VALUES = re.compile(r"'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?|true|false)")
_VALUE = "VALUE"  # the name of the column in the CHECK of a domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The values that a column may have. None means no bound.

    A value is not below the value of column `after`, and if `strictly` is true, above it. `shortest` and `longest` are
    lengths of texts, or numbers of elements of arrays and JSON lists. Moments lie from `earliest` until before
    `latest`. `document` is the kind of a JSON document. `letters` are lower or upper.
    """

    values: tuple[str, ...] | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    shortest: int = 0
    longest: int | None = None
    after: str | None = None
    strictly: bool = False
    pattern: str | None = None
    document: str | None = None
    earliest: str | None = None
    latest: str | None = None
    letters: str | None = None

    def within(self, low: Decimal | None, high: Decimal | None) -> Bounds:
        """Return the bounds, narrowed by one more range."""
        lows = [bound for bound in (self.low, low) if bound is not None]
        highs = [bound for bound in (self.high, high) if bound is not None]
        return replace(self, low=max(lows, default=None), high=min(highs, default=None))


@dataclass(frozen=True, slots=True)
class Understood:
    """The bounds of columns, and the CHECKs that bounds cannot express."""

    bounds: dict[str, Bounds]
    others: tuple[Check, ...]


def read_checks(checks: Iterable[Check], steps: dict[str, Decimal]) -> Understood:
    """Return the bounds that CHECKs set. `steps` has each column's least difference of two numbers: 1 for integers."""
    bounds: dict[str, Bounds] = {}
    others = []
    for check in checks:
        found = [_bound(part, check, steps, bounds) for part in _conjuncts(check.sql)]
        if not all(found):
            others.append(check)
    return Understood(bounds, tuple(others))


def conditions(sql: str) -> list[str]:
    """Return the conditions of an expression that must all hold, without casts and parentheses."""
    text = _bare(_CAST.sub("", sql))
    return [_simple(part) for part in _split(text, " AND ")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two columns that a CHECK requires to be different. If `rising`, the left column must be the smaller one."""

    left: str
    right: str
    rising: bool


def apart(check: Check) -> Apart | None:
    """Return the two columns that a CHECK requires to be different, or None if the CHECK says anything else."""
    match = _APART.fullmatch(next(_conjuncts(check.sql), ""))
    if match is None or {match["column"], match["other"]} != {*check.columns}:
        return None
    ends = (match["column"], match["other"])
    left, right = ends[::-1] if match["operator"][0] == ">" else ends
    return Apart(left=left, right=right, rising=match["operator"] != "<>")


def _conjuncts(sql: str) -> Iterator[str]:
    """Yield the conditions of a CHECK that must all hold, without casts and without parentheses around them."""
    text = _bare(_CAST.sub("", sql.removeprefix("CHECK ").removesuffix(" NOT VALID")))
    for part in _split(text, " AND "):
        either = [_bare(option) for option in _split(_bare(part), " OR ")]
        kept = [option for option in either if not _IS_NULL.fullmatch(option)]
        if any(not _reads(kept, option) for option in either if option not in kept):
            kept = either  # NULL passes anyway only in a column that the other options read
        if len(kept) == 1:
            yield from (_simple(inner) for inner in _split(_bare(kept[0]), " AND "))
        else:
            yield " OR ".join(kept)


def _reads(options: Iterable[str], is_null: str) -> bool:
    """Return whether any option reads the column that an IS NULL condition tests."""
    match = _IS_NULL.fullmatch(is_null)
    return match is not None and any(re.search(rf"\b{re.escape(match['column'])}\b", option) for option in options)


def _bound(part: str, check: Check, steps: dict[str, Decimal], bounds: dict[str, Bounds]) -> bool:
    """Add the bound that one condition sets to `bounds`, and return whether the condition could be read."""
    ordered = _ORDERED.fullmatch(part)
    if ordered is not None and {ordered["column"], ordered["other"]} <= set(check.columns):
        ends = (ordered["other"], ordered["column"])
        first, last = ends if ordered["operator"][0] == ">" else ends[::-1]
        strictly = "=" not in ordered["operator"]
        if bounds.get(last, Bounds()).after not in (None, first) or bounds.get(first, Bounds()).after == last:
            return False  # a column can come after only one other
        bounds[last] = replace(bounds.get(last, Bounds()), after=first, strictly=strictly)
        return True
    for pattern, reader in _READERS:
        match = pattern.fullmatch(part)
        if match is None:
            continue
        name = check.columns[0] if match["column"] == _VALUE else match["column"]
        if name not in check.columns or (pattern is _OF_ITEMS and len(check.columns) > 1):
            return False
        read = reader(bounds.get(name, Bounds()), match, steps.get(name, Decimal(1)))
        if read is not None:
            bounds[name] = read
        return read is not None
    return False


def _dated(old: Bounds, match: re.Match[str], _: Decimal) -> Bounds:
    moment = match["number"]
    if match["operator"][0] == ">":
        return replace(old, earliest=max(old.earliest or moment, moment))
    return replace(old, latest=min(old.latest or moment, moment))


def _matching(old: Bounds, match: re.Match[str], _: Decimal) -> Bounds | None:
    regex = match["pattern"].replace("''", "'")
    if listed := _LISTED.fullmatch(regex):
        return _one_of(old, listed[1].split("|"))
    for written, meant in _CLASSES.items():
        regex = regex.replace(written, meant)
    return replace(old, pattern=regex) if old.pattern is None and _simple_enough(regex) else None


def _among(old: Bounds, match: re.Match[str], _: Decimal) -> Bounds:
    return _one_of(old, [text.replace("''", "'") or number for text, number in _VALUES.findall(match["values"])])


def _one_of(old: Bounds, values: Sequence[str]) -> Bounds:
    return replace(old, values=tuple(values if old.values is None else (v for v in old.values if v in values)))


def _folded(old: Bounds, match: re.Match[str], _: Decimal) -> Bounds | None:
    return replace(old, letters=match["letters"]) if match["column"] == match["other"] else None


def without_alternatives(regex: str) -> str:
    """Return a regular expression whose texts match `regex` too: groups keep the first of their alternatives."""
    return _EITHER.sub(r"(\1)", regex)


def _simple_enough(regex: str) -> bool:
    try:
        return bool(pieces(without_alternatives(regex)))
    except UsageError:
        return False


def _compared(old: Bounds, match: re.Match[str], step: Decimal) -> Bounds:
    number = Decimal(match["number"])
    match match["operator"]:
        case ">=":
            return old.within(number, None)
        case ">":
            return old.within(number + step, None)
        case "<=":
            return old.within(None, number)
        case "<":
            return old.within(None, number - step)
        case "=":
            return old.within(number, number)
        case _:
            return old if number != 0 else old.within(step, None)


def _of_length(old: Bounds, match: re.Match[str], _: Decimal) -> Bounds:
    operator, number = match["operator"], int(match["number"])
    more, less = number + (operator == ">"), number - (operator == "<")
    if operator in (">=", ">", "="):
        old = replace(old, shortest=max(old.shortest, more))
    if operator in ("<=", "<", "="):
        old = replace(old, longest=less if old.longest is None else min(old.longest, less))
    return old


def _bare(text: str) -> str:
    """Return a text without parentheses that enclose the whole text."""
    text = text.strip()
    while text.startswith("(") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _simple(text: str) -> str:
    """Return a condition without the parentheses around single names, numbers and lists."""
    text = _bare(text)
    while (simpler := _WRAPPED.sub(lambda found: found[1] or found[0], text)) != text:
        text = simpler
    return re.sub(r"= ANY ARRAY(\[.*\])$", r"= ANY (ARRAY\1)", text)


def _closes(text: str) -> int:
    depth, quoted = 0, False
    for place, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return place
    return -1


def _split(text: str, word: str) -> list[str]:
    """Split a text at a word, except within parentheses and literals."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif not quoted:
            depth += (character in "([") - (character in ")]")
            if depth == 0 and text.startswith(word, place):
                parts.append(text[start:place])
                start = place + len(word)
    return [*parts, text[start:]]


# Readers of conditions on one column. A reader returns None if bounds cannot express the condition.
_READERS: tuple[tuple[re.Pattern[str], Callable[[Bounds, re.Match[str], Decimal], Bounds | None]], ...] = (
    (_COMPARED, _compared),
    (_DATED, _dated),
    (_OF_LENGTH, _of_length),
    (_OF_ITEMS, _of_length),
    (_AMONG, _among),
    (_EQUAL, _among),
    (_DOCUMENT, lambda old, match, _: replace(old, document=match["kind"])),
    (_MATCHES, _matching),
    (_FOLDED, _folded),
    (_NOT_EMPTY, lambda old, _match, _: replace(old, shortest=max(1, old.shortest))),
)
