"""Test the estimate of the database's size against a real Postgres, and its form without a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from snap import checks
from snap.checks import engine
from snap.checks.size import database_bytes
from snap.duck import QueryError, open_views, quote, relation
from snap.manifest import Manifest
from snap.store import Store
from snap.types import Logical
from tests.cases.snapshots import record_batch, table
from tests.cases.toy import CREW, LOG, crew, log, manifest, write_table
from tests.paths import ROOT
from tests.postgres import execute


def estimate(manifest: Manifest, folder: Path) -> int:
    """Return the size of the database that the budget check estimates."""
    (finding,) = [finding for finding in checks.check_files(manifest, folder) if finding.name == "database_bytes"]
    assert finding.ok
    return int(finding.value)


def test_an_empty_snapshot_has_the_size_of_its_catalog(tmp_path: Path) -> None:
    tables = (write_table(tmp_path, CREW, [], "crew"), write_table(tmp_path, LOG, [], "log"))
    assert 200_000 < estimate(manifest("v1", tables), tmp_path) < 400_000


@pytest.mark.slow
def test_more_rows_are_more_bytes(tmp_path: Path) -> None:
    sizes = []
    for rows in (100, 10_000):
        folder = tmp_path / str(rows)
        tables = (
            write_table(folder, CREW, [crew(rows)], "crew"),
            write_table(folder, LOG, [log(rows, rows)], "log"),
        )
        sizes.append(estimate(manifest("v1", tables), folder))
    # A crew member takes about 150 bytes and two entries of 60, a log line 70 and two of 30.
    assert 2_000_000 < sizes[1] - sizes[0] < 6_000_000


@pytest.mark.slow
def test_the_estimate_is_within_a_quarter_of_the_database_that_v3_becomes(
    databases: Callable[[], str],
) -> None:
    snapshot = Store(ROOT).resolve("v3")
    url = databases()
    empty = _size(url)
    execute(url, snapshot.manifest.schema_sql)
    with open_views(snapshot.manifest.tables, snapshot.folder) as views, psycopg.connect(url) as connection:
        for data in snapshot.manifest.tables:
            name, stored = quote(data.table.name), data.table.stored
            values = ", ".join(
                f"'{{' || array_to_string({quote(c.name)}, ',') || '}}'"
                if c.type.logical is Logical.LIST
                else f"{quote(c.name)}::VARCHAR"
                for c in stored
            )
            rows = views.query(f"SELECT {values} FROM {relation(data)}").rows
            connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER".encode())
            copy = f"COPY {name} ({', '.join(quote(c.name) for c in stored)}) FROM STDIN"
            with connection.cursor().copy(copy.encode()) as stream:
                for row in rows:
                    stream.write_row(row)
    execute(url, "VACUUM ANALYZE")
    assert estimate(snapshot.manifest, snapshot.folder) == pytest.approx(_size(url) - empty, rel=0.25)


def _size(url: str) -> int:
    return int(execute(url, "SELECT pg_database_size(current_database())")[0][0])


@pytest.mark.slow
def test_a_table_of_more_columns_than_the_limit_of_memory_has_room_for_is_measured_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = table("wide", ("id", "bigint"), *((f"c{number}", "text") for number in range(400)))
    rows = record_batch(wide, [(1, *(["a"] * 400))])
    made, limit = manifest("v1", (write_table(tmp_path, wide, [rows], "wide"),)), 8 << 20
    with (
        open_views(made.tables, tmp_path, memory=limit) as views,
        pytest.raises(QueryError, match="OutOfMemoryException"),
    ):
        database_bytes(views, made.tables)
    monkeypatch.setattr(engine, "MEMORY", limit)
    with open_views(made.tables, tmp_path) as views:
        assert estimate(made, tmp_path) == database_bytes(views, made.tables)
