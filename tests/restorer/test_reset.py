"""A reset empties schemas and leaves all that is not in them as it was; what would go with them is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from restorer import Target
from restorer.reset import look, reset
from snap.errors import TargetError, UsageError
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute

# A database as Supabase has it: the application's schemas belong to a plain owner, the platform's to others.
HOSTED = """
CREATE ROLE plain LOGIN; CREATE ROLE anon; CREATE ROLE authenticated;
CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY, email text);
GRANT USAGE ON SCHEMA auth TO plain; GRANT SELECT, REFERENCES, TRIGGER ON auth.users TO plain;
INSERT INTO auth.users VALUES (1, 'a');
ALTER SCHEMA public OWNER TO plain; COMMENT ON SCHEMA public IS 'the application';
GRANT USAGE ON SCHEMA public TO anon, authenticated;
CREATE SCHEMA app AUTHORIZATION plain;
CREATE EXTENSION citext SCHEMA public;
SET ROLE plain;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO anon;
CREATE TYPE public.mood AS ENUM ('sad', 'ok'); CREATE DOMAIN public.short AS text CHECK (length(VALUE) < 9);
CREATE TABLE public.users (id int PRIMARY KEY REFERENCES auth.users, mail citext, m public.mood, s public.short);
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE TABLE app.posts (id serial PRIMARY KEY, author int REFERENCES public.users) PARTITION BY RANGE (id);
CREATE TABLE app.posts_1 PARTITION OF app.posts FOR VALUES FROM (0) TO (100);
CREATE VIEW public.mails AS SELECT mail FROM public.users;
CREATE MATERIALIZED VIEW public.counted AS SELECT count(*) FROM app.posts;
CREATE FUNCTION public.hello() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE AGGREGATE public.most (int) (SFUNC = int4larger, STYPE = int);
CREATE SEQUENCE app.numbers; CREATE STATISTICS app.st ON id, author FROM app.posts_1;
CREATE COLLATION app.c FROM "C"; CREATE TEXT SEARCH CONFIGURATION app.simple (COPY = simple);
"""
OURS = ("public", "app")


def owner(url: str, pg: Any) -> Target:
    return Target(f"host={pg.socket} port={pg.port} user=plain dbname='{Target(url).parameters()['dbname']}'")


@pytest.fixture
def hosted(any_database: str, any_pg: Any) -> Target:
    """The database as its plain owner."""
    execute(any_database, HOSTED)
    return owner(any_database, any_pg)


def objects(url: str) -> list[tuple[str, str]]:
    """Everything in the application's schemas but members of extensions."""
    return execute(
        url,
        """SELECT DISTINCT n.nspname, (pg_identify_object(d.classid, d.objid, 0)).identity FROM pg_depend d
        JOIN pg_namespace n ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
        WHERE n.nspname IN ('public', 'app') AND d.classid NOT IN ('pg_default_acl'::regclass, 'pg_extension'::regclass)
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE (e.classid, e.objid, e.deptype) = (d.classid, d.objid, 'e'))""",
    )


def test_everything_in_the_schemas_goes_and_they_stay_as_they_were(hosted: Target, any_database: str) -> None:
    kept = """SELECT nspname, nspowner::regrole::text, nspacl::text, obj_description(oid) FROM pg_namespace
        WHERE nspname IN ('public', 'app') ORDER BY 1"""
    before = execute(any_database, kept)
    planned = look(hosted, OURS)
    assert planned.objects["public"]["table"] == 1
    assert planned.objects["app"]["table"] == 1  # its partition goes with it
    assert planned.outside == ()
    assert reset(hosted, OURS) == planned
    assert objects(any_database) == []
    assert execute(any_database, kept) == before
    assert execute(any_database, "SELECT id FROM auth.users") == [(1,)]
    # Grants, default privileges and extensions are there for what comes next.
    execute(hosted.conninfo, "CREATE TABLE public.again (v citext)")
    execute(any_database, "SET ROLE anon; SELECT * FROM public.again")
    assert reset(hosted, OURS).objects == {"public": {"table": 1}, "app": {}}
    assert reset(hosted, OURS).objects == {"public": {}, "app": {}}


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("CREATE VIEW auth.seen AS SELECT id FROM public.users", "view auth.seen"),
        ("CREATE TABLE auth.more (id int REFERENCES public.users)", "table constraint more_id_fkey on auth.more"),
        ("CREATE TABLE auth.more (m public.mood)", "table column auth.more.m"),
        ("CREATE TRIGGER hi AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.hello()",
         "trigger hi on auth.users"),
        ("CREATE PUBLICATION live FOR TABLE public.users", "publication relation public.users in publication live"),
    ],
)  # fmt: skip
def test_what_would_go_with_them_is_refused_unless_it_is_named(
    sql: str, name: str, hosted: Target, any_database: str
) -> None:
    execute(any_database, sql)
    before = fingerprint(any_database)
    for work in (look, reset):
        with pytest.raises(TargetError) as refused:
            work(hosted, OURS)
        assert name in refused.value.message
        assert "allow_cascade" in refused.value.hint
    assert changes(before, fingerprint(any_database)) == []
    as_admin = Target(any_database)
    assert name in reset(as_admin, OURS, allow=(name,)).outside
    assert objects(any_database) == []


def test_patterns_allow_too(hosted: Target, any_database: str) -> None:
    execute(any_database, "CREATE VIEW auth.seen AS SELECT id FROM public.users")
    assert reset(Target(any_database), OURS, allow=("auth.*",)).outside == ("view auth.seen",)


def test_what_belongs_to_others_is_refused_and_nothing_goes(hosted: Target, any_database: str) -> None:
    # Who owns a schema may drop all that is in it; who owns only tables in it may not.
    execute(any_database, "CREATE TABLE public.theirs (v int); ALTER SCHEMA public OWNER TO CURRENT_USER")
    before = fingerprint(any_database)
    with pytest.raises(TargetError, match="must be owner of table theirs"):
        reset(hosted, OURS)
    assert changes(before, fingerprint(any_database)) == []


def test_a_lock_of_others_is_waited_for_and_then_refused(hosted: Target, any_database: str) -> None:
    before = fingerprint(any_database)
    with Target(any_database).connect() as other:
        other.execute("SELECT * FROM public.users")
        with pytest.raises(TargetError, match="lock"):
            reset(hosted, OURS, lock_timeout_s=0.2)
    assert changes(before, fingerprint(any_database)) == []


@pytest.mark.parametrize("name", ["auth", "storage", "extensions", "snap", "pg_catalog", "information_schema", "vault"])
def test_schemas_of_the_platform_are_never_reset(name: str, database: str) -> None:
    for work in (look, reset):
        with pytest.raises(UsageError, match=f"schema {name} is not the application's"):
            work(Target(database), ("public", name))


def test_a_schema_that_is_not_there_is_told_with_those_that_are(hosted: Target) -> None:
    with pytest.raises(TargetError, match="has no schema pubic") as refused:
        reset(hosted, ("pubic",))
    assert refused.value.hint == "check [reset]; it has: app, public"


def test_hostile_names_are_dropped_too(database: str, databases: Callable[[], str]) -> None:
    execute(
        database,
        '''CREATE SCHEMA "Odd; ""one"""; CREATE TABLE "Odd; ""one"""."a.b ""c""" (id int);
        CREATE FUNCTION "Odd; ""one"""."f ("("x y" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE OPERATOR "Odd; ""one""".=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)''',
    )
    assert sum(reset(Target(database), ('Odd; "one"',)).objects['Odd; "one"'].values()) == 3
