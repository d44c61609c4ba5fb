"""Test emptying schemas: the schemas stay, dependents outside are refused by name, a failure changes nothing."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from snap.errors import Interrupted, TargetError, UsageError
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.target import Target
from snap_restorer.schemas.reset import ResetRequest, plan_reset, reset
from tests.cases.hard_schemas import HARD, create_hard
from tests.fingerprint import changes, fingerprint
from tests.params import few
from tests.postgres import execute
from tests.progress import Recorded
from tests.restorer.backing import hosted

OUTSIDE = (
    "trigger on_user on auth.users",
    "view extra.seen",
    "table constraint after_id_fkey on extra.after",
    "default value for extra.after.v",
    "policy part on extra.after",
    "index extra.after_v",
    "publication relation public.notes in publication live",
)
ALLOW = ("auth.users", "extra.*", "live")
SCHEMA = """SELECT n.nspowner::regrole::text, n.nspacl::text, obj_description(n.oid, 'pg_namespace'),
    (SELECT array_agg(d::text ORDER BY d.oid) FROM pg_default_acl d WHERE d.defaclnamespace = n.oid)
    FROM pg_namespace n WHERE n.nspname = %s"""
LEFT = """SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace"""


@pytest.fixture
def owner(any_pg, any_database):
    return hosted(any_database, any_pg)


def test_what_a_schema_is_stays_and_what_it_holds_goes(any_database, owner):
    before = execute(any_database, SCHEMA, "public")
    said = Recorded()
    done = reset(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW), progress=said)
    assert execute(any_database, LEFT) == []
    assert execute(any_database, SCHEMA, "public") == before
    assert before[0][2] == "ours"
    assert before[0][3] is not None
    assert done.dropped["table"] == 5
    assert done.dropped["materialized view"] == 2
    assert done.dropped["function"] == 2
    assert set(OUTSIDE) <= set(done.lost)
    assert all(any(name in note for note in said.notes) for name in OUTSIDE)
    assert done.lost["trigger on_user on auth.users"].startswith("CREATE TRIGGER on_user")
    # What stands outside and does not depend on the schema is as it was.
    assert execute(any_database, "SELECT id, v FROM extra.after") == [(1, 5)]
    assert execute(any_database, "SELECT count(*) FROM auth.users") == [(60,)]
    assert execute(any_database, "SELECT (SELECT id FROM snap.ledger), (SELECT id FROM snap.night)") == [(1, 1)]


def test_grants_and_default_privileges_work_on_tables_made_afterwards(any_database, owner):
    execute(any_database, "DROP ROLE IF EXISTS anon; CREATE ROLE anon; GRANT USAGE ON SCHEMA public TO anon")
    execute(owner, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon")
    try:
        reset(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW))
        execute(owner, "CREATE TABLE public.again (id int); INSERT INTO public.again VALUES (7)")
        assert execute(any_database, "SET ROLE anon; SELECT id FROM public.again") == [(7,)]
        assert execute(any_database, "SET ROLE reader; DELETE FROM public.again RETURNING id") == [(7,)]
    finally:
        execute(any_database, "DROP OWNED BY anon; DROP ROLE anon")


@pytest.mark.slow
def test_what_stands_outside_is_refused_by_name(any_database, owner):
    before = fingerprint(any_database)
    for run in (plan_reset, reset):
        with pytest.raises(TargetError) as refused:
            run(Target(owner), ResetRequest(schemas=("public",)))
        assert all(f"- {name}\n" in refused.value.message + "\n" for name in OUTSIDE)
        assert "allow_cascade" in refused.value.hint
    with pytest.raises(TargetError) as refused:
        reset(Target(owner), ResetRequest(schemas=("public",), allow=("auth.users", "view extra.seen")))
    assert "on_user" not in refused.value.message
    assert "extra.seen" not in refused.value.message
    assert "policy part on extra.after" in refused.value.message
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("CREATE TABLE auth.typed (m public.people)", "table column auth.typed.m"),
        ("CREATE TABLE auth.child () INHERITS (public.private)", "table auth.child"),
        ("CREATE MATERIALIZED VIEW auth.kept AS SELECT * FROM public.notes", "materialized view auth.kept"),
        ("CREATE FUNCTION auth.f(public.people[]) RETURNS int LANGUAGE sql AS 'SELECT 1'", "auth.f(public.people[])"),
        (
            "CREATE TABLE auth.refers (id int REFERENCES public.people)",
            "table constraint refers_id_fkey on auth.refers",
        ),
        ("CREATE TABLE auth.valued (id int DEFAULT public.one())", "default value for auth.valued.id"),
        ("CREATE EVENT TRIGGER loud ON sql_drop EXECUTE FUNCTION public.evented()", "event trigger loud"),
        ("CREATE CAST (public.people AS text) WITH INOUT", "cast"),
    ],
)
def test_any_kind_that_stands_outside_is_seen(any_pg, any_database, statement, name):
    hosted(any_database, any_pg)
    execute(
        any_database,
        "CREATE FUNCTION public.evented() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';" + statement,
    )
    with pytest.raises(TargetError) as refused:
        reset(Target(any_database), ResetRequest(schemas=("public",), allow=ALLOW))
    (line,) = refused.value.message.splitlines()[1:]
    assert name in line
    done = reset(Target(any_database), ResetRequest(schemas=("public",), allow=(*ALLOW, line.removeprefix("- "))))
    assert line.removeprefix("- ") in done.lost


def test_what_the_configured_schemas_want_of_each_other_is_not_outside(any_database, owner):
    done = reset(Target(owner), ResetRequest(schemas=("public", "extra"), allow=("auth.users", "live")))
    assert set(done.lost) == {OUTSIDE[0], OUTSIDE[-1]}
    assert execute(any_database, "SELECT FROM pg_class WHERE relnamespace = 'extra'::regnamespace") == []


@pytest.mark.parametrize(
    "name",
    [
        *("supabase_migrations", "snap", "pg_catalog", "pg_temp_1", "information_schema", "pg_toast"),
    ],
)
def test_schemas_of_others_are_refused_before_anything(name):
    nowhere = Target("host=/nowhere dbname=none")
    for run in (plan_reset, reset):
        for given in ({"schemas": ("public", name)}, {"schemas": (), "drop": (name,)}):
            with pytest.raises(UsageError, match=f"schema {name} belongs to .*, and is never reset"):
                run(nowhere, ResetRequest(**given))


HOSTED = ("auth", "storage", "extensions", "graphql", "realtime", "vault", "cron", "supabase_functions", "_realtime")


@pytest.mark.parametrize("name", HOSTED)
def test_a_hosts_schemas_are_refused_and_ones_own_of_that_name_are_reset(database, name):
    execute(database, f"CREATE SCHEMA {name}; CREATE TABLE {name}.t (id int)")
    reset(Target(database), ResetRequest(schemas=(name,)))
    assert execute(database, f"SELECT to_regclass('{name}.t')") == [(None,)]
    execute(database, f"CREATE ROLE supabase_admin; ALTER SCHEMA {name} OWNER TO supabase_admin")
    for run in (plan_reset, reset):
        for given in ({"schemas": ("public", name)}, {"schemas": (), "drop": (name,)}):
            with pytest.raises(UsageError, match=f"schema {name} belongs to Supabase or an extension"):
                run(Target(database), ResetRequest(**given))


def test_a_name_given_twice_is_refused():
    with pytest.raises(UsageError, match="app is named twice"):
        plan_reset(Target("host=/nowhere dbname=none"), ResetRequest(schemas=("app",), drop=("app",)))


def test_extensions_stay_where_they_are(any_database):
    try:
        execute(any_database, "CREATE EXTENSION citext; CREATE EXTENSION pgcrypto")
    except psycopg.Error:
        pytest.skip("the server lacks contrib")
    execute(any_database, "CREATE TABLE t (id int, name citext UNIQUE, code bytea DEFAULT gen_random_bytes(4))")
    done = reset(Target(any_database), ResetRequest(schemas=("public",)))
    assert done.extensions == ("citext", "pgcrypto")
    assert done.dropped == {"table": 1}
    execute(any_database, "CREATE TABLE t (name citext, code bytea DEFAULT gen_random_bytes(4))")


def test_an_extension_that_needs_what_is_dropped_is_refused(any_database):
    try:
        execute(any_database, "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext")
    except psycopg.Error:
        pytest.skip("the server lacks contrib")
    execute(
        any_database,
        """CREATE FUNCTION public.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE VIEW ext.v AS SELECT public.one(); ALTER EXTENSION citext ADD VIEW ext.v""",
    )
    before = fingerprint(any_database)
    with pytest.raises(TargetError, match="extension citext depends on objects in the schemas"):
        reset(Target(any_database), ResetRequest(schemas=("public",), allow=("*",)))
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.parametrize("name", few(HARD, 4))
def test_a_hard_schema_is_emptied(any_database, name):
    create_hard(any_database, name)
    schemas = [
        row[0]
        for row in execute(
            any_database, "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
        )
    ]
    reset(Target(any_database), ResetRequest(schemas=schemas, allow=("*",)))
    left = execute(
        any_database,
        """SELECT pg_describe_object(d.classid, d.objid, 0) FROM pg_depend d
        WHERE d.refclassid = 'pg_namespace'::regclass AND d.deptype = 'n' AND d.refobjid >= 2200
          AND d.refobjid IN (SELECT oid FROM pg_namespace WHERE nspname = ANY (%s))
          AND d.classid NOT IN ('pg_extension'::regclass, 'pg_default_acl'::regclass)
          AND d.objid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')""",
        schemas,
    )
    assert left == []
    assert plan_reset(Target(any_database), ResetRequest(schemas=schemas)).dropped == {}


