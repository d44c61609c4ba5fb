"""Test that a clone is refused, in a real Postgres, if the target holds something that the clone would lose."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, clone_into, restore
from snap_restorer.clones import database_objects
from snap_restorer.dump.put_back import put_back
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.clones import leftovers, oid
from tests.cases.crew import CREW, CREW_ROWS, HELD, SQL, rows
from tests.cases.on_server import templates
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of
from tests.restorer.backing import taken

STRANGERS = {
    "CREATE TABLE other (i int)": "table public.other is not in the snapshot",
    "CREATE VIEW seen AS TABLE crew": "view public.seen is not in the snapshot",
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'": "function public.f(",
    "CREATE EXTENSION hstore": "extension hstore is not in the snapshot",
    'CREATE SCHEMA "Of mine"': 'schema "Of mine" is not in the snapshot',
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC": "default acl for role postgres on tables is not",
    "SELECT lo_create(4711)": "large object 4711 is not in the snapshot",
    "CREATE PUBLICATION p FOR TABLE crew": "publication p is not in the snapshot",
    "CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)": "subscription s is not",
    "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; "
    "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION e()": "event trigger e is not in the snapshot",
    "CREATE TYPE snap.t AS ENUM ('a')": "type snap.t is not in the snapshot",
    "CREATE TABLE snap.mine (i int)": "table snap.mine is not in the snapshot",
    "CREATE STATISTICS st ON id, boss FROM crew": "statistics object public.st is not in the snapshot",
    "CREATE INDEX ON crew (boss)": "index public.crew_boss_idx is not in the snapshot",
    "ALTER TABLE crew ADD extra int": "table column public.crew.extra is not in the snapshot",
    "ALTER TABLE crew ALTER boss SET DEFAULT 1": "table column public.crew.boss differs from the snapshot",
    "ALTER TABLE crew ALTER boss SET STATISTICS 5": "table column public.crew.boss differs from the snapshot",
    "ALTER TABLE crew SET (fillfactor = 50)": "table public.crew differs from the snapshot",
    "ALTER TABLE crew ADD CHECK (id > 0)": "table constraint crew_id_check on public.crew is not in",
    "ALTER TABLE note DISABLE TRIGGER counted": "trigger counted on public.note differs from the snapshot",
    "ALTER TABLE note DISABLE TRIGGER ALL": "disabled trigger of constraint note_crew_id_fkey on public.note is not",
    "CREATE POLICY p ON crew": "policy p on public.crew is not in the snapshot",
    "CREATE RULE r AS ON DELETE TO crew DO NOTHING": "rule r on public.crew is not in the snapshot",
    "COMMENT ON COLUMN crew.id IS 'x'": "comment on table column public.crew.id is not in the snapshot",
    "ALTER TYPE mood ADD VALUE 'angry'": "type public.mood differs from the snapshot",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)": "operator public.===",
    "CREATE COLLATION c (LOCALE = 'C')": "collation public.c is not in the snapshot",
    "CREATE TEXT SEARCH CONFIGURATION tc (COPY = english)": "text search configuration public.tc is not",
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s": (
        "server s is not in the snapshot"
    ),
    "CREATE CAST (mood AS text) WITH INOUT": "cast (public.mood AS pg_catalog.text) is not in the snapshot",
}


def test_rows_of_a_table_beyond_the_snapshot_are_refused_by_name(small: Snapshot, database: str, admin: str) -> None:
    restore(small, Target(database))
    execute(database, "CREATE TABLE other (i int); INSERT INTO other SELECT generate_series(1, 1200)")
    with pytest.raises(TargetError, match=r"remove these tables, which v1 does not contain: other \(1,200 rows\)") as e:
        clone_into(small, Target(database))
    assert (e.value.option, e.value.unchanged) == ("clone", True)
    restore(small, Target(database))  # which leaves the table alone
    assert execute(database, "SELECT count(*) FROM other") == [(1200,)]


@pytest.mark.slow
def test_whatever_is_outside_the_snapshot_is_found_by_name(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    with psycopg.connect(database) as connection:
        before = database_objects.listing(connection)
    for made in STRANGERS:
        execute(database, made)
    try:
        with psycopg.connect(database) as connection:
            found = database_objects.lost_objects(database_objects.listing(connection), before)
        for line in STRANGERS.values():
            assert [name for name in found if name.startswith(line)], (line, found)
    finally:
        execute(database, "ALTER SUBSCRIPTION s SET (slot_name = NONE)")
        execute(database, "DROP SUBSCRIPTION s")


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"guard": Guard(yes=True)}])
def test_what_is_outside_the_snapshot_is_refused(
    small: Snapshot, database: str, admin: str, options: dict[str, bool]
) -> None:
    execute(database, SQL + "CREATE TABLE other (i int)")
    before = oid(database)
    with pytest.raises(
        TargetError, match=r"which a restore of the rows alone keeps:\n- table public.other is not in the snapshot"
    ) as refused:
        clone_into(small, Target(database), Request(**options))
    assert refused.value.unchanged
    assert (oid(database), leftovers(admin)) == (before, [])


@pytest.mark.slow
def test_a_dry_run_refuses_what_is_outside_the_snapshot_once_a_template_is_there(
    small: Snapshot, database: str, admin: str
) -> None:
    clone_into(small, Target(database))
    execute(database, "CREATE TABLE other (i int)")
    before = oid(database)
    with pytest.raises(TargetError, match=r"keeps:\n- table public.other is not in the snapshot"):
        clone_into(small, Target(database), Request(dry_run=True))
    assert (oid(database), leftovers(admin)) == (before, [])


@pytest.mark.slow
def test_all_strangers_are_in_one_message_and_long_lists_are_cut(small: Snapshot, database: str, admin: str) -> None:
    execute(database, ";".join(f"CREATE TABLE t{i:02} ()" for i in range(30)))
    with pytest.raises(TargetError) as refused:
        clone_into(small, Target(database))
    lines = refused.value.message.splitlines()
    assert lines[1] == "- table public.t00 is not in the snapshot"
    assert lines[-1] == "- and 10 more"


@pytest.mark.slow
def test_rows_that_snap_did_not_put_there_are_refused_unless_told(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    execute(database, "INSERT INTO crew (name) VALUES ('x')")
    for dry_run in (True, False):
        with pytest.raises(TargetError, match="crew has 4, 1 more than snap put there"):
            clone_into(small, Target(database), Request(dry_run=dry_run))
    assert clone_into(small, Target(database), Request(guard=Guard(yes=True))).tables[1].deleted == 4
    execute(database, "INSERT INTO crew (name) VALUES ('x')")
    assert clone_into(small, Target(database), Request(guard=Guard(allowed=("*/*",)))).tables[1].deleted == 4
    with pytest.raises(TargetError, match="is protected: nothing may replace"):
        clone_into(small, Target(database), Request(guard=Guard(yes=True, protected=("*/test*",))))


@pytest.mark.slow
def test_an_unchanged_clone_of_another_version_is_replaced(
    small: Snapshot, database: str, admin: str, tmp_path: Path
) -> None:
    clone_into(small, Target(database))
    other = snapshot(
        tmp_path / "other", [(CREW, CREW_ROWS[1:])], SQL.split("CREATE TABLE note")[0], version="v2", enums=()
    )
    clone_into(other, Target(database))
    assert execute(database, "SELECT to_regclass('note') IS NULL, (SELECT count(*) FROM crew)") == [(True, 2)]
    assert len(templates(admin)) == 2
    clone_into(small, Target(database))
    assert rows(database) == HELD
    execute(database, "CREATE TABLE mine (i int)")
    with pytest.raises(TargetError, match=r"table public\.mine is not in the snapshot"):
        clone_into(other, Target(database))


@pytest.mark.slow
def test_rows_that_the_schema_itself_brings_are_no_strangers(tmp_path: Path, database: str, admin: str) -> None:
    made = snapshot(
        tmp_path,
        [(CREW, CREW_ROWS)],
        SQL.split("CREATE TABLE note")[0] + "CREATE TABLE migrations (n int); INSERT INTO migrations VALUES (1), (2)",
        enums=(),
    )
    trusting = Request(trust_code=True)
    clone_into(made, Target(database), trusting)
    clone_into(made, Target(database), trusting)
    execute(database, "INSERT INTO migrations VALUES (3)")
    with pytest.raises(TargetError, match="migrations has 3, 1 more than snap put there"):
        clone_into(made, Target(database), trusting)


def test_a_database_that_takes_no_connections_is_refused(small: Snapshot, database: str, admin: str) -> None:
    execute(admin, f'ALTER DATABASE "{name_of(database)}" ALLOW_CONNECTIONS false')
    with pytest.raises(TargetError, match="accepts no connections"):
        clone_into(small, Target(database))


@pytest.mark.slow
def test_what_a_backup_brought_back_in_another_spelling_is_no_loss(tmp_path: Path, database: str) -> None:
    sql = """CREATE TABLE t (d date, kind varchar(9) CHECK (kind IN ('a', 'b')));
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
    CREATE TRIGGER t AFTER UPDATE ON t FOR EACH ROW WHEN ((old.d, old.kind, 1) IS DISTINCT FROM (new.d, new.kind, 2))
    EXECUTE FUNCTION f();"""
    held = snapshot(
        tmp_path, [(table("t", ("d", "date"), ("kind", "character varying(9)")), [(3, "a")])], sql, enums=()
    )
    clone_into(held, Target(database))
    put_back(Target(database), taken(database))
    clone_into(held, Target(database))
    execute(database, "DROP TRIGGER t ON t")
    execute(
        database,
        "CREATE TRIGGER t AFTER UPDATE ON t FOR EACH ROW WHEN (old.d IS DISTINCT FROM new.d) EXECUTE FUNCTION f()",
    )
    with pytest.raises(TargetError, match=r"trigger t on public\.t differs from the snapshot"):
        clone_into(held, Target(database))
