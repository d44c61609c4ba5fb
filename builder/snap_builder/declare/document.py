"""The words for JSON documents: objects and lists of values that other words make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.errors import UsageError
from snap.schema import Column
from snap.types import Logical, parse
from snap_builder.declare.case import Case
from snap_builder.declare.checked import Count, Percent, word
from snap_builder.declare.computed import Copy
from snap_builder.declare.elements import Elements, Length, distinct, elements_of, length_of, require_distinct
from snap_builder.declare.maker import NULL, ColumnPlace, Maker, Place, Rows
from snap_builder.declare.moments import Moment
from snap_builder.declare.numbers import Amount, Choice, nulled, shares_of
from snap_builder.declare.plain import MadeOfWords, require_plain
from snap_builder.declare.text import text
from snap_builder.engine import json_text
from snap_builder.engine.columns import decimals, only

_SCALE = 2  # the decimals of an amount, unless its range has more
_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A part of a document that is the same in all rows, as JSON."""

    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """A JSON object. Its keys are in the order of the canonical form."""

    fields: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maybe:
    """The value of a key that only a percentage of the rows has.

    Guarantees: in every whole block of rows, or of elements of a list, exactly that share has the key. Shares within
    the value are those of all rows, before some rows lose the key. Owns: nothing: document() has it. Costs: one pass.
    Refuses: any place other than the value of a key.
    """

    percent: Percent
    of: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list of documents or values of one template.

    Guarantees: each length has its share in every whole block of rows. A block is the least number of rows that makes
    all shares whole. The shares of the words in it are exact in every whole block of elements; those of case() are
    near. Owns: nothing: document() has it. Costs: the passes of its words over all elements. Refuses: a first length
    that is larger than the second, a wrong number of weights, and more distinct elements than there are values.
    """

    length: Length
    of: Any
    distinct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Maker):
    """The values of a word as JSON, or NULL if the word makes none.

    Guarantees: numbers, texts, moments and truth values are JSON's own. Owns: nothing: document() has it. Costs: what
    the word costs. Refuses: what the word refuses.
    """

    of: Maker

    def waits(self) -> tuple[str, ...]:
        return self.of.waits()

    def parts(self) -> Iterator[Maker]:
        yield from (each for each in self.of.parts() if not isinstance(each, Copy))  # a copy has its column's kind

    @property
    def scale(self) -> int:
        """The number of decimals of a number."""
        if not isinstance(self.of, Amount) or self.of.whole:
            return 0
        return max(_SCALE, *(-int(end.as_tuple().exponent) for end in (self.of.low, self.of.high)))

    def require(self, place: Place) -> None:
        kind = f"numeric({_DIGITS},{self.scale})" if self.scale else "bigint" if isinstance(self.of, Amount) else "text"
        column = Column(name=place.column.name, type=parse(kind), nullable=True)
        self.of.require(ColumnPlace(label=place.label, column=column, rows=place.rows))

    def values(self, rows: Any) -> pa.StringArray:
        of = self.of
        if isinstance(of, Copy):
            return json_text.texts_of(rows.stored(of.path))
        if isinstance(of, Document):
            return of.values(rows)
        if isinstance(of, Case):
            words = tuple((value, None if each is None else Leaf(of=each)) for value, each in of.words)
            made = replace(of, words=words).values(rows)
            return made if isinstance(made, pa.Array) else pa.nulls(rows.stop - rows.start, pa.string())
        return _json_of(of.values(replace(rows, scale=self.scale)), of, self.scale)


def _json_of(made: Any, of: Maker, scale: int) -> pa.StringArray:
    """Return the values of a word as JSON."""
    if isinstance(made, pa.Array):
        return json_text.texts_of(made)
    empty = made == NULL
    known = np.where(empty, 0, made)
    if of.choices is not None:
        pool = pa.array([json_text.constant(value) for value in of.choices], pa.string())
        return pool.take(pa.array(known, mask=empty))
    if isinstance(of, Moment):
        return json_text.moment_texts(pa.array(known, pa.timestamp("us", "UTC"), mask=empty))
    return json_text.number_texts(decimals(known, _DIGITS, scale, empty) if scale else pa.array(known, mask=empty))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(MadeOfWords):
    """A JSON document from a template of objects and lists, with values or words inside.

    Guarantees: the document is valid JSON in canonical form. The shares of its words are exact as in a column. Each
    value has a stream of its own, named by its path, so that an edit elsewhere in the document does not change it.
    Owns: its column. Costs: a pass for each word. Refuses: words that make no plain value, such as ref(); a template of
    a kind or a length that a CHECK does not allow (`jsonb_typeof`, `jsonb_array_length`).
    """

    fits = (Logical.JSON, Logical.JSONB)

    of: Any

    def waits(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for _, leaf in _leaves("", self.of) for path in leaf.waits()))

    def parts(self) -> Iterator[Maker]:
        for _, leaf in _leaves("", self.of):
            yield from leaf.parts()

    @property
    def kind(self) -> str:
        """The result of jsonb_typeof for the document."""
        return "array" if isinstance(self.of, Items) else "object"

    def require(self, place: Place) -> None:
        for path, leaf in _leaves("", self.of):
            leaf.require(ColumnPlace(label=f"{place.label}{path}", column=place.column, rows=place.rows))

    def values(self, rows: Rows) -> pa.StringArray:
        own = Elements(within=rows, at=None, seeds=rows.seeds, name=rows.name, start=rows.start, stop=rows.stop)
        made = _texts(self.of, own)
        if not self.none:
            return made
        kept = nulled(self, rows, np.zeros(rows.stop - rows.start, np.int64)) == 0
        return only(made, kept)


def _leaves(path: str, node: Any) -> Iterator[tuple[str, Leaf]]:
    """Return the words of a document, each with its path as a declaration writes it."""
    match node:
        case Leaf():
            yield path, node
        case Object():
            for key, value in node.fields:
                yield from _leaves(f"{path}.{key}", value)
        case tuple():
            for number, each in enumerate(node):
                yield from _leaves(f"{path}[{number}]", each)
        case Maybe():
            yield from _leaves(path, node.of)
        case Items():
            yield from _leaves(f"{path}[]", node.of)


def _texts(node: Any, rows: Elements) -> pa.StringArray:
    """Return a part of a document as JSON for each row, with NULL where its key is left out."""
    count = rows.stop - rows.start
    match node:
        case Fixed():
            return pa.repeat(node.json, count)
        case Object():
            values = [_texts(value, _below(rows, f".{key}")) for key, value in node.fields]
            return json_text.objects([key for key, _ in node.fields], values)
        case tuple():
            each = [_texts(one, _below(rows, f"[{number}]")) for number, one in enumerate(node)]
            return pc.binary_join_element_wise("[", pc.binary_join_element_wise(*each, ", "), "]", "")
        case Maybe():
            there = shares_of(node.percent).choose(rows.seeds.stream(f"{rows.name}\0maybe"), rows.start, rows.stop) == 1
            return only(_texts(node.of, rows), there)
        case Items():
            places = node.length.places(rows)
            elements = elements_of(rows, places)
            chosen = node.of.of if node.distinct else None
            if isinstance(chosen, Choice):
                made = _json_of(distinct(chosen, elements, places), chosen, 0)
            else:
                made = _texts(node.of, elements)
            return json_text.lists(places, made)
        case _:
            return pc.fill_null(node.values(rows), "null")


def _below(rows: Elements, step: str) -> Elements:
    """Return the same rows, with the streams of one part of their document."""
    return replace(rows, name=f"{rows.name}\0{step}")


def _node(path: str, template: object, *, key: bool = False) -> Any:
    """Return a template as a part of a document. `key` says whether it is the value of a key."""
    match template:
        case Maybe() if not key:
            raise UsageError(f"document(){path}: maybe() is allowed only as the value of a key", _HINT)
        case Maybe():
            return replace(template, of=_node(path, template.of))
        case Items():
            inner = _node(f"{path}[]", template.of)
            if template.distinct:
                require_distinct("items", template.length, inner.of if isinstance(inner, Leaf) else inner)
            return replace(template, of=inner)
        case Mapping():
            _require_keys(path, template)
            fields = sorted(template.items(), key=lambda field: json_text.key_order(field[0]))
            parts = tuple((name, _node(f"{path}.{name}", value, key=True)) for name, value in fields)
            return Object(fields=parts) if parts else Fixed(json="{}")
        case list() | tuple():
            parts = tuple(_node(f"{path}[{number}]", each) for number, each in enumerate(template))
            return parts or Fixed(json="[]")
        case str() if "{" in template or "}" in template:
            return Leaf(of=text(template))
        case Maker():
            require_plain(f"document(){path}", template, Document, nested="[]" in path)
            return Leaf(of=template)
    try:
        return Fixed(json=_storable(template))
    except (TypeError, ValueError):
        raise UsageError(f"document(){path} is {template!r}, which is not a JSON value", _HINT) from None


_HINT = 'write document({"theme": choice(dark=1, light=2), "tags": items(0, 3, "{word}"), "beta": maybe(20, True)})'


def _storable(value: object) -> str:
    """Return a value as JSON. Errors: TypeError or ValueError for values that Postgres does not store, such as NUL."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError(value)
    json = json_text.constant(value)
    json.encode()
    return json