def test_an_owner_of_tables_alone_needs_no_right_to_create(any_pg, any_database):
    hosted(any_database, any_pg)
    ((name,),) = execute(any_database, "SELECT current_database()")
    execute(
        any_database,
        f"""ALTER DATABASE "{name}" OWNER TO postgres; ALTER SCHEMA public OWNER TO postgres;
        REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO plain""",
    )
    owner = f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name}'"
    reset(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW))
    assert execute(any_database, LEFT) == []


def test_others_objects_are_refused_by_name_and_owner(any_pg, any_database):
    hosted(any_database, any_pg)
    ((name,),) = execute(any_database, "SELECT current_database()")
    execute(
        any_database,
        f"""ALTER DATABASE "{name}" OWNER TO postgres; ALTER SCHEMA public OWNER TO postgres;
        CREATE TABLE public.theirs (id int); CREATE TYPE public.kind AS ENUM ('a')""",
    )
    before = fingerprint(any_database)
    owner = f"host={any_pg.socket} port={any_pg.port} user=plain dbname='{name}'"
    with pytest.raises(TargetError) as refused:
        reset(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW))
    assert "table public.theirs, of postgres" in refused.value.message
    assert "type public.kind, of postgres" in refused.value.message
    assert "public.people" not in refused.value.message
    assert changes(before, fingerprint(any_database)) == []


