"""Test schema SQL that needs a superuser on the embedded server: created by snap, refused by name, or trusted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Embedded, Request, Target, clone_into, embedded_target, restore
from snap_restorer.local.superuser import needs_superuser
from snap_restorer.pg.scanner import statements
from tests.cases import toy
from tests.postgres import execute

NATIVE = "CREATE FUNCTION public.stop() RETURNS void LANGUAGE c AS '$libdir/regress', 'regress_putenv';\n"
FAMILY = "CREATE OPERATOR FAMILY public.own USING btree;\n"
OWNERS = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE oid >= 16384 AND relkind = 'r'"


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        (NATIVE, True),
        (FAMILY, True),
        ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();", True),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int AS 'x' LANGUAGE 'internal';", True),
        ("CREATE TRUSTED LANGUAGE x;", True),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", False),
        ("CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = f);", False),
        ("COMMENT ON FUNCTION f() IS 'LANGUAGE c';", False),
        ("CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public;", False),
    ],
)
def test_statements_that_postgres_leaves_to_a_superuser(text: str, needs: bool) -> None:
    [statement] = statements(text)
    assert needs_superuser(statement) is needs


def into(home: Path, snapshot: Snapshot, before: str, *, request: Request) -> Embedded:
    """Restore a snapshot whose schema SQL begins with `before`."""
    changed = replace(snapshot, manifest=replace(snapshot.manifest, schema_sql=before + toy.SQL))
    embedded = Embedded(home=home)
    with embedded_target(embedded, "app", changed.manifest, request) as target:
        restore(changed, target, request)
    return embedded


@pytest.mark.slow
@pytest.mark.server
def test_an_extension_that_the_server_ships_is_created_for_the_owner(home: Path, toy_v1: Snapshot) -> None:
    extension = "CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public;\n"
    plain = Embedded(home=home)
    plain.start()
    plain.ensure_database("plain")
    changed = replace(toy_v1, manifest=replace(toy_v1.manifest, schema_sql=extension + toy.SQL))
    with pytest.raises(TargetError, match='permission denied to create extension "dblink"'):
        restore(changed, Target(plain.url("plain")))
    embedded = into(home, toy_v1, extension, request=Request())
    assert execute(embedded.url("app"), OWNERS) == [("snap_owner",)]
    assert execute(embedded.url("app"), "SELECT extowner FROM pg_extension WHERE extname = 'dblink'") == [(10,)]


@pytest.mark.slow
@pytest.mark.server
def test_an_extension_is_created_in_the_schema_that_the_snapshot_creates_for_it(home: Path, toy_v1: Snapshot) -> None:
    made = "CREATE SCHEMA extensions;\nCREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA extensions;\n"
    embedded = into(home, toy_v1, made, request=Request())
    placed = """SELECT n.nspowner::regrole::text, e.extowner FROM pg_extension e JOIN pg_namespace n
        ON n.oid = e.extnamespace WHERE e.extname = 'dblink' AND n.nspname = 'extensions'"""
    assert execute(embedded.url("app"), placed) == [("snap_owner", 10)]
    into(home, toy_v1, made, request=Request())
    changed = replace(toy_v1, manifest=replace(toy_v1.manifest, schema_sql=made + toy.SQL))
    clone_into(changed, embedded.start().target("copy"))
    assert execute(embedded.url("copy"), placed) == [("snap_owner", 10)]
    embedded.ensure_database("held")  # a schema that holds more than extensions is not the snapshot's
    execute(embedded.url("held"), "CREATE SCHEMA extensions; CREATE FUNCTION extensions.f() RETURNS int RETURN 1")
    with (
        embedded_target(embedded, "held", changed.manifest, Request()) as target,
        pytest.raises(TargetError, match='schema "extensions" already exists'),
    ):
        restore(changed, target)


@pytest.mark.slow
@pytest.mark.server
def test_extensions_that_the_server_does_not_have_are_named_before_anything_runs(home: Path, toy_v1: Snapshot) -> None:
    made = "CREATE SCHEMA extensions;\nCREATE EXTENSION nowhere SCHEMA extensions;\nCREATE EXTENSION nothing;\n"
    for request in (Request(dry_run=True), Request()):
        with pytest.raises(TargetError, match=r"does not have: nothing \(line 3\), nowhere \(line 2\)$") as refused:
            into(home, toy_v1, made, request=request)
        assert (refused.value.unchanged, refused.value.option) == (True, "db")
        assert "set $SNAP_PG_BIN" in refused.value.hint
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'extensions'"
    assert execute(Embedded(home=home).url("app"), schemas) == [(0,)]


@pytest.mark.slow
@pytest.mark.server
def test_a_clone_gets_what_needs_a_superuser_too(home: Path, toy_v1: Snapshot) -> None:
    extension = "CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public;\n"
    snapshot = replace(toy_v1, manifest=replace(toy_v1.manifest, schema_sql=extension + FAMILY + toy.SQL))
    server = Embedded(home=home).start()
    with pytest.raises(TargetError, match=r"needs a superuser(?s:.*)line 2: CREATE OPERATOR FAMILY"):
        clone_into(snapshot, server.target("app"))
    clone_into(snapshot, server.target("app"), Request(trust_code=True))
    assert execute(server.url("app"), OWNERS) == [("snap_owner",)]
    assert execute(server.url("app"), "SELECT extowner FROM pg_extension WHERE extname = 'dblink'") == [(10,)]


@pytest.mark.slow
@pytest.mark.server
def test_what_needs_a_superuser_is_refused_by_name_and_runs_with_trust(home: Path, toy_v1: Snapshot) -> None:
    for request in (Request(dry_run=True), Request()):
        with pytest.raises(TargetError, match=r"needs a superuser(?s:.*)line 1: CREATE OPERATOR FAMILY") as refused:
            into(home, toy_v1, FAMILY, request=request)
        assert refused.value.option == "trust_code"
    embedded = into(home, toy_v1, FAMILY, request=Request(trust_code=True))
    assert execute(embedded.url("app"), OWNERS) == [("snap_owner",)]
    assert execute(embedded.url("app"), "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'app'") == [
        ("snap_owner",)
    ]
    into(home, toy_v1, FAMILY, request=Request())  # its tables are there: no SQL of the snapshot runs
    into(home, toy_v1, FAMILY, request=Request(mode="sync"))