def _require_keys(path: str, template: Mapping[object, object]) -> None:
    for name in template:
        try:
            known = isinstance(name, str) and bool(_storable(name))
        except ValueError:
            known = False
        if not known:
            raise UsageError(f"document(){path} has the key {name!r}, which is not a text", _HINT)


@word
def items(
    low: Count, high: Count, of: object, /, *, weights: Sequence[Count] | None = None, distinct: bool = False
) -> Items:
    """Return a list of `low` to `high` elements within a document: `items(1, 4, {"sku": "{word}", "amount": 5})`.

    `weights` are the weights of the lengths, from `low` to `high`. Without them all lengths are equally frequent. With
    `distinct` no value of a choice() comes twice. In a list, `{n}` is the element's number in the table. A word of a
    word list, such as `{first}`, is the same in all texts of an element.

    Example:
        Table("users", 300, {"settings": document({
            "devices": items(1, 2, {"os": choice(ios=2, android=3), "id": "{word|lower}-{n}"}, weights=[3, 1]),
        })})
    """
    return Items(length=length_of("items", low, high, weights), of=of, distinct=distinct)


@word
def maybe(percent: Percent, of: object, /) -> Maybe:
    """Return the value of a key that a percentage of the rows has: `maybe(30, "beta")`; the other rows lack the key.

    Example:
        Table("users", 300, {"settings": document({"lang": "en", "beta": maybe(30, True)})})
    """
    return Maybe(percent=percent, of=of)


@word
def document(template: Mapping[str, object] | Items, /, *, none: Percent = 0, stream: str | None = None) -> Document:
    """Return a word for a JSON document: `document({"theme": choice(dark=1, light=2), "beta": maybe(20, True)})`.

    A dict is an object, and a list of templates is a list of the same length. A text works as in text(): `"{first}
    {last}"`, `"{org.slug}"`. Other plain values stay as they are. A word makes a value for each row: choice(),
    integer(), money(), moment(), text(), pattern(), case(), formula(), and copy() for a value of the row or of a
    parent, which keeps its kind. Where a word gives NULL, the value is `null`. maybe() is a key that only some rows
    have. items() is a list whose length varies by row. Where the template depends on a column, write document() as a
    word of case().

    Example:
        Table("users", 300, {"settings": document({
            "theme": choice(dark=40, light=60),
            "region": "{region}",
            "alerts": {"email": choice({True: 80, False: 20}), "quiet": maybe(25, {"from": 22, "until": 7})},
        })})
    """
    return Document(of=_node("", template), none=none, stream=stream)