def test_the_owner_of_a_schema_drops_what_others_made_in_it(any_database, owner):
    execute(any_database, "CREATE TABLE extra.theirs (id int)")
    assert reset(Target(owner), ResetRequest(schemas=("extra",))).dropped["table"] == 2


def test_a_schema_can_go_itself(any_database, owner):
    done = reset(Target(owner), ResetRequest(schemas=("public",), drop=("extra", "never"), allow=ALLOW))
    assert done.missing == ("never",)
    assert execute(any_database, "SELECT nspname FROM pg_namespace WHERE nspname IN ('public', 'extra')") == [
        ("public",)
    ]


def test_a_schema_that_holds_an_extension_or_is_another_s_does_not_go(any_database, owner):
    execute(any_database, "CREATE SCHEMA theirs")
    with pytest.raises(TargetError, match="schema theirs belongs to another role"):
        plan_reset(Target(owner), ResetRequest(schemas=(), drop=("theirs",)))
    try:
        execute(any_database, "CREATE SCHEMA full_of; CREATE EXTENSION citext SCHEMA full_of")
    except psycopg.Error:
        pytest.skip("the server lacks contrib")
    with pytest.raises(TargetError, match="full_of would be dropped, and holds extension citext"):
        plan_reset(Target(any_database), ResetRequest(schemas=(), drop=("full_of",)))


