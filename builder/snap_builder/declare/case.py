"""The word for a column that is made in a different way for each value of another column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.errors import UsageError
from snap.types import Type
from snap_builder.declare.checked import word
from snap_builder.declare.maker import NULL, Maker, Place, Rows, Values
from snap_builder.engine.columns import Mask

Words = tuple[tuple[str | None, Maker | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Maker):
    """A column whose word is chosen by the value of another column.

    Guarantees: a row has what the word for its value gives, and NULL if that word is None. The shares of a word that
    reads no other column are exact in every whole block of the rows that have its value. Owns: its column, and those of
    its words. Costs: the passes of all words, and 8 bytes for each row. Refuses: a mix of words that give listed values
    and words that do not.
    """

    by: str
    words: Words  # None stands for every other value

    def functions(self) -> tuple[Callable[..., object], ...]:
        return tuple(chain.from_iterable(each.functions() for each in self._makers))

    def reads(self) -> tuple[str, ...]:
        return (self.by, *chain.from_iterable(each.reads() for each in self._makers))

    def waits(self) -> tuple[str, ...]:
        return (self.by, *chain.from_iterable(each.waits() for each in self._makers))

    def require(self, place: Place) -> None:
        for each in self._makers:
            each.require(place)

    def others(self, name: str) -> dict[str, Maker]:
        each = [(value, {} if maker is None else maker.others(name)) for value, maker in self.words]
        return {
            column: replace(
                self,
                words=tuple((value, made.get(column)) for value, made in each),
                stream=self.stream or name,
            )
            for column in dict.fromkeys(chain.from_iterable(made for _, made in each))
        }

    def made_for(self, kind: Type, /) -> Case:
        words = tuple((value, None if maker is None else maker.made_for(kind)) for value, maker in self.words)
        _require_one_kind([maker for _, maker in words if maker is not None])
        return replace(self, words=words)

    def files(self) -> tuple[bytes, ...]:
        return tuple(chain.from_iterable(each.files() for each in self._makers))

    def require_as_of(self, label: str, as_of: int) -> None:
        for each in self._makers:
            each.require_as_of(label, as_of)

    def parts(self) -> Iterator[Maker]:
        for each in self._makers:
            yield from each.parts()

    @property
    def _makers(self) -> tuple[Maker, ...]:
        return tuple(each for _, each in self.words if each is not None)

    @property
    def gives_null(self) -> bool:
        return any(each is None or each.gives_null for _, each in self.words)

    @property
    def choices(self) -> tuple[object, ...] | None:
        lists = [each.choices for each in self._makers]
        return None if None in lists else tuple(chain.from_iterable(each or () for each in lists))

    def values(self, rows: Rows) -> Values:
        texts, count, skip = rows.texts(self.by), rows.stop - rows.start, 0
        rest: Mask = np.ones(count, np.bool_)
        numbers, arrays = np.full(count, NULL), list[pa.Array]()
        for value, maker in self.words:
            here = rest if value is None else pc.fill_null(pc.equal(texts, value), False).to_numpy(zero_copy_only=False)
            rest = rest & ~here
            if maker is None or not here.any():
                skip += len((maker.choices if maker is not None else None) or ())
                continue
            made = self._of(rows, value, maker, here)
            if isinstance(made, pa.Array):
                arrays.append(pc.if_else(pa.array(here), made, None))
            else:
                numbers = np.where(here & (made != NULL), made + skip, numbers)
            skip += len(maker.choices or ()) if self.choices is not None else 0
        return pc.coalesce(*arrays) if arrays else numbers

    def _of(self, rows: Rows, value: str | None, maker: Maker, here: Mask) -> Values:
        """Return the values of the word for one value. A word that reads no other column sees only the rows with it."""
        if value is None or maker.waits() or rows.nested:
            return maker.values(rows)
        first = int(rows.number_of((self.by,))[np.argmax(here)])
        alone: Any = replace(rows, name=f"{rows.name}\0{value}", start=first, stop=first + int(here.sum()))  # type: ignore[type-var]
        made = maker.values(alone)
        places = np.where(here, np.cumsum(here) - 1, 0)
        return made.take(pa.array(places)) if isinstance(made, pa.Array) else made[places]


@word
def case(
    by: str,
    /,
    words: Mapping[str | bool | int, Maker | None] | None = None,
    *,
    other: Maker | None = None,
    **named: Maker | None,
) -> Case:
    """Return a word for a column by the value of another: `case("method", card=pattern("^[0-9]{4}$"))`.

    `other` is the word for all other values; without it they give NULL. Values that are not Python names are written in
    a mapping.

    Example:
        Table("orders", 900, {
            "status": lifecycle("placed_at", placed=10, paid=("paid_at", 90)),
            "coupon": case("status", paid=choice(WELCOME=3, SUMMER=1)),
        })
    """
    listed: dict[str | None, Maker | None] = {
        str(value).lower() if isinstance(value, bool) else str(value): maker for value, maker in (words or {}).items()
    }
    listed.update(named)
    if not listed:
        raise UsageError("case() has no value", 'write case("method", card=…, other=…)')
    if "." in by:
        raise UsageError(
            f"case() reads a column of the same row, but {by!r} is a column of another row",
            f"copy that value into a trait with copy({by!r}), and name the trait",
        )
    if any(maker is not None and type(maker).values is Maker.values for maker in listed.values()):
        raise UsageError(
            "case() accepts only words for the values of one column, but one of its words references rows or makes "
            "several columns together",
            "declare that word outside of case()",
        )
    chosen: Words = (*listed.items(), (None, other))
    # The values of a file are known only with its column.
    _require_one_kind([maker for _, maker in chosen if maker is not None and not maker.files()])
    return Case(by=by, words=chosen)


def _require_one_kind(makers: Sequence[Maker]) -> None:
    """Raise UsageError if some words give listed values and others do not."""
    if len({maker.choices is None for maker in makers}) > 1:
        raise UsageError(
            "case() has words that give listed values and words that do not",
            "let all of its words give listed values, or none of them",
        )
