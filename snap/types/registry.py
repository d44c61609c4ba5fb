"""The registry of logical types, with the facts about each that every conversion needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Logical(StrEnum):
    BOOL = "bool"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    DECIMAL = "decimal"
    STRING = "string"
    BYTES = "bytes"
    UUID = "uuid"
    JSONB = "jsonb"
    JSON = "json"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    ENUM = "enum"
    LIST = "list"
    TEXT = "text"


class Family(StrEnum):
    """A group of logical types whose values can be compared with each other."""

    INTEGER = "integer"
    FLOAT = "float"
    CHARACTER = "character"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts about all values of one logical type.

    `postgres`: names of Postgres types, as format_type() prints them without a modifier.
    `package`, `package_format`: type and format of a Data Package field.
    `heap_width`: bytes of a value in a row of Postgres, for a decimal the bytes of most values; None if they vary.
    `canonical_width`: number of canonical bytes of every value that a Postgres column can hold; None if it varies.
    `ordered`: values have an order that people know, so a file's key range can be given.
    `exact`: Postgres treats two values as equal exactly when their canonical bytes are equal. This holds under a
    deterministic collation, and not for character(n).
    `end_day`: for dates and times, the first day after the type's last one, in days since 1970.
    """

    postgres: tuple[str, ...] = ()
    family: Family | None = None
    package: str = "string"
    package_format: str | None = None
    heap_width: int | None = None
    canonical_width: int | None = None
    ordered: bool = True
    exact: bool = True
    end_day: int | None = None


_END_OF_DATES = 2_145_042_906  # 5874898-01-01
_END_OF_TIMESTAMPS = 106_751_991  # 294247-01-10, where microseconds since 1970 reach the limit of 64 bits

REGISTRY: dict[Logical, Facts] = {
    Logical.BOOL: Facts(postgres=("boolean",), package="boolean", heap_width=1, canonical_width=1),
    Logical.INT16: Facts(
        postgres=("smallint",), family=Family.INTEGER, package="integer", heap_width=2, canonical_width=8
    ),
    Logical.INT32: Facts(
        postgres=("integer",), family=Family.INTEGER, package="integer", heap_width=4, canonical_width=8
    ),
    Logical.INT64: Facts(
        postgres=("bigint",), family=Family.INTEGER, package="integer", heap_width=8, canonical_width=8
    ),
    Logical.FLOAT32: Facts(postgres=("real",), family=Family.FLOAT, package="number", heap_width=4, canonical_width=8),
    Logical.FLOAT64: Facts(
        postgres=("double precision",), family=Family.FLOAT, package="number", heap_width=8, canonical_width=8
    ),
    Logical.DECIMAL: Facts(package="number", heap_width=8),
    Logical.STRING: Facts(postgres=("text", "character varying", "character"), family=Family.CHARACTER),
    Logical.BYTES: Facts(postgres=("bytea",)),
    Logical.UUID: Facts(postgres=("uuid",), package_format="uuid", heap_width=16, canonical_width=16),
    Logical.JSONB: Facts(postgres=("jsonb",), family=Family.JSON, package="any", ordered=False),
    Logical.JSON: Facts(postgres=("json",), family=Family.JSON, package="any", ordered=False, exact=False),
    # Postgres' infinite dates and timestamps have special canonical bytes of another width.
    Logical.DATE: Facts(postgres=("date",), package="date", heap_width=4, end_day=_END_OF_DATES),
    Logical.TIME: Facts(postgres=("time without time zone",), package="time", heap_width=8, canonical_width=8),
    Logical.TIMESTAMP: Facts(
        postgres=("timestamp without time zone",), package="datetime", heap_width=8, end_day=_END_OF_TIMESTAMPS
    ),
    Logical.TIMESTAMPTZ: Facts(
        postgres=("timestamp with time zone",), package="datetime", heap_width=8, end_day=_END_OF_TIMESTAMPS
    ),
    # Postgres treats '1 day' and '24:00' as equal.
    Logical.INTERVAL: Facts(
        postgres=("interval",), package="object", heap_width=16, canonical_width=16, ordered=False, exact=False
    ),
    Logical.ENUM: Facts(family=Family.CHARACTER, heap_width=4),
    Logical.LIST: Facts(package="array", ordered=False, exact=False),  # whether it is exact depends on the elements
    Logical.TEXT: Facts(exact=False),  # Postgres treats 1.0 and 1.00 of numeric as equal, and 'a' and 'A' of citext
}


@dataclass(frozen=True, slots=True)
class Type:
    """A column type. `length` is for varchar(n) and char(n), `precision` and `scale` for decimals, `item` for lists."""

    pg: str
    logical: Logical
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    item: Type | None = None

    @property
    def facts(self) -> Facts:
        """The registry's row for the logical type."""
        return REGISTRY[self.logical]

    @property
    def scalar(self) -> Type:
        """The type of a list's elements, or this type itself if it is not a list."""
        return self.item or self

    @property
    def enum(self) -> str | None:
        """The name of the enum type of the values or of a list's elements."""
        return self.scalar.pg if self.scalar.logical is Logical.ENUM else None
