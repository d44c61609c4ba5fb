"""Test that indexes, constraints and foreign keys of every kind are the same after a load, also in cycles."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.errors import TargetError
from snap_restorer import Target, restore
from tests.cases.snapshots import snapshot, table
from tests.cases.targets import ROWS, Load, rows_of
from tests.postgres import execute

INDEXES = """
CREATE TABLE t (id int, v text COLLATE "C", during int4range DEFAULT 'empty', EXCLUDE USING gist (during WITH &&));
CREATE UNIQUE INDEX "part ial" ON t (id) WHERE v IS NOT NULL;
CREATE UNIQUE INDEX expression ON t (lower(v) COLLATE "POSIX" DESC NULLS LAST, (id + 1)) INCLUDE (v);
CREATE UNIQUE INDEX no_two_nulls ON t (v) NULLS NOT DISTINCT;
CREATE INDEX hashed ON t USING hash (v);
CREATE INDEX brinned ON t USING brin (id);
CREATE INDEX patterned ON t (v text_pattern_ops);
ALTER TABLE t ALTER id SET NOT NULL;
CREATE UNIQUE INDEX one ON t (id);
ALTER TABLE t ADD CONSTRAINT late UNIQUE (id) DEFERRABLE INITIALLY DEFERRED;
COMMENT ON INDEX hashed IS 'it''s'; CLUSTER t USING expression; ALTER TABLE t REPLICA IDENTITY USING INDEX one;
"""


@pytest.mark.slow
def test_indexes_and_constraints_of_every_make_stay_as_they_were(load: Load, database: str) -> None:
    described = """SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisvalid, i.indisreplident,
            obj_description(c.oid, 'pg_class'),
            (SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.conindid = c.oid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1"""
    execute(database, INDEXES)
    before = execute(database, described)
    assert len(before) == 9
    load("")
    assert execute(database, described) == before
    assert rows_of(database) == ROWS
    assert execute(database, "SET enable_seqscan = off; SELECT id FROM t WHERE v = 'b'") == [(5,)]


def test_rows_that_an_exclusion_constraint_forbids_leave_the_old_ones(load: Load, database: str) -> None:
    held = table("t", ("id", "int4range"))
    with pytest.raises(TargetError, match="conflicting key value violates exclusion constraint"):
        load("CREATE TABLE t (id int4range, EXCLUDE USING gist (id WITH &&))", (held, [("[1,5)",), ("[4,9)",)]))
    assert execute(database, "SELECT count(*) FROM t") == [(0,)]


CYCLE = [
    (table("a", ("id", "integer"), ("b", "integer")), [(1, 2), (2, 1)]),
    (table("b", ("id", "integer"), ("a", "integer")), [(1, 1), (2, 2)]),
]


@pytest.mark.parametrize("how", ["", "DEFERRABLE", "NOT VALID"])
def test_foreign_keys_in_a_cycle_are_loaded_and_stay_as_they_were(tmp_path: Path, database: str, how: str) -> None:
    made = snapshot(
        tmp_path,
        CYCLE,
        f"""CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int);
        ALTER TABLE a ADD CONSTRAINT "a to B" FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE {how};
        ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a {how};
        COMMENT ON CONSTRAINT "a to B" ON a IS 'it''s'; COMMENT ON CONSTRAINT b_a ON b IS 'it''s'""",
    )
    described = """SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid), obj_description(oid)
        FROM pg_constraint WHERE contype = 'f' ORDER BY 1"""
    execute(database, made.manifest.schema_sql)
    before = execute(database, described)
    restore(made, Target(database))
    restore(made, Target(database))
    assert execute(database, described) == before
    assert execute(database, "TABLE a") == CYCLE[0][1]


def test_a_cycle_with_a_missing_row_is_refused(tmp_path: Path, database: str) -> None:
    made = snapshot(
        tmp_path,
        [(CYCLE[0][0], [(1, 9)]), (CYCLE[1][0], [(1, 1)])],
        """CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b""",
    )
    with pytest.raises(TargetError, match="violates foreign key"):
        restore(made, Target(database))
    assert execute(database, "SELECT FROM pg_class WHERE relname = 'a'") == []


@pytest.mark.parametrize("how", ["", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED", "NOT VALID", "MATCH FULL"])
def test_foreign_keys_to_the_table_itself_and_in_circles(load: Load, database: str, how: str) -> None:
    tree = table("tree", ("id", "integer"), ("up", "integer"), ("best", "integer"))
    leaf = table("leaf", ("id", "integer"), ("tree", "integer"))
    described = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
    execute(
        database,
        f"""CREATE TABLE tree (id int PRIMARY KEY, up int, best int); CREATE TABLE leaf (id int PRIMARY KEY, tree int);
        ALTER TABLE tree ADD FOREIGN KEY (up) REFERENCES tree {how};
        ALTER TABLE tree ADD FOREIGN KEY (best) REFERENCES leaf {how};
        ALTER TABLE leaf ADD FOREIGN KEY (tree) REFERENCES tree {how}""",
    )
    before = execute(database, described)
    load("", (tree, [(1, 2, 11), (2, 2, None), (3, 1, 12)]), (leaf, [(11, 1), (12, 2)]))
    assert rows_of(database, "tree", "id, up, best") == [(1, 2, 11), (2, 2, None), (3, 1, 12)]
    assert execute(database, described) == before
    with pytest.raises(Exception, match="foreign key"):
        execute(database, "INSERT INTO leaf VALUES (13, 99)")
