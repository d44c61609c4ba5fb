"""Test captures of partitioned tables: what each partition has of its own."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from snap.errors import TargetError, UsageError
from snap.store import Store
from snap_restorer import Server, Target, restore
from snap_restorer.live.side import live_side
from tests.cases.captures import Capture
from tests.postgres import execute, name_of
from tests.progress import Recorded

PARTS = """
CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1);
CREATE SCHEMA elsewhere;
CREATE TABLE parts (id int, k int) PARTITION BY LIST (k);
CREATE TABLE elsewhere.parts_1 PARTITION OF parts FOR VALUES IN (1) PARTITION BY RANGE (abs(id));
CREATE TABLE elsewhere.parts_1a PARTITION OF elsewhere.parts_1 DEFAULT;
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts SELECT i, 1 + i % 2 FROM generate_series(1, 9) i;
"""


@pytest.mark.slow
def test_partitions_that_are_left_out_need_not_be_readable(pg: Server, database: str, take: Capture) -> None:
    execute(database, f"{PARTS} CREATE ROLE plain LOGIN; GRANT SELECT ON t, parts, parts_2 TO plain")
    role = f"host={pg.socket} port={pg.port} user=plain dbname='{name_of(database)}'"
    assert [data.table.label for data in take(role, exclude=("parts",)).tables] == ["t"]
    with pytest.raises(TargetError, match=r"role plain may not read elsewhere.parts_1, elsewhere.parts_1a$"):
        take(role)


@pytest.mark.slow
def test_a_table_that_nobody_asked_for_is_not_locked(database: str, take: Capture, store: Store) -> None:
    execute(database, PARTS)
    taken = store.resolve(take(database, tables=("t",)).version)
    with psycopg.connect(database) as other:
        other.execute("LOCK TABLE ONLY elsewhere.parts_1a")
        with live_side(Target(database), taken.manifest) as live:
            assert len(live.tables) == 1


@pytest.mark.slow
def test_a_partition_that_is_being_detached_is_refused(database: str, take: Capture, store: Store) -> None:
    execute(database, PARTS)
    with psycopg.connect(database) as reader, psycopg.connect(database, autocommit=True) as owner:
        reader.execute("SELECT FROM parts")
        owner.execute("SET statement_timeout = 500")
        with pytest.raises(psycopg.errors.QueryCanceled):
            owner.execute("ALTER TABLE parts DETACH PARTITION parts_2 CONCURRENTLY")
    with pytest.raises(TargetError, match=r"partition parts_2 of table parts is being detached"):
        take(database)
    assert store.names() == ()
    take(database, exclude=("parts",))
    execute(database, "ALTER TABLE parts DETACH PARTITION parts_2 FINALIZE")
    assert {data.table.label: data.rows for data in take(database).tables} == {"parts": 4, "parts_2": 5, "t": 1}


@pytest.mark.parametrize("column", ["k", "id"])
def test_a_column_that_chooses_a_partition_of_any_level_has_no_mask(column: str, database: str, take: Capture) -> None:
    execute(database, PARTS)
    with pytest.raises(UsageError, match=rf"parts.{column}"):
        take(database, masks=(f"parts.{column}",))


@pytest.mark.slow
def test_keys_of_and_to_partitions_lead_to_tables(databases: Callable[[], str], take: Capture, store: Store) -> None:
    source, target = databases(), databases()
    execute(
        source,
        f"{PARTS} ALTER TABLE parts_2 ADD PRIMARY KEY (id), ADD FOREIGN KEY (id) REFERENCES t NOT VALID;"
        "CREATE TABLE a_note (part int REFERENCES parts_2)",
    )
    heard = Recorded()
    manifest = take(source, exclude=("t",), progress=heard)
    (left_out,) = (warning for warning in heard.warnings if "left out" in warning)
    assert left_out.startswith("table parts references t, which is not captured: the foreign key parts_2_id_fkey")
    assert [data.table.label for data in manifest.tables] == ["parts", "a_note"]
    restore(store.resolve(manifest.version), Target(target))
    heard = Recorded()
    take(source, exclude=("parts",), progress=heard)
    assert [warning.partition(":")[0] for warning in heard.warnings] == [
        "table a_note references parts, which is not captured"
    ]
