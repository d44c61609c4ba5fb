"""Test that each logical type has its row and an entry in each direction, and that a missing one fails by name."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from types import ModuleType

import pytest

import snap.types
import snap_restorer.values
from snap.types import REGISTRY, Logical, arrow, canonical, duckdb, parquet, parse
from snap_restorer.values import adbc, canonical_sql, copy_binary, copy_text, fit

TABLES: dict[str, Collection[Logical]] = {
    "registry": REGISTRY,
    "arrow": arrow.TYPES,
    "parquet": parquet.ENCODINGS,
    "canonical": canonical.FIELDS,
    "duckdb": duckdb.EXPRESSIONS,
    "adbc": adbc.TRANSFERS,
    "copy_text": copy_text.PRINTERS,
    "fit": fit.FITS,
    "canonical_sql": canonical_sql.PAYLOADS,
}
POSTGRES = {
    Logical.BOOL: "boolean",
    Logical.INT16: "smallint",
    Logical.INT32: "integer",
    Logical.INT64: "bigint",
    Logical.FLOAT32: "real",
    Logical.FLOAT64: "double precision",
    Logical.DECIMAL: "numeric(8,2)",
    Logical.STRING: "character varying(9)",
    Logical.BYTES: "bytea",
    Logical.UUID: "uuid",
    Logical.JSONB: "jsonb",
    Logical.JSON: "json",
    Logical.DATE: "date",
    Logical.TIME: "time without time zone",
    Logical.TIMESTAMP: "timestamp without time zone",
    Logical.TIMESTAMPTZ: "timestamp with time zone",
    Logical.INTERVAL: "interval",
    Logical.ENUM: "mood",
    Logical.LIST: "integer[]",
    Logical.TEXT: "inet",
}


@pytest.mark.parametrize("direction", TABLES)
@pytest.mark.parametrize("logical", Logical)
def test_every_direction_has_every_logical_type(direction: str, logical: Logical) -> None:
    assert logical in TABLES[direction]


@pytest.mark.parametrize("logical", Logical)
def test_every_logical_type_has_a_type_in_postgres(logical: Logical) -> None:
    assert parse(POSTGRES[logical], {"mood"}).logical is logical


@pytest.mark.parametrize("form", [form for form in fit.Form if form is not fit.Form.TEXT_ONLY])
def test_copy_binary_encodes_every_form(form: fit.Form) -> None:
    assert form in copy_binary.FIELDS


@pytest.mark.parametrize("package", [snap.types, snap_restorer.values])
def test_every_file_of_the_directions_is_tested_here(package: ModuleType) -> None:
    files = {path.stem for path in Path(package.__path__[0]).glob("*.py")}
    assert files - set(TABLES) <= {
        "__init__",
        "postgres",  # by name, above
        "copy_binary",  # by form, above
        "shift",  # within a type
        "sent",  # by the types of Postgres, in tests/restorer/live/test_row_session.py
    }
