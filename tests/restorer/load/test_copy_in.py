"""Test that loading a table needs memory for one batch of rows, and not for the whole table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from snap.parquet import BATCH_ROWS
from snap_restorer import Target, restore
from snap_restorer.load import copy_in
from snap_restorer.values import copy_binary, copy_text
from tests.cases.plans import planned_for
from tests.cases.snapshots import record_batch, snapshot, table
from tests.postgres import execute

LIMIT = 1 << 20
HELD = table("t", ("n", "bigint"), ("v", "text"))


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Return a list that records the rows and bytes of each piece encoded from now on, under a limit of 1 MiB."""
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(copy_in, "_BATCH_BYTES", LIMIT)
    for module in (copy_binary, copy_text):

        def recording(batch: Any, columns: Any, encode: Any = module.encode) -> Any:
            data = encode(batch, columns)
            seen.append((batch.num_rows, len(data)))
            return data

        monkeypatch.setattr(module, "encode", recording)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["text", "inet"])  # one goes as binary, the other as text
def test_a_table_beyond_the_limit_goes_in_pieces_below_it(
    tmp_path: Path, database: str, pieces: list[tuple[int, int]], kind: str
) -> None:
    held = table("t", ("n", "bigint"), ("v", "text"), ("k", kind))
    rows = [(n, "x" * 1000, "::1") for n in range(12 * LIMIT // 1000)]
    restore(snapshot(tmp_path, [(held, rows)], f"CREATE TABLE t (n bigint, v text, k {kind})"), Target(database))
    assert sum(count for count, _ in pieces) == len(rows)
    assert len(pieces) >= 12
    assert max(size for _, size in pieces) <= 1.2 * LIMIT
    assert execute(database, "SELECT count(*), sum(n), min(length(v)) FROM t") == [
        (len(rows), sum(range(len(rows))), 1000)
    ]


def test_a_table_of_many_small_rows_goes_by_the_readers_batches(
    tmp_path: Path, database: str, pieces: list[tuple[int, int]]
) -> None:
    rows = [(n, None) for n in range(3 * BATCH_ROWS)]
    restore(snapshot(tmp_path, [(HELD, rows)], "CREATE TABLE t (n bigint, v text)"), Target(database))
    assert sum(count for count, _ in pieces) == len(rows)
    assert max(count for count, _ in pieces) == BATCH_ROWS


def test_large_rows_side_by_side_are_taken_one_by_one(database: str, pieces: list[tuple[int, int]]) -> None:
    rows = [(n, "x" * LIMIT if 500 <= n < 508 else "") for n in range(1000)]
    planned = planned_for(database, HELD)
    with psycopg.connect(database) as connection:
        ready = copy_in.encoded(planned, [record_batch(HELD, rows)])
        assert sum(copy_in.copy_in(connection, planned, ready, freeze=False)) == 1000
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (1000,)
    large = [(count, size) for count, size in pieces if size > LIMIT]
    assert len(large) == 8
    assert all(size < 1.2 * LIMIT for _, size in large)


def test_no_batch_is_read_before_the_one_before_it_was_sent(database: str, pieces: list[tuple[int, int]]) -> None:
    ahead: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for n in range(5):
            ahead.append(n - len(pieces))
            yield record_batch(HELD, [(n, "x")])

    planned = planned_for(database, HELD)
    with psycopg.connect(database) as connection:
        assert list(copy_in.copy_in(connection, planned, copy_in.encoded(planned, batches()), freeze=False)) == [1] * 5
    assert ahead == [0] * 5
