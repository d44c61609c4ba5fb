"""Logical types: the kinds of column values, and their mapping between Postgres and Arrow.

A column keeps its Postgres type as `format_type()` prints it, and one logical type. The logical type alone fixes the
Arrow type in memory, the Parquet type on disk, and the canonical bytes (docs/format.md).

| logical      | Postgres                         | Arrow                          |
|--------------|----------------------------------|--------------------------------|
| bool         | boolean                          | bool                           |
| int16/32/64  | smallint, integer, bigint        | int16, int32, int64            |
| float32/64   | real, double precision           | float32, float64               |
| decimal      | numeric(p,s), p <= 38            | decimal128(p, s)               |
| string       | text, varchar(n), char(n)        | string                         |
| bytes        | bytea                            | binary                         |
| uuid         | uuid                             | arrow.uuid                     |
| jsonb        | jsonb                            | arrow.json                     |
| json         | json                             | string                         |
| date         | date                             | date32                         |
| time         | time without time zone           | time64[us]                     |
| timestamp    | timestamp without time zone      | timestamp[us]                  |
| timestamptz  | timestamp with time zone         | timestamp[us, UTC]             |
| interval     | interval                         | struct<months, days, microseconds> |
| enum         | an enum type                     | string                         |
| list         | one-dimensional array of these   | list<item>                     |
| text         | anything else, as Postgres text  | string                         |

`registry` has one row per logical type. Each conversion is a module with one entry per logical type:

    arrow        types in memory
    parquet      encodings on disk
    canonical    canonical bytes, from Arrow
    duckdb       canonical bytes and equality, as SQL of DuckDB
    postgres     type names, as Postgres prints them

The conversions to and from a Postgres server are in snap_restorer.values. A new logical type needs a row in the
registry and an entry in each of these modules. This package imports no heavy library, but `arrow` and `canonical` do.
"""

from snap.types.postgres import is_padded, parse, with_logical
from snap.types.registry import REGISTRY, Facts, Family, Logical, Type

__all__ = [
    "REGISTRY",
    "Facts",
    "Family",
    "Logical",
    "Type",
    "is_padded",
    "parse",
    "with_logical",
]
