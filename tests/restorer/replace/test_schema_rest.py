"""Test that a schema created by a restore has no constraints until all rows are loaded, and is complete at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from snap.errors import ServiceError, TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.params import few
from tests.postgres import execute, name_of
from tests.progress import Recorded

P, C = table("p", ("id", "integer")), table("c", ("id", "integer"), ("p", "integer"))
P_ROWS, C_ROWS = [(1,), (2,)], [(1, 1), (2, 2), (3, 99)]
SQL = """
CREATE TABLE p (id int);
CREATE TABLE c (id int, p int);
ALTER TABLE p ADD PRIMARY KEY (id);
CREATE INDEX c_p ON c (p);
ALTER TABLE c ADD CONSTRAINT few CHECK (id < 3) NOT VALID;
ALTER TABLE c ADD CONSTRAINT known FOREIGN KEY (p) REFERENCES p NOT VALID;
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
CREATE TRIGGER no BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION no();
ALTER TABLE c ENABLE ALWAYS TRIGGER no;
"""


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    return snapshot(tmp_path, [(C, C_ROWS), (P, P_ROWS)], SQL)


@pytest.fixture
def owner(database: str) -> str:
    """Return the test's database as its owner, who is no superuser."""
    execute(
        database,
        f"CREATE ROLE plain LOGIN CREATEDB PASSWORD 'wrong horse'; ALTER DATABASE \"{name_of(database)}\" "
        "OWNER TO plain",
    )
    return make_conninfo(database, user="plain", password="wrong horse")


def held(url: str) -> list[object]:
    """Return the dependent objects of the tables, and the rows."""
    return [
        execute(
            url,
            "SELECT conname, convalidated::text FROM pg_constraint WHERE conrelid IN ('c'::regclass, 'p'::regclass) "
            "AND contype IN ('c', 'f', 'p') UNION ALL SELECT relname, '' FROM pg_class WHERE relname = 'c_p' "
            "UNION ALL SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
        ),
        execute(url, "TABLE c ORDER BY 1"),
        execute(url, "TABLE p ORDER BY 1"),
    ]


ALL = [
    [("c_p", ""), ("few", "false"), ("known", "false"), ("no", "A"), ("p_pkey", "true")],
    C_ROWS,
    P_ROWS,
]


@pytest.mark.slow
def test_rows_that_break_what_is_not_valid_come_with_it(made: Snapshot, database: str) -> None:
    restore(made, Target(database))
    assert held(database) == ALL


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_owner_gets_the_same(made: Snapshot, owner: str, jobs: int) -> None:
    restore(made, Target(owner), Request(jobs=jobs))
    assert held(owner) == ALL


@pytest.mark.slow
@pytest.mark.parametrize("jobs", few([1, 2], 1))
def test_a_clones_template_gets_the_same(made: Snapshot, owner: str, jobs: int) -> None:
    clone_into(made, Target(owner), Request(jobs=jobs))
    assert held(owner) == ALL


@pytest.mark.slow
def test_what_an_unfinished_restore_left_to_create_is_created_by_the_next(
    made: Snapshot, owner: str, tmp_path: Path
) -> None:
    class Stops(Recorded):
        def advance(self, name: str, amount: int) -> None:
            raise ServiceError("stopped", "")

    with pytest.raises(ServiceError, match="stopped"):
        restore(made, Target(owner), Request(jobs=2), progress=Stops())
    assert execute(owner, "SELECT conname FROM pg_constraint WHERE conname IN ('few', 'known')") == []
    other = snapshot(tmp_path / "other", [(C, C_ROWS), (P, P_ROWS)], SQL.replace("few", "two"), version="v2")
    with pytest.raises(TargetError, match="the schema that it began to create is not that of v2") as refused:
        restore(other, Target(owner))
    assert refused.value.hint == "restore v1 again first"
    restore(made, Target(owner))
    assert held(owner) == ALL


def test_rows_that_break_what_is_valid_are_refused_by_the_name_of_it(tmp_path: Path, owner: str) -> None:
    strict = snapshot(tmp_path, [(C, C_ROWS), (P, P_ROWS)], SQL.replace("NOT VALID", ""))
    with pytest.raises(
        TargetError, match='cannot be created: check constraint "few" of relation "c" is viol'
    ) as refused:
        restore(strict, Target(owner))
    assert refused.value.unchanged
    assert "change the rows, or the constraint" in refused.value.hint
    assert execute(owner, "SELECT to_regclass('c')") == [(None,)]


def test_a_check_finds_its_functions_by_the_roles_own_path(tmp_path: Path, database: str, owner: str) -> None:
    execute(database, f'ALTER DATABASE "{name_of(database)}" SET search_path = public, tools')
    execute(owner, "CREATE SCHEMA tools; CREATE FUNCTION tools.twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1'")
    sql = """CREATE TABLE p (id int);
        CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN twice($1); END';
        ALTER TABLE p ADD CHECK (f(id) > 0)"""
    restore(snapshot(tmp_path, [(P, P_ROWS)], sql), Target(owner))
    assert execute(owner, "SELECT convalidated FROM pg_constraint WHERE conname = 'p_id_check'") == [(True,)]


def test_keys_that_close_a_cycle_through_partitions_are_created_after_the_rows(tmp_path: Path, database: str) -> None:
    sql = """CREATE TABLE p (id int NOT NULL); CREATE TABLE c (id int NOT NULL, p int) PARTITION BY RANGE (id);
        CREATE TABLE c_1 (id int NOT NULL, p int); ALTER TABLE c ATTACH PARTITION c_1 DEFAULT;
        ALTER TABLE p ADD PRIMARY KEY (id); ALTER TABLE c ADD PRIMARY KEY (id);
        ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p; ALTER TABLE p ADD FOREIGN KEY (id) REFERENCES c"""
    restore(snapshot(tmp_path, [(C, C_ROWS[:2]), (P, P_ROWS)], sql), Target(database))
    assert execute(database, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0") == [(2,)]


def test_a_superuser_evaluates_nothing_over_rows_that_was_not_looked_at(tmp_path: Path, database: str) -> None:
    evaluated = "CREATE TABLE p (id int); ALTER TABLE p ADD CHECK (pg_catalog.lo_creat(-1) = 0)"
    with pytest.raises(TargetError, match=r"runs function lo_creat\(integer\)"):
        restore(snapshot(tmp_path, [(P, P_ROWS)], evaluated), Target(database))
    with pytest.raises(TargetError, match="is violated by some row"):
        restore(snapshot(tmp_path / "again", [(P, P_ROWS)], evaluated), Target(database), Request(trust_code=True))


def test_a_view_is_filled_unless_the_source_never_filled_it(tmp_path: Path, database: str) -> None:
    sql = """-- never filled: materialised view "Odd one"
        --
        -- Name: x; Type: TABLE; Schema: public; Owner: -
        --
        CREATE TABLE p (id int);
        CREATE MATERIALIZED VIEW "Odd one" AS SELECT id FROM p WITH NO DATA;
        CREATE UNIQUE INDEX ON "Odd one" (id);
        CREATE MATERIALIZED VIEW filled AS SELECT id FROM p WITH NO DATA;"""
    restore(snapshot(tmp_path, [(P, P_ROWS)], sql.replace("        ", "")), Target(database))
    assert execute(database, "TABLE filled") == P_ROWS
    assert execute(database, "SELECT relname::text FROM pg_class WHERE NOT relispopulated") == [("Odd one",)]
