"""Test that a superuser writes rows as the role that owns their table, so the code that runs sees the owner.

--trust-code simulates a gap in the list of code. SET ROLE is not a strict barrier (planted code elsewhere resets it),
and these functions do not try to.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from snap.checks import Rule
from snap.errors import TargetError
from snap.store import Snapshot
from snap_restorer import Target, restore
from snap_restorer.dump.put_back import PutBackRequest, put_back
from snap_restorer.pg.guard import Guard
from snap_restorer.pg.introspect import relations_of
from snap_restorer.pg.owner_role import COPY, owner_roles
from snap_restorer.prove.facts import FactsRequest, examine
from snap_restorer.prove.read_queries import Measuring, ReadQuery, time_reads
from snap_restorer.prove.violations import Violations
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, name_of
from tests.restorer.backing import taken

TABLES = "CREATE TABLE public.t (n int PRIMARY KEY, a text); CREATE TABLE public.u (n int PRIMARY KEY, a text);"
# Records who runs it, and what a superuser's rights let it do.
SEEN = """CREATE TABLE public.seen (who text, did text);
CREATE FUNCTION public.seen(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.seen VALUES (current_user, 'ran');
    BEGIN
        PERFORM pg_catalog.pg_read_file('PG_VERSION');
        INSERT INTO public.seen VALUES (current_user, 'read a file');
    EXCEPTION WHEN insufficient_privilege THEN NULL; END;
    BEGIN
        ALTER ROLE guest SUPERUSER;
        INSERT INTO public.seen VALUES (current_user, 'took a right');
    EXCEPTION WHEN insufficient_privilege THEN NULL; END;
    RETURN true;
END $$;
CREATE FUNCTION public.quiet(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.seen($1); END';
CREATE FUNCTION public.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.seen(1); RETURN NEW; END';
"""
ATTACHED = {
    "check": "ALTER TABLE public.{} ADD CHECK (public.seen(n)) NOT VALID",
    "default": "ALTER TABLE public.{0} ADD g boolean; ALTER TABLE public.{0} ALTER g SET DEFAULT public.seen(1)",
    "index": "CREATE INDEX ON public.{} (public.quiet(n))",
    "generated": "ALTER TABLE public.{} ADD g boolean GENERATED ALWAYS AS (public.quiet(n)) STORED",
    "trigger": "CREATE TRIGGER x BEFORE INSERT ON public.{} FOR EACH ROW EXECUTE FUNCTION public.act()",
    "constraint trigger": "CREATE CONSTRAINT TRIGGER x AFTER INSERT ON public.{} DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION public.act()",
}
HOW = {
    "replace": Request(),
    "--jobs 2": Request(jobs=2),
    "missing": Request(mode="missing"),
    "sync": Request(mode="sync"),
}
GUEST = {("guest", "ran")}


def trusting(request: Request) -> Request:
    return replace(request, trust_code=True, guard=Guard(yes=True))


def owned(url: str, *statements: str) -> None:
    """Make the role guest the owner of the database, and run the statements as guest."""
    execute(url, f"""CREATE ROLE guest LOGIN PASSWORD 'p'; ALTER DATABASE "{name_of(url)}" OWNER TO guest""")
    before = f"{TABLES} INSERT INTO public.t VALUES (1, 'old')"
    execute(url, f"SET SESSION AUTHORIZATION guest; {';'.join((before, SEEN, *statements))}")
    execute(url, "DELETE FROM public.seen")


def seen(url: str) -> set[tuple[str, str]]:
    return set(execute(url, "SELECT who, did FROM public.seen"))  # type: ignore[arg-type]


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    rows = [(1, "one"), (2, "two"), (3, "three")]
    columns = (("n", "integer"), ("a", "text"))
    return snapshot(tmp_path, [(table("t", *columns), rows), (table("u", *columns), rows)], TABLES)


@pytest.mark.slow
@pytest.mark.parametrize("any_pg", ["15", "18"], indirect=True)
@pytest.mark.parametrize("attached", ATTACHED)
@pytest.mark.parametrize("how", HOW)
def test_code_sees_the_owner_where_a_superuser_writes_rows(
    any_database: str, made: Snapshot, how: str, attached: str
) -> None:
    owned(any_database, *(ATTACHED[attached].format(name) for name in "tu"))
    restore(made, Target(any_database), trusting(HOW[how]))
    silent = "trigger" in attached and how != "missing"  # held off
    assert seen(any_database) == (set() if silent else GUEST)
    assert execute(any_database, "SELECT count(*) FROM t JOIN u USING (n)") == [(3,)]
    assert execute(any_database, "SELECT rolsuper FROM pg_roles WHERE rolname = 'guest'") == [(False,)]


@pytest.mark.slow
@pytest.mark.parametrize("any_pg", ["15", "18"], indirect=True)
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("forced", [False, True])
def test_the_owner_that_row_security_binds_writes_where_it_is_lifted(
    any_database: str, made: Snapshot, how: str, *, forced: bool
) -> None:
    policy = "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON public.t"
    plain = "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY"
    owned(any_database, ATTACHED["check"].format("t"), f"{policy} USING (false)" if forced else plain)
    restore(made, Target(any_database), trusting(HOW[how]))
    roles = {role for role, _ in seen(any_database)}
    assert roles == ({"postgres"} if forced and how in {"missing", "sync"} else {"guest"})
    assert execute(any_database, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 't'") == [(forced,)]
    assert execute(any_database, "SELECT count(*) FROM t") == [(3,)]


# What keeps an owner from writing rows that a superuser's session writes: then the session's own role does.
UNABLE = {
    "INSERT": "REVOKE INSERT ON public.t FROM guest",
    "schema": "REVOKE USAGE ON SCHEMA public FROM guest, PUBLIC",
    "sequence": "CREATE SEQUENCE public.s; ALTER TABLE public.t ADD s bigint DEFAULT nextval('public.s')",
    "function": "CREATE FUNCTION public.f(int) RETURNS boolean SECURITY DEFINER LANGUAGE sql AS 'SELECT true';"
    "REVOKE EXECUTE ON FUNCTION public.f(int) FROM PUBLIC; ALTER TABLE public.t ADD CHECK (public.f(n)) NOT VALID",
}
# A superuser's own function that reads what the owner of the table may not, and where it runs.
SECRET = """CREATE TABLE public.secret (n int); INSERT INTO public.secret VALUES (1);
CREATE FUNCTION public.f(int) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO public.known SELECT current_user FROM public.secret; RETURN true; END $$;
CREATE TABLE public.known (who text);"""
POWERFUL = {
    "check": "ALTER TABLE public.t ADD CHECK (public.f(n)) NOT VALID",
    "default": "ALTER TABLE public.t ADD g boolean; ALTER TABLE public.t ALTER g SET DEFAULT public.f(1)",
    "domain": "CREATE DOMAIN public.d AS int CHECK (public.f(VALUE)); ALTER TABLE public.t ALTER n TYPE public.d",
    "operator": "CREATE OPERATOR public.## (FUNCTION = public.f, RIGHTARG = int);"
    "ALTER TABLE public.t ADD CHECK (OPERATOR(public.##) n) NOT VALID",
    "trigger": "CREATE FUNCTION public.act() RETURNS trigger LANGUAGE plpgsql AS"
    " 'BEGIN PERFORM public.f(1); RETURN NEW; END';"
    "CREATE TRIGGER x BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.act()",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("lacking", UNABLE)
def test_rows_that_the_owner_could_not_write_are_written_by_the_superuser(
    database: str, made: Snapshot, how: str, lacking: str
) -> None:
    execute(database, f"CREATE ROLE guest; {TABLES} ALTER TABLE t OWNER TO guest; ALTER TABLE u OWNER TO guest")
    execute(database, UNABLE[lacking])
    restore(made, Target(database), trusting(HOW[how]))
    assert execute(database, "SELECT count(*) FROM t JOIN u USING (n)") == [(3,)]


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("attached", POWERFUL)
def test_code_of_a_superuser_keeps_what_it_may_do(database: str, made: Snapshot, how: str, attached: str) -> None:
    execute(database, f"CREATE ROLE guest; {TABLES}{SECRET}{POWERFUL[attached]}")
    execute(database, "ALTER TABLE t OWNER TO guest; ALTER TABLE u OWNER TO guest; DELETE FROM known")
    restore(made, Target(database), replace(HOW[how], guard=Guard(yes=True)))
    silent = attached == "trigger" and how != "missing"  # held off
    assert execute(database, "SELECT DISTINCT who FROM known") == ([] if silent else [("postgres",)])
    assert execute(database, "SELECT count(*) FROM t") == [(3,)]


ELSEWHERE = {
    "index": "CREATE INDEX ON public.t (public.f(n))",
    "predicate": "CREATE INDEX ON public.t (n) WHERE public.f(n)",
    "generated": "ALTER TABLE public.t ADD g boolean GENERATED ALWAYS AS (public.f(n)) STORED",
    "domain in a composite": "CREATE DOMAIN public.d AS int CHECK (public.f(VALUE));"
    "CREATE TYPE public.c AS (d public.d); ALTER TABLE public.t ADD c public.c[]",
    "cast": "CREATE TYPE public.e AS ENUM ('a'); CREATE FUNCTION public.e(int) RETURNS public.e LANGUAGE sql AS"
    " $$ SELECT 'a'::public.e $$; CREATE CAST (int AS public.e) WITH FUNCTION public.e(int) AS ASSIGNMENT;"
    "ALTER TABLE public.t ADD e public.e",
    "operator class": "CREATE FUNCTION public.cmp(int, int) RETURNS int IMMUTABLE LANGUAGE sql AS"
    " 'SELECT pg_catalog.btint4cmp($1, $2)'; CREATE OPERATOR CLASS public.oc FOR TYPE int USING btree AS"
    " OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 public.cmp(int, int);"
    "CREATE INDEX ON public.t (n public.oc)",
    "partition": "DROP TABLE public.t; CREATE TABLE public.t (n int, a text) PARTITION BY LIST (n);"
    "CREATE TABLE public.x PARTITION OF public.t DEFAULT PARTITION BY LIST (n);"
    "CREATE TABLE public.y PARTITION OF public.x DEFAULT; ALTER TABLE public.y ADD CHECK (public.f(n));"
    "ALTER TABLE public.t OWNER TO guest",
    "partition key": "DROP TABLE public.t; CREATE TABLE public.t (n int) PARTITION BY LIST (public.f(n));"
    "ALTER TABLE public.t OWNER TO guest",
}


@pytest.mark.parametrize("attached", ELSEWHERE)
def test_code_of_a_superuser_is_found_wherever_it_is_attached(database: str, attached: str) -> None:
    function = "CREATE FUNCTION public.f(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END';"
    execute(database, f"CREATE ROLE guest; {TABLES} ALTER TABLE t OWNER TO guest; ALTER TABLE u OWNER TO guest")
    execute(database, f"{function}{ELSEWHERE[attached]}")
    with Target(database).connect() as connection:
        tables = relations_of(connection, {"t", "u"})
        roles = owner_roles(connection, [t.oid for t in tables.values()], COPY, forced=True, triggers=True)
    assert roles == {tables["u"].oid: "guest"}


@pytest.mark.parametrize("how", HOW)
def test_each_owner_writes_its_own_tables(database: str, made: Snapshot, how: str) -> None:
    owned(database, *(ATTACHED["check"].format(name) for name in "tu"))
    execute(database, "CREATE ROLE other; GRANT ALL ON ALL TABLES IN SCHEMA public TO other")
    execute(database, "GRANT ALL ON SCHEMA public TO other; ALTER TABLE public.u OWNER TO other")
    restore(made, Target(database), trusting(HOW[how]))
    roles = {role for role, _ in seen(database)}
    assert roles == ({"postgres"} if how == "sync" else {"guest", "other"})  # one statement for all tables


@pytest.mark.parametrize("how", HOW)
def test_what_the_owner_may_not_do_is_an_error_that_names_the_owner(database: str, made: Snapshot, how: str) -> None:
    owned(database, "ALTER TABLE public.t ADD CHECK (pg_catalog.pg_read_file('PG_VERSION') <> '') NOT VALID")
    with pytest.raises(TargetError) as refused:
        restore(made, Target(database), trusting(HOW[how]))
    assert refused.value.message.startswith(
        "role guest owns the table, but lacks a privilege that code of the table needs: permission denied for "
        "function pg_read_file"
    )
    assert refused.value.hint == "grant that privilege to role guest, or remove the code from the table"
    assert refused.value.unchanged == (how != "--jobs 2")
    assert execute(database, "SELECT n, a FROM t") == [(1, "old")]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["replace", "missing"])
def test_a_superuser_who_took_a_role_has_it_back(database: str, made: Snapshot, how: str) -> None:
    owned(database, ATTACHED["check"].format("t"))
    execute(database, "CREATE ROLE other; GRANT guest TO other")
    execute(database, f'GRANT CREATE ON DATABASE "{name_of(database)}" TO other')
    restore(made, Target(make_conninfo(database, options="-c role=other")), trusting(HOW[how]))
    assert seen(database) == GUEST
    owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'snap.ledger'::regclass"
    assert execute(database, owner) == [("other",)]


@pytest.mark.slow
def test_what_a_superuser_has_just_created_for_an_owner_is_filled_as_the_owner(database: str, tmp_path: Path) -> None:
    execute(database, f"""CREATE ROLE guest; ALTER DATABASE "{name_of(database)}" OWNER TO guest""")
    sql = f"{SEEN}CREATE TABLE public.t (n int CHECK (public.seen(n)), a text);"
    made = snapshot(tmp_path, [(table("t", ("n", "integer"), ("a", "text")), [(1, "x"), (2, "y")])], sql)
    restore(made, Target(database), trusting(Request()))
    assert seen(database) == GUEST


@pytest.mark.slow
@pytest.mark.parametrize("any_pg", ["15", "18"], indirect=True)
@pytest.mark.parametrize("attached", ["check", "generated"])
def test_code_sees_the_owner_where_a_backup_is_put_back(any_database: str, attached: str) -> None:
    renamed = """ALTER TABLE public.t RENAME TO "a (n) ""b"; ALTER TABLE public.u FORCE ROW LEVEL SECURITY"""
    enabled = "ALTER TABLE public.u ENABLE ROW LEVEL SECURITY; INSERT INTO public.u VALUES (1, 'new')"
    definition = ATTACHED[attached].removesuffix(" NOT VALID")  # which comes before the rows
    owned(any_database, *(definition.format(name) for name in "tu"), enabled, renamed)
    # What the code finds is beyond what is put back.
    execute(any_database, "CREATE SCHEMA kept AUTHORIZATION guest; ALTER TABLE public.seen SET SCHEMA kept")
    seen_there = "SELECT pg_get_functiondef('public.seen(int)'::regprocedure)"
    execute(any_database, execute(any_database, seen_there)[0][0].replace("public.seen VALUES", "kept.seen VALUES"))
    backup = taken(any_database, schemas=("public",), trust_code=True)
    execute(any_database, "DELETE FROM kept.seen")
    put_back(Target(any_database), backup, PutBackRequest(trust_code=True))
    assert set(execute(any_database, "SELECT who, did FROM kept.seen")) == GUEST
    assert execute(any_database, """SELECT n FROM public."a (n) ""b" """) == [(1,)]


# Health's queries: what a superuser has made beside the owner's view, the query, and whose role runs it.
WHO = """CREATE FUNCTION public.who() RETURNS name LANGUAGE plpgsql AS 'BEGIN RETURN current_user; END';
CREATE VIEW public.v AS SELECT n, public.who() AS who FROM public.t; INSERT INTO public.t VALUES (2, 'new')"""
READ = {
    "the owner's view": ("", "SELECT who FROM public.v", "guest"),
    "the owner's function": ("", "SELECT public.who()::text FROM public.t", "guest"),
    "a superuser's table": ("CREATE TABLE public.secret AS SELECT 1", "SELECT who FROM public.v, public.secret", ""),
    "a superuser's function": (
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT who FROM public.v WHERE public.f() = 1",
        "",
    ),
    "a superuser's function in a view": (
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"
        "CREATE VIEW public.x AS SELECT public.f() AS n; CREATE VIEW public.w AS SELECT who FROM public.v, public.x;"
        "ALTER VIEW public.x OWNER TO guest; ALTER VIEW public.w OWNER TO guest",
        "SELECT who FROM public.w",
        "",
    ),
    "a superuser's operator": (
        "CREATE FUNCTION public.f(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';"
        "CREATE OPERATOR public.=== (FUNCTION = public.f, LEFTARG = int, RIGHTARG = int)",
        "SELECT who FROM public.v WHERE n OPERATOR(public.===) 1",
        "",
    ),
    "forced row security": (
        "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "SELECT public.who()::text FROM public.t",
        "",
    ),
    "an extension's schema": (
        "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext",
        "SELECT who FROM public.v",
        "",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("any_pg", ["15", "18"], indirect=True)
@pytest.mark.parametrize(("beside", "text", "role"), READ.values(), ids=READ)
def test_health_reads_as_the_owner_of_what_its_queries_name(
    any_database: str, made: Snapshot, beside: str, text: str, role: str
) -> None:
    owned(any_database, WHO)
    execute(any_database, beside or "SELECT")
    rules = (Rule(name="r", sql=text),)
    facts = examine(Target(any_database), made.manifest, FactsRequest(derived=rules, trust_code=True))
    [(_, violations)] = facts.derived
    assert isinstance(violations, Violations), violations
    assert facts.rows == {"t": 2, "u": 0}
    assert set(violations.shown) == {f"({role or 'postgres'})"}
    fails = f"SELECT 1 / bool_and(q::text = '({role or 'postgres'})')::int FROM ({text}) AS q"
    how = Measuring(runs=1, warmup=0, settings={}, trust_code=True)
    (timing,) = time_reads(Target(any_database), [ReadQuery(name="q", sql=fails)], how)
    assert timing.problem == ""


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_a_role_of_any_name_writes_partitions_and_tables_in_a_circle(database: str, tmp_path: Path, how: str) -> None:
    execute(database, f"""CREATE ROLE "Gu'e""st 1"; ALTER DATABASE "{name_of(database)}" OWNER TO "Gu'e""st 1" """)
    execute(
        database,
        f"""SET ROLE "Gu'e""st 1"; {SEEN.replace("guest", "CURRENT_USER")}
        CREATE TABLE public.t (n int PRIMARY KEY CHECK (public.seen(n)), a int, s serial) PARTITION BY RANGE (n);
        CREATE TABLE public.t1 PARTITION OF public.t FOR VALUES FROM (1) TO (3);
        CREATE TABLE public.t2 PARTITION OF public.t DEFAULT PARTITION BY RANGE (n);
        CREATE TABLE public.t3 PARTITION OF public.t2 DEFAULT;
        CREATE TABLE public.u (n int PRIMARY KEY CHECK (public.seen(n)), a int REFERENCES public.t DEFERRABLE);
        ALTER TABLE public.t ADD FOREIGN KEY (a) REFERENCES public.u DEFERRABLE; INSERT INTO public.t VALUES (9)""",
    )
    execute(database, "DELETE FROM public.seen")
    columns = (("n", "integer"), ("a", "integer"))
    rows = [(1, 2), (2, 1), (3, None)]
    made = snapshot(tmp_path, [(table("t", *columns), rows), (table("u", *columns), rows)], TABLES)
    restore(made, Target(database), trusting(HOW[how]))
    assert {role for role, _ in seen(database)} == {"Gu'e\"st 1"}
    assert execute(database, "SELECT count(*) FROM t JOIN u USING (n, a)") == [(2,)]
