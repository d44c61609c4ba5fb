"""The Parquet encodings of logical types. Pure: names in, names out."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from snap.types.registry import Logical

if TYPE_CHECKING:
    from snap.schema import Table


class Encoding(Enum):
    """The encoding of a column's values. KEYS is a dictionary if the column is in a foreign key, else plain values."""

    PLAIN = "plain"
    DELTA = "delta"
    DICTIONARY = "dictionary"
    KEYS = "keys"


ENCODINGS: Mapping[Logical, Encoding] = {
    Logical.BOOL: Encoding.DICTIONARY,
    Logical.INT16: Encoding.DELTA,
    Logical.INT32: Encoding.DELTA,
    Logical.INT64: Encoding.DELTA,
    Logical.FLOAT32: Encoding.PLAIN,
    Logical.FLOAT64: Encoding.PLAIN,
    Logical.DECIMAL: Encoding.DICTIONARY,
    Logical.STRING: Encoding.DICTIONARY,
    Logical.BYTES: Encoding.PLAIN,
    Logical.UUID: Encoding.KEYS,
    Logical.JSONB: Encoding.PLAIN,
    Logical.JSON: Encoding.PLAIN,
    Logical.DATE: Encoding.DICTIONARY,
    Logical.TIME: Encoding.DELTA,
    Logical.TIMESTAMP: Encoding.DELTA,
    Logical.TIMESTAMPTZ: Encoding.DELTA,
    Logical.INTERVAL: Encoding.DICTIONARY,
    Logical.ENUM: Encoding.DICTIONARY,
    Logical.LIST: Encoding.DICTIONARY,
    Logical.TEXT: Encoding.DICTIONARY,
}
_LEAVES = {Logical.LIST: ("list.element",), Logical.INTERVAL: ("months", "days", "microseconds")}


def leaves(name: str, logical: Logical) -> tuple[str, ...]:
    """Return the paths of the Parquet columns that hold the column `name`."""
    return tuple(f"{name}.{leaf}" for leaf in _LEAVES[logical]) if logical in _LEAVES else (name,)


def encodings(table: Table) -> tuple[list[str], dict[str, str]]:
    """Return the Parquet columns with a dictionary, and the encodings of the other columns that are not plain."""
    references = {name for key in table.foreign_keys for name in key.columns}
    dictionary: list[str] = []
    deltas: dict[str, str] = {}
    for column in table.stored:
        encoding = ENCODINGS[column.type.logical]
        if encoding is Encoding.DELTA:
            deltas[column.name] = "DELTA_BINARY_PACKED"
        elif encoding is Encoding.DICTIONARY or (encoding is Encoding.KEYS and column.name in references):
            dictionary += leaves(column.name, column.type.logical)
    return dictionary, deltas
