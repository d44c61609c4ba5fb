"""Test that the encoder's bytes equal the server's for the same values, and equal the committed ones."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap_restorer.local.embedded import Server
from snap_restorer.values import copy_binary, copy_text
from tests.cases.plans import MOOD_OID, planned_for, pure_column
from tests.cases.snapshots import record_batch, table
from tests.cases.values import LISTS, TYPES
from tests.params import few
from tests.paths import GOLDEN
from tests.postgres import execute, fresh_databases

COPIES = GOLDEN / "copy"


@pytest.fixture(scope="module")
def encoding_database(pg: Server) -> Iterator[str]:
    with fresh_databases(pg) as fresh:
        url = fresh()
        execute(url, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE DOMAIN short AS varchar(5)")
        execute(url, "CREATE DOMAIN lowercase AS text CHECK (value = lower(value))")
        yield url


@pytest.fixture
def typed(encoding_database: str) -> str:
    """Return a database with the types that these tests name, and no table."""
    execute(encoding_database, "DROP TABLE IF EXISTS t")
    return encoding_database


def golden_rows(kind: str) -> list[tuple[Any]]:
    """Return the short values of a type, whose bytes are committed."""
    values = (TYPES | LISTS)[kind]
    return [(value,) for value in [*values, None] if len(str(value)) < 2000]


def golden(kind: str) -> Path:
    return COPIES / ("".join(c if c.isalnum() else "_" for c in kind.replace("[]", " array")) + ".hex")


@pytest.mark.parametrize("kind", few([*TYPES, *LISTS], 8))
def test_goldens_hold(kind: str) -> None:
    batch, column = record_batch(table("t", ("v", kind)), golden_rows(kind)), pure_column(kind)
    rows = [bytes(copy_binary.encode(batch.slice(i, 1), [column])).hex() for i in range(batch.num_rows)]
    path = golden(kind)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(row + "\n" for row in rows))
        pytest.fail(f"{path} was missing and is written: compare it with what the server sends, then commit it")
    assert rows == path.read_text().splitlines()


def test_no_golden_is_left_over() -> None:
    assert {path.name for path in COPIES.iterdir()} == {golden(kind).name for kind in (*TYPES, *LISTS)}


def test_goldens_are_what_every_server_writes(any_database: str) -> None:
    differing = []
    with psycopg.connect(any_database) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
        row = connection.execute("SELECT 'mood'::regtype::oid::bigint").fetchone() or (0,)
        for kind in (*TYPES, *LISTS):
            batch, column = record_batch(table("t", ("v", kind)), golden_rows(kind)), pure_column(kind)
            connection.execute(f"CREATE TABLE t (n serial, v {kind})".encode())
            with connection.cursor().copy("COPY t (v) FROM STDIN") as copying:
                copying.write(copy_text.encode(batch, [column]))
            with connection.cursor().copy("COPY (SELECT v FROM t ORDER BY n) TO STDOUT (FORMAT binary)") as copying:
                theirs = b"".join(bytes(piece) for piece in copying)
            ours = b"".join(bytes.fromhex(line) for line in golden(kind).read_text().splitlines())
            if kind == "mood[]":
                ours = ours.replace(MOOD_OID.to_bytes(4, "big"), row[0].to_bytes(4, "big"))
            if theirs != copy_binary.SIGNATURE + ours + copy_binary.TRAILER:
                differing.append(kind)
            connection.execute("DROP TABLE t")
    assert differing == []


@pytest.mark.parametrize("kind", [*TYPES, *LISTS])
def test_binary_is_what_the_server_writes_of_the_values_that_it_read_as_text(typed: str, kind: str) -> None:
    values = (TYPES | LISTS)[kind]
    held = table("t", ("n", "bigint"), ("v", kind), ("w", kind))
    rows = [(n, v, None if n % 2 else v) for n, v in enumerate([*values, None, *values])]
    planned = planned_for(typed, held)
    batch = record_batch(held, rows)
    ours = copy_binary.SIGNATURE + bytes(copy_binary.encode(batch, planned.columns)) + copy_binary.TRAILER
    copy(typed, "COPY t FROM STDIN (FORMAT text)", bytes(copy_text.encode(batch, planned.columns)))
    assert read(typed, "COPY (SELECT * FROM t ORDER BY n) TO STDOUT (FORMAT binary)") == ours
    execute(typed, "TRUNCATE t")
    copy(typed, "COPY t FROM STDIN (FORMAT binary)", ours)
    assert read(typed, "COPY (SELECT * FROM t ORDER BY n) TO STDOUT (FORMAT binary)") == ours


@pytest.mark.parametrize("kind", [*TYPES, *LISTS])
def test_a_slice_of_a_batch_encodes_as_its_own_rows(typed: str, kind: str) -> None:
    values = [*(TYPES | LISTS)[kind], None]
    held = table("t", ("v", kind))
    planned = planned_for(typed, held)
    whole = record_batch(held, [(value,) for value in values])
    for encoded in (copy_binary.encode, copy_text.encode):
        pieces = b"".join(bytes(encoded(whole.slice(i, 1), planned.columns)) for i in range(len(values)))
        assert pieces == bytes(encoded(whole, planned.columns))


@pytest.mark.parametrize("kind", [*TYPES, *LISTS])
def test_no_rows_and_only_nulls_encode(typed: str, kind: str) -> None:
    held = table("t", ("v", kind))
    planned = planned_for(typed, held)
    assert bytes(copy_binary.encode(record_batch(held, []), planned.columns)) == b""
    assert bytes(copy_text.encode(record_batch(held, []), planned.columns)) == b""
    assert bytes(copy_binary.encode(record_batch(held, [(None,)] * 2), planned.columns)) == b"\0\1\xff\xff\xff\xff" * 2
    assert bytes(copy_text.encode(record_batch(held, [(None,)] * 2), planned.columns)) == b"\\N\n" * 2


@pytest.mark.parametrize(
    ("snapshot", "target", "values"),
    [
        ("smallint", "bigint", [1, -1]),
        ("integer", "numeric", [1, -1]),
        ("real", "double precision", [0.1]),
        ("numeric(5,2)", "numeric", [Decimal("1.50")]),
        ("numeric(5,2)", "numeric(9,4)", [Decimal("1.50")]),
        ("character varying(5)", "text", ["a"]),
        ("mood", "character varying(5)", ["happy"]),
        ("jsonb", "json", ["{}"]),
        ("json", "jsonb", ["{}"]),
        ("smallint[]", "bigint[]", [[1, None]]),
        ("text", "lowercase", ["a"]),
        ("character varying(5)", "short", ["a", ""]),
        ("integer", "numeric(12,2)", [1, -(2**31)]),
        ("numeric(5,2)", "numeric(60,20)", [Decimal("-999.99"), Decimal("0.01")]),
        ("numeric(5,2)[]", "numeric[]", [[Decimal("1.50"), None], []]),
        ("timestamp with time zone", "timestamp(6) with time zone", [1]),
        ("character(3)", "text", ["a  "]),
        ("character(3)", "character(5)", ["a  "]),
        ("mood[]", "mood[]", [["sad", None]]),
    ],
)
def test_wider_columns_take_the_values(typed: str, snapshot: str, target: str, values: list[Any]) -> None:
    execute(typed, f"CREATE TABLE t (v {target})")
    held = table("t", ("v", snapshot))
    planned = planned_for(typed, held, create=False)
    batch = record_batch(held, [(value,) for value in values])
    if planned.binary:
        data = copy_binary.SIGNATURE + bytes(copy_binary.encode(batch, planned.columns)) + copy_binary.TRAILER
    else:
        data = bytes(copy_text.encode(batch, planned.columns))
    copy(typed, f"COPY t FROM STDIN (FORMAT {'binary' if planned.binary else 'text'})", data)
    assert len(execute(typed, "SELECT v FROM t")) == len(values)
    assert (
        execute(typed, f"SELECT count(*) FROM t WHERE v IS NULL OR v::{target}::text IS DISTINCT FROM v::text")[0][0]
        == 0
    )


def copy(url: str, statement: str, data: bytes) -> None:
    with psycopg.connect(url) as connection, connection.cursor().copy(statement.encode()) as copying:
        copying.write(data)


def read(url: str, statement: str) -> bytes:
    with psycopg.connect(url) as connection, connection.cursor().copy(statement.encode()) as copying:
        return b"".join(bytes(piece) for piece in copying)
