"""Whole databases replaced by copies of a template, in a real Postgres: what is carried over, what is refused."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

import snap_restorer
from snap.errors import SnapError, TargetError
from snap.progress import Silent
from snap.store import Snapshot, Store
from snap_restorer import Server, Target, clone_into
from snap_restorer.clones import database_objects, databases, template
from snap_restorer.clones.cloning import clone_steps
from snap_restorer.clones.job import CloneJob
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases import toy
from tests.cases.crew import CREW, CREW_ROWS, HELD, NOTE, NOTE_ROWS, SQL, rows
from tests.cases.databases import described, templates
from tests.cases.snapshots import snapshot, table
from tests.paths import ROOT
from tests.postgres import bouncer, bouncer_program, execute, name_of
from tests.progress import Recorded
from tests.threads import at_once

STEPS = (
    *("template created", "template filled", "template recorded", "template ready", "locked"),
    *("copy created", "copy prepared", "swapped", "old dropped"),
)


def leftovers(admin: str) -> list[str]:
    found = execute(admin, "SELECT datname FROM pg_database WHERE datname ~ '^snap_(new|old)_'")
    return [name for (name,) in found]


def oid(url: str) -> int:
    return execute(url, "SELECT oid::bigint FROM pg_database WHERE datname = current_database()")[0][0]


def job(small: Snapshot, url: str, **options: Any) -> CloneJob:
    target = Target(url)
    request = Request(**{"lock_timeout_s": 1, **options})
    name = databases.name_of(target)
    return CloneJob(snapshot=small, target=target, name=name, request=request, shift_days=0, progress=Silent())


def run_to(small: Snapshot, url: str, step: str) -> Any:
    """Start a clone and stop after `step`; gives what is left of it."""
    steps = clone_steps(job(small, url))
    while next(steps) != step:
        pass
    return steps


def test_a_second_clone_equals_the_first_and_uses_the_same_template(small: Snapshot, database: str, admin: str) -> None:
    result = clone_into(small, Target(database))
    assert rows(database) == HELD
    assert (result.schema_created, result.verified, result.mode, result.version) == (True, "counts", "replace", "v1")
    assert [(t.name, t.rows, t.inserted, t.deleted) for t in result.tables] == [("note", 2, 2, 0), ("crew", 3, 3, 0)]
    (made,) = templates(admin)
    first = oid(database)
    again = clone_into(small, Target(database))
    assert rows(database) == HELD
    assert not again.schema_created
    assert [(t.name, t.inserted, t.deleted) for t in again.tables] == [("note", 2, 2), ("crew", 3, 3)]
    assert templates(admin) == [made]
    assert oid(database) != first
    assert leftovers(admin) == []


def test_the_ledger_tells_of_the_clone(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    last = "SELECT version, digest, mode, state, rows, now() - loaded_at < '1 minute' FROM snap.ledger ORDER BY id DESC"
    assert execute(database, last)[0] == ("v1", small.manifest.digest, "clone", "done", {"crew": 3, "note": 2}, True)
    (before,) = execute(database, "SELECT max(loaded_at) FROM snap.ledger")[0]
    clone_into(small, Target(database))
    assert execute(database, "SELECT max(loaded_at) FROM snap.ledger")[0][0] > before


def test_a_clone_is_replaced_in_place_and_back(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    assert [t.deleted for t in snap_restorer.restore(small, Target(database)).tables] == [2, 3]
    assert [t.deleted for t in clone_into(small, Target(database)).tables] == [2, 3]
    assert rows(database) == HELD


def test_a_database_that_is_not_there_is_created(small: Snapshot, pg: Server, admin: str) -> None:
    url = pg.url("made by clone")
    try:
        result = clone_into(small, Target(url))
        assert rows(url) == HELD
        assert (result.schema_created, [t.deleted for t in result.tables]) == (True, [0, 0])
        assert described(url, "made by clone") is None
    finally:
        execute(admin, 'DROP DATABASE IF EXISTS "made by clone"')


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ['Se"lect; -- %s {}', " ", "it's\\ a = 'b'", "SELECT", "ä" * 31 + "x", "postgresql://x"]
)
def test_hostile_database_names(small: Snapshot, pg: Server, admin: str, name: str) -> None:
    target = Target(psycopg.conninfo.make_conninfo(pg.url("postgres"), dbname=name))
    quoted = name.replace('"', '""')
    if "://" in name:
        target = Target(pg.url(name))
    execute(admin, f'CREATE DATABASE "{quoted}"')
    try:
        clone_into(small, target)
        clone_into(small, target)
        assert rows(target.conninfo) == HELD
        assert leftovers(admin) == []
    finally:
        execute(admin, f'DROP DATABASE "{quoted}"')


def test_a_migrated_database_that_holds_the_same_is_replaced(small: Snapshot, database: str, admin: str) -> None:
    execute(database, SQL)
    snap_restorer.restore(small, Target(database))
    assert [t.deleted for t in clone_into(small, Target(database)).tables] == [2, 3]
    assert rows(database) == HELD


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
    "ALTER TABLE crew ALTER boss SET DEFAULT 1": "table column public.crew.boss is not as in the snapshot",
    "ALTER TABLE crew ALTER boss SET STATISTICS 5": "table column public.crew.boss is not as in the snapshot",
    "ALTER TABLE crew SET (fillfactor = 50)": "table public.crew is not as in the snapshot",
    "ALTER TABLE crew ADD CHECK (id > 0)": "table constraint crew_id_check on public.crew is not in",
    "ALTER TABLE note DISABLE TRIGGER counted": "trigger counted on public.note is not as in the snapshot",
    "ALTER TABLE note DISABLE TRIGGER ALL": "disabled trigger of constraint note_crew_id_fkey on public.note is not",
    "CREATE POLICY p ON crew": "policy p on public.crew is not in the snapshot",
    "CREATE RULE r AS ON DELETE TO crew DO NOTHING": "rule r on public.crew is not in the snapshot",
    "COMMENT ON COLUMN crew.id IS 'x'": "comment on table column public.crew.id is not in the snapshot",
    "ALTER TYPE mood ADD VALUE 'angry'": "type public.mood is not as in the snapshot",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)": "operator public.===",
    "CREATE COLLATION c (LOCALE = 'C')": "collation public.c is not in the snapshot",
    "CREATE TEXT SEARCH CONFIGURATION tc (COPY = english)": "text search configuration public.tc is not",
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s": (
        "server s is not in the snapshot"
    ),
    "CREATE CAST (mood AS text) WITH INOUT": "cast (public.mood AS pg_catalog.text) is not in the snapshot",
}


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


@pytest.mark.parametrize("options", [{}, {"guard": Guard(yes=True)}])
def test_what_is_outside_the_snapshot_is_refused(
    small: Snapshot, database: str, admin: str, options: dict[str, bool]
) -> None:
    execute(database, SQL + "CREATE TABLE other (i int)")
    before = oid(database)
    with pytest.raises(
        TargetError, match=r"a copy of the template would lose:\n- table public.other is not in the snapshot"
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
    with pytest.raises(TargetError, match=r"lose:\n- table public.other is not in the snapshot"):
        clone_into(small, Target(database), Request(dry_run=True))
    assert (oid(database), leftovers(admin)) == (before, [])


def test_all_strangers_are_in_one_message_and_long_lists_are_cut(small: Snapshot, database: str, admin: str) -> None:
    execute(database, ";".join(f"CREATE TABLE t{i:02} ()" for i in range(30)))
    with pytest.raises(TargetError) as refused:
        clone_into(small, Target(database))
    lines = refused.value.message.splitlines()
    assert lines[1] == "- table public.t00 is not in the snapshot"
    assert lines[-1] == "- and 10 more"


def test_rows_that_snap_did_not_put_there_are_refused_unless_told(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    execute(database, "INSERT INTO crew (name) VALUES ('x')")
    for dry_run in (True, False):
        with pytest.raises(TargetError, match=r"crew 4 \(snap put 3 there\)"):
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


def test_rows_that_the_schema_itself_brings_are_no_strangers(tmp_path: Path, database: str, admin: str) -> None:
    made = snapshot(
        tmp_path,
        [(CREW, CREW_ROWS)],
        SQL.split("CREATE TABLE note")[0] + "CREATE TABLE migrations (n int); INSERT INTO migrations VALUES (1), (2)",
        enums=(),
    )
    clone_into(made, Target(database))
    clone_into(made, Target(database))
    execute(database, "INSERT INTO migrations VALUES (3)")
    with pytest.raises(TargetError, match=r"migrations 3 \(snap put 2 there\)"):
        clone_into(made, Target(database))


DESCRIBED = """SELECT pg_get_userbyid(datdba), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a),
    datconnlimit, datistemplate, pg_encoding_to_char(encoding),
    datcollate, datctype, shobj_description(d.oid, 'pg_database'),
    (SELECT array_agg(setrole::regrole || ': ' || setting ORDER BY setrole::regrole || ': ' || setting)
     FROM pg_db_role_setting s, unnest(setconfig) setting WHERE setdatabase = d.oid)
    FROM pg_database d WHERE datname = current_database()"""


@pytest.fixture
def roles(pg: Server, database: str) -> Callable[[str], Target]:
    """Three roles: `maker` may create databases, `app` and `reader` may not; gives a target as one of them."""
    execute(
        database, "CREATE ROLE maker LOGIN CREATEDB PASSWORD 'p@ss%word'; CREATE ROLE app LOGIN PASSWORD 'p@ss%word'"
    )
    execute(database, 'CREATE ROLE "Reader ""1" LOGIN')
    return lambda role: Target(
        f"host=127.0.0.1 port={pg.port} user={role} password='p@ss%word' dbname='{name_of(database)}'"
    )


def test_the_databases_own_settings_owner_and_privileges_are_carried_over(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    name = f'"{name_of(database)}"'
    execute(
        database,
        f"""ALTER DATABASE {name} OWNER TO app;
        ALTER DATABASE {name} SET search_path = "$user", public, "Odd, one";
        ALTER DATABASE {name} SET work_mem = '7MB'; ALTER DATABASE {name} SET app.tenant = 'it''s';
        ALTER DATABASE {name} SET "TimeZone" = 'Asia/Tokyo';
        ALTER ROLE "Reader ""1" IN DATABASE {name} SET search_path = '';
        ALTER ROLE app IN DATABASE {name} SET statement_timeout = '90s';
        REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT TEMPORARY ON DATABASE {name} TO PUBLIC;
        GRANT CONNECT ON DATABASE {name} TO maker WITH GRANT OPTION;
        SET ROLE maker; GRANT CONNECT ON DATABASE {name} TO "Reader ""1"; RESET ROLE;
        COMMENT ON DATABASE {name} IS 'it''s the "staging" one';
        ALTER DATABASE {name} CONNECTION LIMIT 7; ALTER DATABASE {name} IS_TEMPLATE true""",
    )
    before = execute(database, DESCRIBED)
    for _ in range(2):
        clone_into(small, Target(database))
    assert execute(database, DESCRIBED) == before
    assert rows(database) == HELD


def test_owners_and_privileges_of_what_it_holds_are_carried_over(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    execute(
        database,
        SQL
        + f"""CREATE VIEW seen AS SELECT id FROM crew;
        ALTER SCHEMA public OWNER TO app; ALTER TABLE crew OWNER TO app; ALTER VIEW seen OWNER TO maker;
        ALTER FUNCTION counted() OWNER TO app; ALTER TYPE mood OWNER TO app;
        GRANT USAGE ON SCHEMA public TO "Reader ""1" WITH GRANT OPTION;
        GRANT SELECT ON crew TO "Reader ""1"; GRANT UPDATE (name) ON crew TO PUBLIC; REVOKE ALL ON note FROM postgres;
        GRANT USAGE ON SEQUENCE note_id_seq TO app; REVOKE EXECUTE ON FUNCTION counted() FROM PUBLIC;
        REVOKE USAGE ON TYPE mood FROM PUBLIC; REVOKE CREATE ON DATABASE "{name_of(database)}" FROM PUBLIC""",
    )
    with_view = SQL + "CREATE VIEW seen AS SELECT id FROM crew"
    made = snapshot(small.folder.parent / "view", [(NOTE, NOTE_ROWS), (CREW, CREW_ROWS)], with_view)
    described = """SELECT name, owner::regrole::text, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(acl) a)
        FROM (
            SELECT relname, relowner, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT attname, 0, attacl FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid > 16384
            UNION ALL SELECT proname, proowner, proacl FROM pg_proc WHERE oid > 16384
            UNION ALL SELECT typname, typowner, typacl FROM pg_type WHERE typnamespace = 'public'::regnamespace
            UNION ALL SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'public'
        ) AS held (name, owner, acl) ORDER BY 1, 2, 3"""
    before = execute(database, described)
    for _ in range(2):
        clone_into(made, Target(database))
        assert execute(database, described) == before
    assert execute(database, "SELECT has_table_privilege('Reader \"1', 'crew', 'SELECT')") == [(True,)]


def test_changed_privileges_of_a_system_function_are_refused_by_name(
    small: Snapshot, database: str, admin: str
) -> None:
    execute(database, "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC")
    with pytest.raises(TargetError, match=r"function pg_catalog.pg_sleep\("):
        clone_into(small, Target(database))
    assert leftovers(admin) == []


def test_a_role_that_may_create_databases_is_no_superuser(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    execute(database, f'ALTER DATABASE "{name_of(database)}" OWNER TO maker')
    for _ in range(2):
        clone_into(small, roles("maker"))
    assert rows(roles("maker").conninfo) == HELD
    ((owner,),) = execute(admin, "SELECT datdba::regrole::text FROM pg_database WHERE datname LIKE 'snap\\_tpl%'")
    assert owner == "maker"
    clone_into(small, Target(database))
    assert len(templates(admin)) == 2
    assert execute(database, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("maker",)]


def test_a_member_of_the_owning_role_keeps_its_owner(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    execute(database, f'GRANT app TO maker; ALTER DATABASE "{name_of(database)}" OWNER TO app')
    clone_into(small, roles("maker"))
    assert execute(database, DESCRIBED)[0][0] == "app"


def test_a_role_without_the_right_is_told_so(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    with pytest.raises(TargetError, match="role app may not create databases") as refused:
        clone_into(small, roles("app"))
    assert refused.value.option == "clone"
    with pytest.raises(TargetError, match="belongs to postgres, whose rights role maker does not have"):
        clone_into(small, roles("maker"))
    assert templates(admin) == []


def test_settings_that_this_role_may_not_carry_over_are_refused(
    small: Snapshot, database: str, admin: str, roles: Callable[[str], Target]
) -> None:
    name = f'"{name_of(database)}"'
    execute(database, f"ALTER DATABASE {name} OWNER TO maker; ALTER ROLE app IN DATABASE {name} SET work_mem = '1MB'")
    before = oid(database)
    with pytest.raises(TargetError, match="cannot be carried over"):
        clone_into(small, roles("maker"))
    assert (oid(database), leftovers(admin)) == (before, [])


@pytest.mark.slow
def test_a_session_in_the_target_is_named_and_never_ended(small: Snapshot, database: str, admin: str) -> None:
    with psycopg.connect(database, application_name="a web app") as other:
        pid = other.info.backend_pid
        for options in ({}, {"guard": Guard(yes=True)}, {"dry_run": True}):
            with pytest.raises(TargetError) as refused:
                clone_into(small, Target(database), Request(lock_timeout_s=0.2, **options))
            assert f"- session {pid} of postgres (a web app)" in refused.value.message
        assert other.execute("SELECT 1").fetchone() == (1,)
    assert leftovers(admin) == []
    clone_into(small, Target(database))
    assert rows(database) == HELD


def test_a_session_that_leaves_in_time_is_waited_for(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    with psycopg.connect(database) as other:
        ending = threading.Timer(0.3, other.close)
        ending.start()
        clone_into(small, Target(database))
    assert rows(database) == HELD


def test_rows_written_while_it_copies_are_noticed(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    before = oid(database)
    steps = run_to(small, database, "copy prepared")
    execute(database, "INSERT INTO crew (name) VALUES ('late')")
    with pytest.raises(TargetError, match=r"crew 4 \(snap put 3 there\)"):
        next(steps)
    assert (oid(database), leftovers(admin)) == (before, [])


def test_objects_made_while_it_copies_are_noticed(small: Snapshot, database: str, admin: str) -> None:
    steps = run_to(small, database, "copy prepared")
    execute(database, "CREATE TABLE late ()")
    with pytest.raises(TargetError, match="was altered meanwhile"):
        next(steps)
    assert execute(database, "SELECT count(*) FROM late") == [(0,)]


def test_writes_that_change_no_count_delay_the_swap_only(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    steps = run_to(small, database, "copy prepared")
    execute(database, "UPDATE crew SET name = upper(name)")
    assert [*steps] == ["swapped", "old dropped"]
    assert rows(database) == HELD


def test_a_dry_run_changes_nothing(small: Snapshot, database: str, pg: Server, admin: str) -> None:
    before = oid(database)
    for _ in range(2):
        result = clone_into(small, Target(database), Request(dry_run=True))
        assert (result.schema_created, result.verified) == (True, False)
        assert [(t.name, t.inserted, t.deleted) for t in result.tables] == [("note", 2, 0), ("crew", 3, 0)]
    assert (oid(database), templates(admin), leftovers(admin)) == (before, [], [])
    execute(database, SQL)
    assert not clone_into(small, Target(database), Request(dry_run=True)).schema_created
    clone_into(small, Target(pg.url("not there")), Request(dry_run=True))
    assert execute(admin, "SELECT FROM pg_database WHERE datname = 'not there'") == []
    assert (oid(database), templates(admin), leftovers(admin)) == (before, [], [])


def test_each_shift_has_a_template_of_its_own(tmp_path: Path, database: str, admin: str) -> None:
    dated = snapshot(tmp_path, [(table("dated", ("d", "date")), [(0,)])], "CREATE TABLE dated (d date);")
    made = dt.datetime.fromisoformat(dated.manifest.created).date()
    for days in (3, 0, 3):
        clone_into(dated, Target(database), Request(as_of=made + dt.timedelta(days)))
        assert execute(database, "SELECT d - date '1970-01-01' FROM dated") == [(days,)]
        assert execute(database, "SELECT DISTINCT as_of_shift_days FROM snap.ledger") == [(days,)]
    assert len(templates(admin)) == 2


@pytest.mark.parametrize("name", ["postgres", "template1"])
def test_the_servers_own_databases_are_refused(small: Snapshot, pg: Server, admin: str, name: str) -> None:
    with pytest.raises(TargetError, match="one that the server works with"):
        clone_into(small, Target(pg.url(name)))


def test_a_database_that_takes_no_connections_is_refused(small: Snapshot, database: str, admin: str) -> None:
    execute(admin, f'ALTER DATABASE "{name_of(database)}" ALLOW_CONNECTIONS false')
    with pytest.raises(TargetError, match="takes no connections"):
        clone_into(small, Target(database))


def test_the_locale_of_the_target_is_the_templates(small: Snapshot, pg: Server, admin: str) -> None:
    execute(
        admin,
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'",
    )
    try:
        described = "SELECT encoding, datlocprovider, datcollate FROM pg_database WHERE datname = 'latin'"
        before = execute(admin, described)
        clone_into(small, Target(pg.url("latin")))
        assert execute(admin, described) == before
    finally:
        execute(admin, "DROP DATABASE latin")


def test_the_settings_of_the_target_hold_while_its_template_is_filled(
    tmp_path: Path, database: str, admin: str
) -> None:
    sql = """CREATE SCHEMA tools;
        CREATE FUNCTION tools.odd(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
        CREATE FUNCTION fine(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN odd($1); END';
        CREATE TABLE t (w text CHECK (fine(w)))"""
    held = snapshot(tmp_path, [(table("t", ("w", "text")), [("a",)])], sql)
    with pytest.raises(TargetError, match="odd"):
        clone_into(held, Target(database))
    assert templates(admin) == []
    execute(database, f'ALTER DATABASE "{name_of(database)}" SET search_path = public, tools')
    clone_into(held, Target(database))
    assert execute(database, "TABLE t") == [("a",)]


def test_a_half_made_template_is_made_again(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    ((made, name),) = templates(admin)
    execute(admin, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true; COMMENT ON DATABASE {name} IS 'snap template, x'")
    execute(pg_url(admin, name), "DROP TABLE note")
    clone_into(small, Target(database))
    ((again, same),) = templates(admin)
    assert (again != made, same) == (True, name)
    assert rows(database) == HELD


def pg_url(admin: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(admin, dbname=name)


def test_a_database_of_others_under_a_templates_name_is_left_alone(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    ((made, name),) = templates(admin)
    execute(admin, f"COMMENT ON DATABASE {name} IS 'mine'")
    with pytest.raises(TargetError, match="stands where a template is to be made"):
        clone_into(small, Target(database))
    assert templates(admin) == [(made, name)]


@pytest.mark.slow
def test_old_templates_are_pruned_and_those_of_others_stay(
    small: Snapshot, database: str, admin: str, tmp_path: Path
) -> None:
    names = {"long ago": "2020-01-01", "in use": "2020-01-02", "not ours": "2020-01-01"}
    made = {told: f"snap_tpl_{databases.digest(told)}" for told in names}
    for told, used in names.items():
        mark = "a template" if told == "not ours" else f"snap template, ready: x, last used {used}"
        execute(admin, f"CREATE DATABASE {made[told]}")
        execute(admin, f"COMMENT ON DATABASE {made[told]} IS '{mark}'")
    execute(admin, "CREATE DATABASE snap_tpl_my_own")
    execute(admin, "COMMENT ON DATABASE snap_tpl_my_own IS 'snap template, ready: x, last used 2020-01-01'")
    recent = [f"snap_tpl_{databases.digest(i)}" for i in range(template._KEPT)]
    for name in recent:
        execute(admin, f"CREATE DATABASE {name}")
    today = execute(admin, "SELECT CURRENT_DATE::text")[0][0]
    for name in recent:
        execute(admin, f"COMMENT ON DATABASE {name} IS 'snap template, ready: x, last used {today}'")
    with databases.serve(Target(database)) as user:
        databases.begin(user)
        databases.lock(user, made["in use"], shared=True)
        clone_into(small, Target(database))
    left = {name for _, name in templates(admin)}
    assert made["long ago"] not in left
    assert {made["in use"], made["not ours"], "snap_tpl_my_own"} <= left
    assert len(left & set(recent)) == template._KEPT - 1


def test_a_template_says_when_it_was_last_used(small: Snapshot, database: str, admin: str) -> None:
    clone_into(small, Target(database))
    ((_, name),) = templates(admin)
    (comment, today) = execute(
        admin, "SELECT shobj_description(oid, 'pg_database'), CURRENT_DATE FROM pg_database WHERE datname = %s", name
    )[0]
    assert comment == (
        f"snap template, ready: v1 (digest {small.manifest.digest[:12]}), made {today}, last used {today}"
    )
    execute(admin, f"COMMENT ON DATABASE {name} IS '{comment.replace(f'used {today}', 'used 2020-02-02')}'")
    clone_into(small, Target(database))
    found = execute(admin, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", name)
    assert found == [(comment,)]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_lost_connection_at_any_step_leaves_the_old_or_the_new(
    small: Snapshot, database: str, admin: str, step: str
) -> None:
    execute(database, SQL + "INSERT INTO crew (name) VALUES ('old')")
    steps = clone_steps(job(small, database, guard=Guard(yes=True)))
    while next(steps) != step:
        pass
    execute(
        admin,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'snap' "
        "AND pid <> pg_backend_pid()",
    )
    with contextlib.suppress(SnapError, StopIteration):
        next(steps)
    with contextlib.suppress(SnapError):
        steps.close()
    names = [name for (name,) in execute(database, "SELECT name FROM crew ORDER BY id")]
    assert names == (["old"] if STEPS.index(step) < STEPS.index("swapped") else ["ann", "bob", "cy\t\\"])
    clone_into(small, Target(database), Request(guard=Guard(yes=True)))
    assert rows(database) == HELD
    assert leftovers(admin) == []
    assert len(templates(admin)) == 1


CHILD = """
import os, sys
from pathlib import Path
from snap_restorer import Request, Target
from snap_restorer.clones.cloning import clone_steps
from snap_restorer.clones.job import CloneJob
from snap.progress import Silent
from snap.store import Store
root, url, name, last = sys.argv[1:]
job = CloneJob(snapshot=Store(Path(root)).resolve("v1"), target=Target(url), name=name,
          request=Request(lock_timeout_s=5), shift_days=0, progress=Silent())
for step in clone_steps(job):
    if step == last:
        os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=() if step == "copy prepared" else pytest.mark.slow) for step in STEPS]
)
def test_a_kill_at_any_step_leaves_the_old_or_the_new(tmp_path: Path, database: str, admin: str, step: str) -> None:
    for folder in ("manifests", "snapshots"):
        (tmp_path / folder).mkdir()
    made = toy.publish(Store(tmp_path), "v1")
    before = oid(database)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), database, name_of(database), step], env=environment, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert (oid(database) == before) == (STEPS.index(step) < STEPS.index("swapped"))
    clone_into(made, Target(database))
    assert execute(database, "SELECT count(*) FROM crew") == [(10,)]
    assert leftovers(admin) == []
    assert len(templates(admin)) == 1


