"""Test restores by each kind of role over each kind of connection: what is restored, refused, and left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from snap.errors import TargetError
from snap.store import Snapshot, Store
from snap_restorer import Server, Target, restore
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.hard import SQL, assert_held, hard
from tests.cases.snapshots import snapshot, table
from tests.params import few
from tests.paths import ROOT
from tests.postgres import execute, name_of

PASSWORD = "p@ss%word"
TRANSPORTS = ("socket", "tcp", "pooler")


@dataclass(frozen=True)
class Place:
    """A database: `url` connects as its superuser, `target` connects as `role` over the tested kind of connection."""

    url: str
    name: str
    role: str
    target: Target


@pytest.fixture(params=TRANSPORTS)
def way(request: pytest.FixtureRequest, pg: Server) -> Callable[[str], str]:
    """Return a function that returns the conninfo of a role, without the database."""
    if request.param == "pooler":
        port = request.getfixturevalue("bouncer_port")
        return lambda role: f"host=127.0.0.1 port={port} user={role}"
    if request.param == "socket":
        return lambda role: f"host={pg.socket} port={pg.port} user={role}"
    password = pg.passfile.read_text().strip().rsplit(":", 1)[1]
    return lambda role: (
        f"host=127.0.0.1 port={pg.port} user={role} password='{password if role == 'postgres' else PASSWORD}'"
    )


@pytest.fixture
def place(way: Callable[[str], str], database: str, role: str) -> Place:
    """Return the database for `role`, a parameter: postgres; plain, its owner; or tenant, the owner of schema app."""
    name = name_of(database)
    for other in ("plain", "tenant"):
        execute(database, f"CREATE ROLE {other} LOGIN PASSWORD '{PASSWORD}'")
    execute(database, f'ALTER DATABASE "{name}" OWNER TO plain; CREATE SCHEMA app AUTHORIZATION {role}')
    return Place(database, name, role, Target(f"{way(role)} dbname='{name}'"))


ROLES = pytest.mark.parametrize("role", few(["plain", "postgres", "tenant"], 1))


@pytest.mark.slow
@ROLES
def test_a_hard_snapshot_into_an_empty_schema_and_again(tmp_path: Path, place: Place) -> None:
    made = hard(tmp_path)
    assert restore(made, place.target).schema_created
    assert_held(place.url)
    # A role that owns its schema alone has no place for a ledger, so that the guard cannot know the rows.
    again = restore(made, place.target, Request(guard=Guard(yes=place.role == "tenant")))
    assert [table.deleted for table in again.tables] == [2, 3, 1, 2]
    assert_held(place.url)
    ledgers = execute(place.url, "SELECT 1 FROM pg_class WHERE relname = 'ledger'")
    assert len(ledgers) == (0 if place.role == "tenant" else 1)
    owners = execute(
        place.url, "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname IN ('crew', 'part')"
    )
    assert owners == [(place.role,)]


@ROLES
def test_a_hard_snapshot_into_what_an_administrator_migrated(tmp_path: Path, place: Place) -> None:
    execute(place.url, SQL + ownership("app", place.role))
    result = restore(hard(tmp_path), place.target)
    assert not result.schema_created
    assert_held(place.url)


@pytest.mark.slow
@ROLES
def test_the_committed_snapshot_twice_and_a_refused_one_between(place: Place) -> None:
    v1 = Store(ROOT).resolve("v1")
    if place.role == "tenant":  # may not create in schema public; there the tables are its own all the same
        execute(place.url, v1.manifest.schema_sql + ownership("public", place.role))
    restore(v1, place.target)
    execute(place.url, "ALTER TABLE users RENAME COLUMN bio TO biography")
    with pytest.raises(TargetError, match=r"column users\.bio is missing"):
        restore(v1, place.target, Request(guard=Guard(yes=True)))
    execute(place.url, "ALTER TABLE users RENAME COLUMN biography TO bio")
    restore(v1, place.target, Request(guard=Guard(yes=place.role == "tenant")))
    assert counted(place.url, v1) == {data.table.label: data.rows for data in v1.manifest.tables}


@pytest.mark.parametrize("role", ["tenant"])
def test_a_role_that_owns_its_schema_only_is_told_why_it_cannot_create_in_another(place: Place) -> None:
    with pytest.raises(TargetError, match=r"schema of v1 cannot be created: permission denied for schema public"):
        restore(Store(ROOT).resolve("v1"), place.target)
    assert execute(place.url, "SELECT 1 FROM pg_class WHERE relname = 'users'") == []


@pytest.mark.parametrize("role", ["tenant"])
def test_tables_of_another_are_refused_before_anything_is_touched(tmp_path: Path, place: Place) -> None:
    migrated = SQL + ownership("app", "plain")
    execute(place.url, migrated + "INSERT INTO app.crew (name) VALUES ('old')")
    with pytest.raises(TargetError, match="does not allow role tenant") as refused:
        restore(hard(tmp_path), place.target, Request(guard=Guard(yes=True)))
    right = "table app.crew does not allow role tenant to read, insert into and truncate it"
    assert right in refused.value.reasons
    assert execute(place.url, "SELECT name FROM app.crew") == [("old",)]


@pytest.mark.parametrize("role", ["plain"])
@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "CREATE SEQUENCE app.numbers; GRANT USAGE ON SEQUENCE app.numbers TO plain;"
            "CREATE TABLE app.t (id int DEFAULT nextval('app.numbers')); ALTER TABLE app.t OWNER TO plain",
            "sequence app.numbers fills column app.t.id, and only its owner can set it; role plain is not the owner",
        ),
        (
            "CREATE TABLE app.t (id int) PARTITION BY LIST (id); CREATE TABLE app.leaf PARTITION OF app.t DEFAULT;"
            "CREATE FUNCTION app.same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
            "CREATE TRIGGER same BEFORE INSERT ON app.leaf FOR EACH ROW EXECUTE FUNCTION app.same();"
            "ALTER TABLE app.t OWNER TO plain; ALTER TABLE app.leaf OWNER TO postgres",
            "table app.leaf has triggers, which only its owner can disable; role plain is not the owner",
        ),
    ],
)
def test_what_belongs_to_others_and_has_to_move_is_refused(tmp_path: Path, place: Place, sql: str, reason: str) -> None:
    execute(place.url, sql)
    made = snapshot(tmp_path, [(table("t", ("id", "integer"), schema="app"), [(1,)])], "")
    with pytest.raises(TargetError) as refused:
        restore(made, place.target)
    assert reason in refused.value.reasons


@pytest.mark.parametrize("role", ["plain"])
def test_an_owner_that_may_not_create_in_the_schema_keeps_the_indexes(
    tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snap_restorer.load.restore_plan.REBUILD_ROWS", 1)
    execute(
        place.url,
        "CREATE SCHEMA theirs; GRANT USAGE ON SCHEMA theirs TO plain;"
        "CREATE TABLE theirs.t (id int PRIMARY KEY); CREATE INDEX again ON theirs.t (id);"
        "ALTER TABLE theirs.t OWNER TO plain",
    )
    indexes = "SELECT oid::bigint FROM pg_class WHERE relname IN ('t_pkey', 'again') ORDER BY 1"
    before = execute(place.url, indexes)
    restore(snapshot(tmp_path, [(table("t", ("id", "integer"), schema="theirs"), [(1,)])], ""), place.target)
    assert execute(place.url, "SELECT id FROM theirs.t") == [(1,)]
    assert execute(place.url, indexes) == before


def ownership(schema: str, role: str) -> str:
    """Return SQL that gives `role` everything that a migration created in a schema, and nothing else."""
    return f"""
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT oid::regclass AS name FROM pg_class
            WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p', 'v') LOOP
            EXECUTE format('ALTER TABLE %s OWNER TO {role}', one.name);
        END LOOP;
    END $$;
    """


def counted(url: str, made: Snapshot) -> dict[str, int]:
    return {
        data.table.label: execute(url, f"SELECT count(*) FROM {data.table.label}")[0][0]
        for data in made.manifest.tables
    }
