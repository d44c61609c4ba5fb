"""Test loading tables of every kind: parents, children by inheritance, partitions, typed, unlogged, odd names."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.store import Snapshot
from snap_restorer import Target, restore
from tests.cases.crew import SQL
from tests.cases.snapshots import snapshot, table
from tests.cases.targets import ROWS, Load, T, rows_of
from tests.postgres import execute


def test_parents_and_heirs_each_hold_their_own_rows(load: Load, database: str) -> None:
    heir = table("heir", ("id", "integer"), ("v", "text"), ("more", "text"))
    load(
        """CREATE TABLE t (id int, v text); CREATE TABLE heir (more text) INHERITS (t);
        CREATE TABLE outside () INHERITS (t); INSERT INTO outside VALUES (9, 'mine')""",
        (T, ROWS),
        (heir, [(7, "h", "m")]),
    )
    assert rows_of(database, "ONLY t") == ROWS
    assert rows_of(database, "ONLY heir", "id, v, more") == [(7, "h", "m")]
    assert rows_of(database, "outside") == [(9, "mine")]


@pytest.mark.slow
def test_a_tree_of_partitions_of_other_shapes_takes_the_rows(load: Load, database: str) -> None:
    load(
        """CREATE TABLE t (gone int, id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
        ALTER TABLE t DROP gone;
        CREATE TABLE low (v text, extra int, id int NOT NULL) PARTITION BY HASH (id); ALTER TABLE low DROP extra;
        CREATE TABLE low_0 PARTITION OF low FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE low_1 PARTITION OF low FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        ALTER TABLE t ATTACH PARTITION low FOR VALUES FROM (0) TO (5);
        CREATE TABLE high PARTITION OF t FOR VALUES FROM (5) TO (99);
        CREATE INDEX ON t (v)"""
    )
    assert rows_of(database) == ROWS
    assert execute(database, "SELECT id FROM high") == [(5,)]


@pytest.mark.slow
def test_leaves_of_a_tree_that_the_snapshot_names_are_loaded_alone(load: Load, database: str) -> None:
    leaf = table("low", ("id", "integer"), ("v", "text"))
    execute(
        database,
        """CREATE TABLE t (id int, v text) PARTITION BY RANGE (id);
        CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
        CREATE TABLE high PARTITION OF t DEFAULT; INSERT INTO high VALUES (99, 'mine')""",
    )
    load("", (leaf, ROWS))
    assert rows_of(database) == [*ROWS, (99, "mine")]


NAMES = (
    "select",
    "Table",
    "user",
    "a b",
    'q"uo"te',
    "it's",
    "%s",
    "{}",
    "$1",
    "a.b",
    ";--",
    "ünï😀",
    "x" * 63,
    "\\",
    "\t\n",
)


@pytest.mark.slow
def test_hostile_names_of_schemas_tables_columns_and_sequences(load: Load, database: str) -> None:
    def quoted(name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    tables, sql = [], ""
    for name in NAMES:
        held = table(name, *((column, "integer") for column in NAMES), schema=name)
        tables.append((held, [range(len(NAMES)), range(1, len(NAMES) + 1)]))
        columns = ", ".join(f"{quoted(column)} serial" for column in NAMES)
        q = quoted(name)
        sql += f"CREATE SCHEMA {q}; CREATE TABLE {q}.{q} ({columns}, UNIQUE ({q}));"
        sql += f"CREATE TRIGGER {q} AFTER INSERT ON {q}.{q} FOR EACH ROW EXECUTE FUNCTION no();"
        sql += f"ALTER TABLE {q}.{q} FORCE ROW LEVEL SECURITY;"
    body = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;"
    load(body + sql, *tables)
    for name in NAMES:
        q = quoted(name)
        found = execute(database, f"SELECT * FROM {q}.{q} ORDER BY 1")
        assert found == [tuple(range(len(NAMES))), tuple(range(1, len(NAMES) + 1))]
    assert execute(database, "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal") == [
        (len(NAMES),)
    ]
    assert execute(database, 'SELECT nextval(\'"select"."select_Table_seq"\')') == [(3,)]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE UNLOGGED TABLE t (id int, v text)",
        "CREATE TYPE row_of_t AS (id int, v text); CREATE TABLE t OF row_of_t (PRIMARY KEY (id))",
        "CREATE TABLE t (id int, v text) WITH (fillfactor = 10, autovacuum_enabled = false)",
        "CREATE TABLE t (id int, v text); ALTER TABLE t ALTER v SET STORAGE EXTERNAL, ALTER v SET COMPRESSION pglz",
        "CREATE TABLE t (id int, v text); ALTER TABLE t REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE t",
        "CREATE TABLE t (id int, v text); CREATE STATISTICS s ON id, v FROM t; ALTER TABLE t ALTER v SET STATISTICS 7",
    ],
)
def test_tables_of_other_makes_take_the_rows_and_stay_what_they_are(load: Load, database: str, sql: str) -> None:
    execute(database, sql)
    described = """SELECT relpersistence, relreplident, reloptions, reloftype::regtype::text,
            (SELECT array_agg((attstorage, attcompression, attstattarget)::text ORDER BY attnum)
             FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)
        FROM pg_class c WHERE oid = 't'::regclass"""
    before = execute(database, described)
    load("")
    assert rows_of(database) == ROWS
    assert execute(database, described) == before


def test_partitions_take_the_rows_and_their_triggers_stay(tmp_path: Path, database: str) -> None:
    made = snapshot(
        tmp_path,
        [(table("p", ("id", "integer")), [(1,), (15,)])],
        """CREATE TABLE p (id int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p DEFAULT;
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER no BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION no();
        ALTER TABLE p2 DISABLE TRIGGER no; ALTER TABLE p1 ENABLE ALWAYS TRIGGER no""",
    )
    for _ in range(2):
        restore(made, Target(database))
    assert execute(database, "SELECT tableoid::regclass::text, id FROM p ORDER BY 2") == [("p1", 1), ("p2", 15)]
    states = execute(database, "SELECT tgrelid::regclass::text, tgenabled FROM pg_trigger ORDER BY 1")
    assert states == [("p", "O"), ("p1", "A"), ("p2", "D")]


def test_heirs_outside_the_snapshot_keep_their_rows(small: Snapshot, database: str) -> None:
    execute(database, SQL + "CREATE TABLE heir () INHERITS (note); INSERT INTO heir VALUES (1, 1, 'x', 'ok')")
    restore(small, Target(database))
    assert execute(database, "SELECT count(*) FROM heir") == [(1,)]
