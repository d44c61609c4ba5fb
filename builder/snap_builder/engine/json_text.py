"""JSON as texts in canonical form (docs/format.md), made from columns without Python code for each row.

Objects and lists are joined from the texts of their parts. A text is NULL in rows where its key is to be left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from snap.types.arrow import uuid_block
from snap_builder.engine.lists import Listed

_ESCAPED = r'[\x00-\x1f"\\]'
_FRACTION = r"(\.\d*?)0+$"
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_DASHES = (8, 13, 18, 23)  # positions of the dashes in the text of a uuid


def constant(value: object) -> str:
    """Return a text, a number, a boolean or None as JSON. Errors: TypeError for any other value."""
    if isinstance(value, Decimal):
        return number_texts(pa.array([value]))[0].as_py()
    if isinstance(value, float):
        return constant(Decimal(repr(value)))
    if value is not None and not isinstance(value, str | bool | int):
        raise TypeError(f"{value!r} is no plain value")
    return json.dumps(value, ensure_ascii=False)


def quoted(texts: pa.StringArray) -> pa.StringArray:
    """Return texts as JSON strings. NULL stays NULL."""
    if pc.any(pc.match_substring_regex(texts, _ESCAPED)).as_py():
        each = texts.dictionary_encode()
        texts = pa.array([constant(text)[1:-1] for text in each.dictionary.to_pylist()], pa.string()).take(each.indices)
    return pc.binary_join_element_wise('"', texts, '"', "")


def number_texts(numbers: pa.Array) -> pa.StringArray:
    """Return numbers as plain decimals without trailing zeros, with NULL for numbers that JSON does not have."""
    if pa.types.is_floating(numbers.type):
        numbers = pc.if_else(pc.is_finite(numbers), numbers, None)
    if pa.types.is_integer(numbers.type):
        return numbers.cast(pa.string())
    each = numbers.dictionary_encode()
    texts = each.dictionary.cast(pa.string())
    if pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py():
        texts = pa.array([format(Decimal(text), "f") for text in texts.to_pylist()], pa.string())
    texts = pc.replace_substring_regex(texts, _FRACTION, r"\1")
    texts = pc.replace_substring_regex(texts, r"\.$", "")
    return pc.replace_substring_regex(texts, "^-0$", "0").take(each.indices)


def moment_texts(moments: pa.Array) -> pa.StringArray:
    """Return moments in ISO 8601, cut to whole seconds, with Z if they have a time zone. Dates remain dates."""
    if pa.types.is_date(moments.type):
        return quoted(moments.cast(pa.string()))
    zone = "" if moments.type.tz is None else "Z"
    seconds = pc.floor_temporal(moments.cast(pa.timestamp("us")), unit="second").cast(pa.timestamp("s"))
    written = pc.replace_substring(seconds.cast(pa.string()), " ", "T")
    return pc.binary_join_element_wise('"', written, f'{zone}"', "")


def texts_of(values: pa.Array) -> pa.StringArray:
    """Return the values of a column as JSON. NULL stays NULL."""
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind == pa.json_():
            return values.storage
        return pc.if_else(values.is_valid(), quoted(_uuid_texts(values)), None)
    if pa.types.is_boolean(kind):
        return values.cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return number_texts(values)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return moment_texts(values)
    if pa.types.is_list(kind):
        filled = pc.fill_null(texts_of(values.flatten()), "null")
        lengths = pc.fill_null(pc.list_value_length(values), 0)
        ends = np.concatenate([[0], np.cumsum(np.asarray(lengths))])
        return pc.if_else(values.is_valid(), lists(Listed(first=0, ends=ends), filled), None)
    return quoted(values.cast(pa.string()))


def _uuid_texts(values: pa.Array) -> pa.StringArray:
    block = uuid_block(values)
    digits = np.stack([_HEX[block >> 4], _HEX[block & 15]], axis=2).reshape(-1, 32)
    for place in _DASHES:
        digits = np.insert(digits, place, ord("-"), axis=1)
    offsets = pa.py_buffer((np.arange(len(block) + 1) * 36).astype(np.int32))
    return pa.StringArray.from_buffers(len(block), offsets, pa.py_buffer(np.ascontiguousarray(digits)))


def objects(keys: Sequence[str], values: Sequence[pa.StringArray]) -> pa.StringArray:
    """Return objects from keys, in canonical order, and from the texts of their values.

    A key is left out in the rows where its text is NULL.
    """
    parts = [
        pc.binary_join_element_wise(f"{constant(key)}: ", text, "") for key, text in zip(keys, values, strict=True)
    ]
    # null_handling="skip" would not work: the join then drops rows in which all texts are NULL (Arrow 26).
    ended = [pc.fill_null(pc.binary_join_element_wise(part, ", ", ""), "") for part in parts]
    inside = pc.utf8_slice_codeunits(pc.binary_join_element_wise(*ended, ""), 0, -len(", "))
    return pc.binary_join_element_wise("{", inside, "}", "")


def lists(places: Listed, elements: pa.StringArray) -> pa.StringArray:
    """Return lists from the texts of their elements."""
    offsets = pa.array(places.ends.astype(np.int32))
    inside = pc.binary_join(pa.ListArray.from_arrays(offsets, elements), ", ")
    return pc.binary_join_element_wise("[", inside, "]", "")


def key_order(key: str) -> tuple[int, bytes]:
    """Return the sort key for a key of an object: its length in bytes, then its bytes."""
    written = key.encode()
    return len(written), written