def test_a_publication_of_a_schema_s_tables_is_seen_where_the_schema_goes(any_database):
    execute(
        any_database, "CREATE SCHEMA app; CREATE TABLE app.t (id int); CREATE PUBLICATION p FOR TABLES IN SCHEMA app"
    )
    with pytest.raises(TargetError, match="publication namespace app in publication p"):
        reset(Target(any_database), ResetRequest(schemas=(), drop=("app",)))
    reset(Target(any_database), ResetRequest(schemas=("app",)))
    assert execute(any_database, "SELECT count(*) FROM pg_publication_namespace") == [(1,)]
    assert reset(Target(any_database), ResetRequest(schemas=(), drop=("app",), allow=("p",))).lost


def test_a_schema_that_is_not_there_is_named(any_database):
    assert plan_reset(Target(any_database), ResetRequest(schemas=("public", "nowhere"))).missing == ("nowhere",)
    assert reset(Target(any_database), ResetRequest(schemas=("public", "nowhere"))).schemas == ("public",)


def test_the_history_of_migrations_goes_with_the_schemas(any_database):
    execute(
        any_database,
        """CREATE SCHEMA supabase_migrations;
        CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY);
        CREATE TABLE supabase_migrations.seed_files (path text PRIMARY KEY, hash text);
        INSERT INTO supabase_migrations.schema_migrations VALUES ('1'), ('2');
        INSERT INTO supabase_migrations.seed_files VALUES ('seed.sql', 'x')""",
    )
    counts = """SELECT (SELECT count(*) FROM supabase_migrations.schema_migrations),
        (SELECT count(*) FROM supabase_migrations.seed_files)"""
    assert plan_reset(Target(any_database), ResetRequest(schemas=("public",), empty_history=True)).forgotten == 2
    assert reset(Target(any_database), ResetRequest(schemas=("public",))).forgotten == 0
    assert execute(any_database, counts) == [(2, 1)]
    assert reset(Target(any_database), ResetRequest(schemas=("public",), empty_history=True)).forgotten == 2
    assert execute(any_database, counts) == [(0, 0)]


@pytest.mark.slow
def test_another_s_history_is_refused_before_anything(any_database, owner):
    execute(
        any_database,
        """CREATE SCHEMA supabase_migrations;
        CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY)""",
    )
    before = fingerprint(any_database)
    for run in (plan_reset, reset):
        with pytest.raises(TargetError, match=r"history of migrations.*belongs to a role"):
            run(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW, empty_history=True))
    assert changes(before, fingerprint(any_database)) == []


def test_a_held_lock_ends_it_cleanly(any_database, owner):
    with psycopg.connect(any_database) as other:
        other.execute("SELECT FROM public.notes FOR UPDATE LIMIT 1")
        started = time.monotonic()
        with pytest.raises(TargetError, match="lock held"):
            reset(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW, lock_timeout_s=0.2))
        assert time.monotonic() - started < 30
        other.rollback()
    assert execute(any_database, "SELECT count(*) FROM public.people") == [(50,)]


def test_another_restore_s_lock_is_waited_for(any_database):
    with psycopg.connect(any_database) as other:
        other.execute("SELECT pg_advisory_xact_lock(1936613744, 1)")
        with pytest.raises(TargetError, match="another restore is still running"):
            reset(Target(any_database), ResetRequest(schemas=("public",), lock_timeout_s=0.1))


def test_a_protected_database_is_refused(any_database):
    with pytest.raises(TargetError, match="protected"):
        reset(Target(any_database), ResetRequest(schemas=("public",), guard=Guard(protected=("*/*",), yes=True)))


@pytest.mark.slow
def test_stopping_changes_nothing(any_database, owner):
    before = fingerprint(any_database)
    stop = threading.Event()
    with psycopg.connect(any_database) as other:
        other.execute("LOCK TABLE public.notes IN ACCESS SHARE MODE")
        threading.Timer(0.5, stop.set).start()
        with pytest.raises(Interrupted):
            reset(Target(owner), ResetRequest(schemas=("public",), allow=ALLOW, lock_timeout_s=60), stop=stop)
        other.rollback()
    assert changes(before, fingerprint(any_database)) == []
