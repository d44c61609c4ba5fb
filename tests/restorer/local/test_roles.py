"""Test the embedded server's two roles: code in a database has its owner's rights, also in older clusters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import SnapError
from snap.store import Snapshot
from snap_restorer import Embedded, Server, Target, clone_into, restore
from snap_restorer.local import roles
from tests.cases import toy
from tests.postgres import execute, programs_of

pytestmark = [pytest.mark.slow, pytest.mark.server]

# What a function does that a CHECK calls: no scanner of statements sees it.
ATTACK = """
CREATE FUNCTION public.harmless(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    EXECUTE pg_catalog.format('COPY (SELECT 1) TO PROGRAM %L', 'cat > {mark}');
    RETURN true;
END $$;
ALTER TABLE public.crew ADD CHECK (public.harmless(name));
"""
# One of each kind of object that has an owner, and is no superuser's alone.
OBJECTS = """
CREATE SCHEMA "a b"; CREATE TABLE "a b".parts (id serial PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE "a b".part PARTITION OF "a b".parts FOR VALUES FROM (0) TO (9); CREATE VIEW seen AS TABLE "a b".parts;
CREATE MATERIALIZED VIEW kept AS TABLE seen; CREATE SEQUENCE alone; CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 9); CREATE TYPE pair AS (a int, b mood[]);
CREATE TYPE span AS RANGE (SUBTYPE = float8); CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
CREATE PROCEDURE nothing() LANGUAGE sql AS ''; CREATE AGGREGATE most(int) (SFUNC = int4larger, STYPE = int);
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE OPERATOR CLASS by_twice FOR TYPE int USING btree AS OPERATOR 3 ===, FUNCTION 1 btint4cmp(int, int);
CREATE COLLATION plain (LOCALE = 'C'); CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
CREATE TEXT SEARCH DICTIONARY stop (TEMPLATE = simple); CREATE STATISTICS both_columns ON id, note FROM "a b".part;
CREATE PUBLICATION changes FOR TABLE "a b".part; CREATE EXTENSION citext; SELECT lo_create(0);
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (n int) SERVER s;
CREATE TABLE "a b"."identity" (n int GENERATED ALWAYS AS IDENTITY);
"""
# Relations and types that the superuser owns, members of extensions excepted; and the kinds of what the owner has.
LEFT = """
SELECT oid::regclass::text FROM pg_class
WHERE relowner = 10 AND oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace
UNION ALL
SELECT oid::regtype::text FROM pg_type
WHERE typowner = 10 AND oid >= 16384 AND oid NOT IN (SELECT objid FROM pg_depend WHERE deptype IN ('e', 'i'))
"""
OWNED = """
SELECT DISTINCT i.type FROM pg_shdepend d, pg_identify_object(d.classid, d.objid, 0) i
WHERE d.deptype = 'o' AND d.refobjid = 'snap_owner'::regrole
AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
KINDS = {
    *("schema", "table", "view", "materialized view", "sequence", "type", "function", "procedure", "aggregate"),
    *("operator", "operator class", "operator family", "collation", "text search configuration"),
    *("text search dictionary", "statistics object", "publication", "large object", "server", "conversion"),
    *("foreign table",),
}


def made_before(home: Path, **environment: str) -> Server:
    """Return a running server from before there were two roles, in which the superuser owns everything."""
    embedded = Embedded(home=home, environment=environment)
    admin = embedded.start().as_superuser()
    execute(admin.url("postgres"), "ALTER DATABASE postgres OWNER TO postgres")
    execute(admin.url("postgres"), "DROP ROLE snap_owner")
    before = admin.passfile.read_text().splitlines()[-1]
    admin.passfile.write_text(f"{before}\n")
    execute(admin.url("postgres"), 'CREATE DATABASE "my app"')
    execute(admin.url("postgres"), "CREATE DATABASE snap_tpl_old ALLOW_CONNECTIONS false")
    execute(admin.url("my app"), OBJECTS)
    return admin


def test_the_daily_role_creates_databases_and_is_no_superuser(home: Path) -> None:
    embedded = Embedded(home=home)
    url = embedded.start().url("postgres")
    assert execute(
        url, "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = CURRENT_USER"
    ) == [("snap_owner", False, True, False)]
    embedded.ensure_database("shop")
    assert execute(embedded.url("shop"), "CREATE TABLE made (); TABLE made") == []
    assert execute(embedded.url("shop", superuser=True), "SELECT CURRENT_USER") == [("postgres",)]
    passwords = roles.passwords(embedded.start().passfile)
    assert len(set(passwords.values())) == 2
    assert execute(embedded.url("shop", password=True), "SELECT 1") == [(1,)]


def test_what_a_snapshots_function_does_it_does_as_the_owner(home: Path, toy_v1: Snapshot) -> None:
    mark = home.parent / "attacked"
    home.parent.chmod(0o1777)
    hostile = replace(toy_v1, manifest=replace(toy_v1.manifest, schema_sql=toy.SQL + ATTACK.format(mark=mark)))
    embedded = Embedded(home=home)
    embedded.start()
    embedded.ensure_database("app")
    with pytest.raises(SnapError, match="permission denied to COPY to or from an external program"):
        restore(hostile, Target(embedded.url("app")))
    assert not mark.exists()


def test_clones_and_restores_work_as_the_owner(home: Path, toy_v1: Snapshot) -> None:
    embedded = Embedded(home=home)
    embedded.start()
    embedded.ensure_database("app")
    target = Target(embedded.url("app"))
    restore(toy_v1, target)
    clone_into(toy_v1, target)
    assert execute(target.conninfo, "SELECT count(*) FROM crew") == [(10,)]
    assert execute(target.conninfo, "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'app'") == [
        ("snap_owner",)
    ]


@pytest.mark.parametrize("version", ["15", "18"])
def test_a_cluster_made_before_is_handed_over_whole(home: Path, version: str) -> None:
    programs = programs_of(version)
    if programs is None:
        pytest.skip(f"no Postgres {version} on this machine")
    environment = {"SNAP_PG_BIN": str(programs)}
    old = made_before(home, **environment)
    url = old.url("my app", password=True)
    server = Embedded(home=home, environment=environment).start()
    assert execute(server.url("my app"), LEFT) == []
    assert {kind for (kind,) in execute(server.url("my app"), OWNED)} >= KINDS
    assert (
        execute(
            server.url("my app"),
            'INSERT INTO "a b".parts (note) VALUES (\'x\'); REFRESH MATERIALIZED VIEW kept; DROP SCHEMA "a b" CASCADE',
        )
        == []
    )
    databases = execute(server.url("postgres"), "SELECT datname, datdba::regrole::text FROM pg_database ORDER BY 1")
    assert databases == [
        ("my app", "snap_owner"),
        ("postgres", "snap_owner"),
        ("snap_tpl_old", "snap_owner"),
        ("template0", "postgres"),
        ("template1", "postgres"),
    ]
    assert execute(url, "SELECT CURRENT_USER") == [("postgres",)]  # its URL still works


def test_a_hand_over_that_was_interrupted_is_done_again(home: Path) -> None:
    old = made_before(home)
    execute(old.url("postgres"), "CREATE ROLE snap_owner NOLOGIN CREATEDB")
    server = Embedded(home=home).start()
    assert execute(server.url("my app"), LEFT) == []


def test_what_a_superuser_makes_later_stays_the_superusers(home: Path) -> None:
    embedded = Embedded(home=home)
    server = embedded.start()
    execute(server.as_superuser().url("postgres"), "CREATE DATABASE apart")
    server.passfile.unlink()
    embedded.start()
    assert execute(server.url("postgres"), "SELECT datdba FROM pg_database WHERE datname = 'apart'") == [(10,)]


def test_an_object_of_the_owner_stands_for_none_of_postgres(home: Path) -> None:
    """In the superuser's session all operators of queries are those of pg_catalog, even if the owner created others."""
    old = made_before(home)
    execute(
        old.url("my app"),
        """CREATE ROLE mallory; GRANT CREATE ON SCHEMA public TO mallory; SET ROLE mallory;
        CREATE FUNCTION public.grab(oid, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
            ALTER ROLE mallory SUPERUSER; RETURN true; END $$;
        CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = int, FUNCTION = public.grab)""",
    )
    execute(old.url("postgres"), 'ALTER DATABASE "my app" SET search_path = public, pg_catalog')
    Embedded(home=home).start()
    assert execute(old.url("postgres"), "SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'") == [(False,)]
