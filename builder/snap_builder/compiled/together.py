"""Call a user-defined function that makes several columns together, and check what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from snap.errors import UsageError
from snap.types import Logical, Type
from snap.types.arrow import storage
from snap.units import some
from snap_builder.compiled.arrays import array_of, typed
from snap_builder.declare.made_by import MadeBy, OwnRows
from snap_builder.declare.maker import MOMENTS, NULL, NUMBERS
from snap_builder.declare.own_code import OwnFunction, written

if TYPE_CHECKING:
    from snap_builder.compiled.made_rows import MadeRows

_WIDEST = 38  # the most digits of Arrow's decimals
_SHOWN = 60  # the most characters of a value in a message


def has_integers(kind: Type) -> bool:
    """Return whether other words can read a function's column of this type as integers."""
    return kind.logical in (*NUMBERS, *MOMENTS, Logical.BOOL)


def together(rows: MadeRows, word: MadeBy) -> Mapping[str, pa.Array]:
    """Return all columns that a function makes for some rows, as arrays of their types.

    Errors: UsageError if the function raises, reads a path that it may not read, gives values that its columns cannot
    hold, or gives a row another value when it is called for fewer rows.
    """
    count = rows.stop - rows.start
    made = _called(rows, word, slice(0, count))
    if rows.tested and count > 1:
        cuts = [_called(rows, word, cut) for cut in (slice(0, count // 2), slice(count // 2, count))]
        for name, values in made.items():
            again = pa.concat_arrays([cut[name] for cut in cuts])
            if not values.equals(again):
                pairs = zip(values.to_pylist(), again.to_pylist(), strict=True)
                row = rows.start + next((place for place, (one, two) in enumerate(pairs) if one != two), 0)
                raise UsageError(
                    f"{_what(rows, word)} returns another value of {name} for row {row:,} when it is called for fewer "
                    "rows",
                    "use only the values of the row itself, and random bits from rows.bits() and rows.wide()",
                )
    return made


def _what(rows: MadeRows, word: MadeBy) -> str:
    return f"{rows.planned.table.label}.{rows.column.name}: {written(word.function)}"


def _called(rows: MadeRows, word: MadeBy, part: slice) -> dict[str, pa.Array]:
    what, columns = _what(rows, word), word.together(rows.column.name)
    own = OwnFunction(function=word.function, label=what, each="row")
    given = own.run(lambda: word.function(OwnRows(within=rows, part=part, reads=word.reads(), what=what)))
    if not isinstance(given, Mapping):
        raise UsageError(f"{what} returns {_shown(given)}", f'return {{"{columns[0]}": …}}, a vector for each column')
    lacking, strange = [c for c in columns if c not in given], [c for c in given if c not in columns]
    if lacking or strange:
        raise UsageError(
            f"{what} returns no column {lacking[0]!r}" if lacking else f"{what} also returns {strange[0]!r}",
            f"return its columns, and no others: {', '.join(columns)}",
        )
    return {name: _stored(given[name], rows, name, what, part) for name in columns}


def _stored(values: Any, rows: MadeRows, name: str, what: str, part: slice) -> pa.Array:
    """Return a vector from a user-defined function as an array of its column's type.

    Errors: UsageError if the vector does not fit the column.
    """
    kind, label, count = rows.planned.kinds[name], f"{what}: its {name}", part.stop - part.start
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    whole = isinstance(values, np.ndarray) and values.dtype.kind in "iub" and values.ndim == 1
    if not whole and not isinstance(values, pa.Array):
        raise UsageError(f"{label} is {_shown(values)}", "return an int64 vector with rows.NULL, or an Arrow array")
    if len(values) != count:
        raise UsageError(f"{label} has {len(values):,} values for {count:,} rows", "return one for each row")
    try:
        made = _of_integers(values, kind) if isinstance(values, np.ndarray) else _of_array(values, kind)
    except (pa.ArrowException, KeyError, TypeError, ValueError, OverflowError) as error:
        given = values.dtype if isinstance(values, np.ndarray) else values.type
        reason = "" if isinstance(error, KeyError) else f": {str(error).splitlines()[0][:200]}"
        raise UsageError(
            f"{label} is {given}, and {kind.pg} cannot store all of its values{reason}", _hint(kind)
        ) from None
    if made.null_count and not rows.planned.table.column(name).nullable:
        row = rows.start + part.start + int(np.argmax(made.is_null().to_numpy(zero_copy_only=False)))
        hint = f"name it in null=({name!r},)" if name in rows.planned.traits else "give each row a value"
        raise UsageError(f"{label} is NULL in row {row:,}, where NULL is not allowed", hint)
    _require_texts(made, rows, name, label)
    return made


def _of_integers(values: np.ndarray[Any, Any], kind: Type) -> pa.Array:
    whole = values.astype(np.int64)
    if values.dtype.kind == "u" and (whole < 0).any():
        raise OverflowError(f"{values[whole < 0][0]} is too large for a signed 64-bit integer")
    if kind.logical is Logical.DECIMAL and kind.precision is not None:
        large = (whole != NULL) & (np.abs(whole) >= 10 ** min(kind.precision, _WIDEST // 2))
        if large.any():
            raise OverflowError(f"{whole[large][0]} has more than {kind.precision} digits")
    return array_of(whole, kind, None)


def _of_array(values: pa.Array, kind: Type) -> pa.Array:
    if kind.logical is Logical.DECIMAL and pa.types.is_integer(values.type):
        values = values.cast(pa.decimal128(_WIDEST, kind.scale))
    made = typed(values, kind)
    if kind.logical in (Logical.JSON, Logical.JSONB):
        _require_json(storage(made).drop_null())
    return made


def _require_json(texts: pa.StringArray) -> None:
    """Raise ValueError if a text is not JSON."""
    lines = pc.binary_join_element_wise('{"value":', texts, "}\n", "")
    length = pc.sum(pc.binary_length(lines)).as_py() or 0
    if not length:
        return
    read = json.read_json(
        pa.BufferReader(lines.buffers()[2].slice(0, length)),
        read_options=json.ReadOptions(use_threads=False, block_size=length),
        parse_options=json.ParseOptions(
            explicit_schema=pa.schema([]), unexpected_field_behavior="ignore", newlines_in_values=True
        ),
    )
    if read.num_rows != len(texts):
        raise ValueError("a text holds more than one value")


def _require_texts(made: pa.Array, rows: MadeRows, name: str, label: str) -> None:
    """Raise UsageError if a value is not a label of the column's enum, or if a text is too long for the column."""
    kind, values = rows.planned.kinds[name], storage(made)
    if pa.types.is_list(values.type):
        kind, values = kind.scalar, values.flatten()
    if kind.logical is Logical.ENUM:
        labels = rows.planned.labels[kind.pg]
        strange = values.unique().filter(pc.invert(pc.is_in(values.unique(), pa.array([*labels, None]))))
        if len(strange):
            raise UsageError(
                f"{label} has {strange[0].as_py()!r}, which is no label of {kind.pg}",
                f"labels are: {some(labels, most=9)}",
            )
    elif kind.length is not None and pa.types.is_string(values.type):
        longest = pc.max(pc.utf8_length(values)).as_py() or 0
        if longest > kind.length:
            raise UsageError(f"{label} has {longest} characters, too many for {kind.pg}", "cut it")


def _hint(kind: Type) -> str:
    if has_integers(kind):
        return "return whole numbers in units of its last decimal place, with rows.NULL, or an Arrow array of its type"
    return "return an Arrow array of its type; texts for labels, JSON and uuids"


def _shown(value: object) -> str:
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    text = repr(value)
    return f"{text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}, of type {kind}"