def test_leftovers_of_other_targets_are_dropped_unless_somebody_is_at_work(
    small: Snapshot, databases: Any, admin: str
) -> None:
    from snap_restorer.clones import databases as d

    abandoned, busy, mine = f"snap_new_{d.digest('gone')}", f"snap_new_{d.digest('busy')}", databases()
    foreign = f"snap_old_{d.digest('theirs')}"
    for name, told in ((abandoned, "gone"), (busy, "busy")):
        execute(admin, f"CREATE DATABASE {name}")
        execute(admin, f"COMMENT ON DATABASE {name} IS 'snap clone, unfinished: will be {told}'")
    execute(admin, f"CREATE DATABASE {foreign}")
    with d.serve(Target(mine)) as other:
        d.begin(other)
        d.lock(other, "database busy")
        clone_into(small, Target(mine))
    assert set(leftovers(admin)) == {busy, foreign}


def test_clones_at_once_of_many_targets_make_one_template(
    small: Snapshot, databases: Callable[[], str], admin: str
) -> None:
    urls = [databases() for _ in range(4)]
    failed = at_once([lambda url=url: clone_into(small, Target(url)) for url in urls])  # type: ignore[misc]
    assert failed == []
    assert [rows(url) for url in urls] == [HELD] * 4
    assert (len(templates(admin)), leftovers(admin)) == (1, [])


