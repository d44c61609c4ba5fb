"""The word for a value that only one row of each parent has: a primary address, a default card, a current plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

import numpy as np
import pyarrow as pa

from snap.errors import UsageError
from snap_builder.declare.checked import Percent, word
from snap_builder.declare.maker import NULL, Maker, Place, Rows, refuse, with_nulls
from snap_builder.declare.numbers import shares_of
from snap_builder.engine.streams import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary(Maker):
    """A value of one row of each parent, and another value of all its other rows.

    Guarantees: of the rows that agree in the columns `by`, the first has `value`, and no other has. Without columns, it
    is the first row of the table. In every whole block of parents, exactly `none_have` percent have no such row. Owns:
    its column. Costs: one pass over the columns `by`, and a byte for each row. Refuses: values of two kinds, such as a
    text and a moment; another word that gives `value` too.
    """

    by: tuple[str, ...]
    value: object
    otherwise: object
    none_have: Percent = 0

    def functions(self) -> tuple[Callable[..., object], ...]:
        return tuple(chain.from_iterable(each.functions() for each in self._words))

    def files(self) -> tuple[bytes, ...]:
        return tuple(chain.from_iterable(each.files() for each in self._words))

    def reads(self) -> tuple[str, ...]:
        return tuple(chain.from_iterable(each.reads() for each in self._words))

    def waits(self) -> tuple[str, ...]:
        return (*self.by, *chain.from_iterable(each.waits() for each in self._words))

    def require(self, place: Place) -> None:
        for each in self._words:
            each.require(place)
        labels = place.labels
        named = [each for each in (self.value, self.otherwise) if isinstance(each, str)]
        strange = [each for each in named if labels is not None and each not in labels]
        if strange:
            raise refuse(place, f"{strange[0]!r} is no label of the enum", f"its labels are: {', '.join(labels or ())}")

    def require_as_of(self, label: str, as_of: int) -> None:
        for each in self._words:
            each.require_as_of(label, as_of)

    @property
    def _words(self) -> tuple[Maker, ...]:
        return tuple(each for each in (self.value, self.otherwise) if isinstance(each, Maker))

    @property
    def gives_null(self) -> bool:
        return None in (self.value, self.otherwise) or any(each.gives_null for each in self._words)

    @property
    def choices(self) -> tuple[object, ...] | None:
        both = [_choices(each) for each in (self.value, self.otherwise) if each is not None]
        return None if None in both else tuple(chain.from_iterable(each or () for each in both))

    def values(self, rows: Rows) -> Ints:
        first = rows.number_of(self.by) == 0
        if self.none_have:
            parent = rows.integers(self.by[0])
            known = np.where(parent == NULL, 0, parent)
            stream = rows.seeds.stream(f"{rows.name}\0none have")
            first &= shares_of(self.none_have).choose(stream, 0, int(known.max(initial=0)) + 1)[known] == 0
        one, skip = self._of(self.value, rows, 0)
        other, _ = self._of(self.otherwise, rows, skip)
        return np.where(first, one, other)

    def _of(self, value: object, rows: Rows, skip: int) -> tuple[Ints, int]:
        """Return the integers of a value or a word, and the number of choices so far.

        If the value or word has choices, its integers are places in the list of all choices, from `skip` on.
        """
        count, choices = rows.stop - rows.start, None if value is None else _choices(value)
        if value is None:
            return np.full(count, NULL), skip
        if not isinstance(value, Maker):
            number = skip if choices else int(Decimal(str(value)) * 10**rows.scale)
            return np.full(count, number), skip + len(choices or ())
        made = value.values(rows)
        assert not isinstance(made, pa.Array)
        return with_nulls(made + skip, made == NULL), skip + len(choices or ())


def _choices(value: object) -> tuple[object, ...] | None:
    """Return the list of choices that a value's integers point into, or None for numbers, which need no list."""
    if isinstance(value, Maker):
        return value.choices
    return (value,) if isinstance(value, bool | str) else None


@word
def primary(
    by: str | Sequence[str] = (),
    /,
    *,
    value: object = True,
    otherwise: object = False,
    none_have: Percent = 0,
    stream: str | None = None,
) -> Primary:
    """Return a word for a value of the first row of each parent, and no other: `primary("user_id")`, True and False.

    `by` are the columns in which no two such rows agree, often a reference. `value` and `otherwise` are values, None,
    or words for numbers, moments and choices. `none_have` is the percentage of parents without such a row.

    Example:
        Table("addresses", 600, {"is_primary": primary("user_id", none_have=10)})
    """
    columns = (by,) if isinstance(by, str) else tuple(by)
    kinds = {_choices(each) is None for each in (value, otherwise) if each is not None}
    if len(kinds) > 1 or value == otherwise:
        raise UsageError(
            f"primary() has {value!r} and {otherwise!r}, which no column can tell apart",
            "write two values of the same kind, or a value and None",
        )
    given: tuple[object, ...] = (otherwise.choices or ()) if isinstance(otherwise, Maker) else ()
    if isinstance(otherwise, Maker) and otherwise.gives_null:
        given = (*given, None)
    if not isinstance(value, Maker) and value in given:
        raise UsageError(f"otherwise= of primary() gives {value!r} too", "leave it out of otherwise=")
    if none_have and len(columns) != 1:
        raise UsageError(
            "primary() with none_have= needs exactly one reference", "name one column, or leave out none_have="
        )
    return Primary(by=columns, value=value, otherwise=otherwise, none_have=none_have, stream=stream)