def test_clones_at_once_of_one_target_follow_each_other(small: Snapshot, database: str, admin: str) -> None:
    assert at_once([lambda: clone_into(small, Target(database))] * 3) == []
    assert rows(database) == HELD
    assert (len(templates(admin)), leftovers(admin)) == (1, [])


def test_a_lock_of_another_run_is_waited_for_and_then_refused(small: Snapshot, database: str, admin: str) -> None:
    steps = run_to(small, database, "locked")
    with pytest.raises(TargetError, match="lock held: another run replaces database"):
        clone_into(small, Target(database), Request(lock_timeout_s=0.2))
    with pytest.raises(TargetError, match="lock held"):
        clone_into(small, Target(database), Request(lock_timeout_s=0.2, dry_run=True))
    assert [*steps][-1] == "old dropped"


@pytest.mark.skipif(bouncer_program() is None, reason="PgBouncer is not installed")
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_is_refused(small: Snapshot, database: str, pg: Server, admin: str, mode: str) -> None:
    execute(database, SQL)
    with bouncer(pg, "postgres", mode=mode) as port:
        for name in (name_of(database), "not there"):
            with pytest.raises(TargetError, match="is a connection pooler") as refused:
                clone_into(small, Target(f"host=127.0.0.1 port={port} user=postgres dbname='{name}'"))
            assert "the server's own address" in refused.value.hint
            assert refused.value.option == "clone"
    assert templates(admin) == []


def test_a_note_says_what_is_waited_for(small: Snapshot, databases: Callable[[], str], admin: str) -> None:
    first, second = databases(), databases()
    steps = run_to(small, first, "template created")

    class Noting(Recorded):
        def note(self, message: str) -> None:
            self.warnings.append(message)

    listener = Noting()
    waiting = threading.Thread(target=lambda: clone_into(small, Target(second), progress=listener))
    waiting.start()
    assert [*steps][-1] == "old dropped"
    waiting.join()
    assert listener.warnings == ["waiting for another run, which makes the template of v1"]
    assert len(templates(admin)) == 1
    assert rows(second) == HELD
