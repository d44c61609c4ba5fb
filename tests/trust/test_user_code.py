"""Test that code attached by a database's owner does not run with a superuser's rights, with known attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo

from snap.checks import Rule
from snap.compare import compare, snapshot_side
from snap.errors import TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.clones.cloning import clone_into
from snap_restorer.live.side import live_side
from snap_restorer.pg.guard import Guard
from snap_restorer.prove.facts import FactsRequest, examine
from snap_restorer.prove.read_queries import Measuring, ReadQuery, time_reads
from snap_restorer.request import Mode, Request
from tests.cases.snapshots import snapshot, table
from tests.paths import ROOT
from tests.postgres import execute
from tests.trust.planted import CODE, INSERTED, LOADED, MOOD, READ, TABLE, owned, planted


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    rows = [(1, "ok"), (2, "sad")]
    return snapshot(tmp_path, [(table("t", ("n", "integer"), ("mood", "mood")), rows)], f"{MOOD}{TABLE}")


@pytest.mark.slow
@pytest.mark.parametrize(("attached", "place"), LOADED.values(), ids=LOADED)
def test_what_rows_run_on_their_way_in_is_refused_to_a_superuser(
    any_database: str, made: Snapshot, attached: str, place: str
) -> None:
    owned(any_database, attached)
    with pytest.raises(TargetError) as refused:
        restore(made, Target(any_database), allowed("replace"))
    assert place in refused.value.message
    assert refused.value.hint == "read the code; connect as role guest"
    assert refused.value.option == "trust_code"
    assert not planted(any_database)
    restore(made, Target(any_database), allowed("replace", trust_code=True))
    assert planted(any_database)  # what the attack did


@pytest.mark.slow
@pytest.mark.parametrize(("attached", "place"), INSERTED.values(), ids=INSERTED)
def test_what_missing_rows_run_is_refused_to_a_superuser(
    any_database: str, made: Snapshot, attached: str, place: str
) -> None:
    owned(any_database, attached)
    for dry_run in (True, False):
        with pytest.raises(TargetError) as refused:
            restore(made, Target(any_database), allowed("missing", dry_run=dry_run))
        assert place in refused.value.message
    assert not planted(any_database)
    restore(made, Target(any_database), allowed("missing", trust_code=True))
    assert planted(any_database)


@pytest.mark.slow
@pytest.mark.parametrize(("attached", "place"), READ.values(), ids=READ)
def test_what_reading_runs_is_refused_to_a_superuser(
    any_database: str, made: Snapshot, attached: str, place: str
) -> None:
    owned(any_database, attached)
    with pytest.raises(TargetError) as refused, live_side(Target(any_database), made.manifest):
        pass
    assert place in refused.value.message
    assert not planted(any_database)
    with live_side(Target(any_database), made.manifest, trust_code=True) as live:
        compare(snapshot_side(made), live)
    assert planted(any_database)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["replace", "missing", "sync"])
def test_the_owner_runs_its_own_code(database: str, made: Snapshot, mode: Mode) -> None:
    owned(database, ";".join(sql for sql, _ in (LOADED["check"], INSERTED["trigger"], READ["index"])))
    target = Target(make_conninfo(database, user="guest", password="p"))
    restore(made, target, allowed(mode))
    with live_side(target, made.manifest) as live:
        compare(snapshot_side(made), live)
    assert not planted(database)


def test_a_role_that_may_become_a_superuser_is_one(database: str, made: Snapshot) -> None:
    owned(database, LOADED["check"][0])
    execute(database, "CREATE ROLE admin LOGIN PASSWORD 'p'; GRANT postgres TO admin")
    with pytest.raises(TargetError, match=r"public\.evil"):
        restore(made, Target(make_conninfo(database, user="admin", password="p")), allowed("replace"))


def test_code_of_a_superuser_and_of_extensions_runs(database: str, made: Snapshot) -> None:
    execute(
        database,
        f"""CREATE EXTENSION citext; {MOOD}{TABLE}
        CREATE FUNCTION public.fine(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
        CREATE ROLE guest LOGIN;
        ALTER TABLE public.t ADD CHECK (public.fine(n)), ADD u uuid DEFAULT gen_random_uuid(), ADD s serial,
            ADD w public.citext UNIQUE CHECK (w <> 'x');
        ALTER TABLE public.t OWNER TO guest""",
    )
    restore(made, Target(database), allowed("replace"))


@pytest.mark.parametrize(
    "check",
    [
        "pg_catalog.table_to_xml('public.t', true, true, '') IS NOT NULL",
        "pg_catalog.query_to_xml('SELECT public.power()', true, true, '') IS NOT NULL",
        "pg_catalog.set_config('role', 'none', false) <> ''",
        "pg_catalog.pg_read_file('PG_VERSION') <> ''",
        "pg_catalog.lo_import('PG_VERSION') IS NOT NULL",
    ],
)
@pytest.mark.slow
def test_functions_of_postgres_that_reach_out_are_named(database: str, made: Snapshot, check: str) -> None:
    owned(database, f"ALTER TABLE public.t ADD CONSTRAINT c CHECK ({check}) NOT VALID")
    with pytest.raises(TargetError, match=r"constraint c on table public\.t runs function"):
        restore(made, Target(database), allowed("replace"))


@pytest.mark.slow
def test_a_dry_run_foretells_the_refusal(database: str, made: Snapshot) -> None:
    owned(database, LOADED["check"][0])
    with pytest.raises(TargetError, match="with a superuser's rights"):
        restore(made, Target(database), allowed("replace", dry_run=True))


@pytest.mark.slow
@pytest.mark.parametrize("attached", ["check", "index", "generated", "default", "operator"])
@pytest.mark.parametrize("run", [restore, clone_into])
def test_code_that_the_snapshot_brings_is_refused_to_a_superuser(
    database: str, tmp_path: Path, attached: str, run: Callable[..., object]
) -> None:
    sql = f"{MOOD}{TABLE}{CODE}{LOADED[attached][0]};"
    brought = snapshot(tmp_path, [(table("t", ("n", "integer"), ("mood", "mood")), [(1, "ok")])], sql)
    with pytest.raises(TargetError, match="with a superuser's rights") as refused:
        run(brought, Target(database))
    assert "is not a superuser" in refused.value.hint
    assert not planted(database)
    assert execute(database, "SELECT pg_catalog.to_regclass('public.t')") == [(None,)]


@pytest.mark.slow
@pytest.mark.parametrize("run", [restore, clone_into])
def test_a_function_of_postgres_that_runs_sql_of_the_snapshot_is_refused_to_a_superuser(
    any_database: str, tmp_path: Path, run: Callable[..., object]
) -> None:
    sql = f"{MOOD}{TABLE}{CODE}{LOADED['function of Postgres that runs SQL'][0]};"
    brought = snapshot(tmp_path, [(table("t", ("n", "integer"), ("mood", "mood")), [(1, "ok")])], sql)
    with pytest.raises(TargetError) as refused:
        run(brought, Target(any_database))
    assert "code of the snapshot would run with a superuser's rights" in refused.value.message
    assert "constraint c on table public.t runs function ts_rewrite(tsquery,text)" in refused.value.message
    assert not planted(any_database)
    restore(brought, Target(any_database), allowed("replace", trust_code=True))
    assert planted(any_database)


@pytest.mark.slow
def test_a_domain_of_another_in_a_table_of_a_superuser_is_code_too(any_database: str, made: Snapshot) -> None:
    owned(any_database, "CREATE DOMAIN public.d AS int")
    execute(any_database, "ALTER TABLE public.t OWNER TO postgres; ALTER TABLE public.t ALTER n TYPE public.d")
    check = LOADED["function of Postgres that runs SQL"][0].partition("CHECK")[2]
    execute(
        any_database, f"SET SESSION AUTHORIZATION guest; ALTER DOMAIN public.d ADD CONSTRAINT c CHECK {check} NOT VALID"
    )
    with pytest.raises(TargetError, match=r"constraint c runs function ts_rewrite") as refused:
        restore(made, Target(any_database), allowed("replace"))
    assert refused.value.hint == "read the code; connect as role guest"
    assert not planted(any_database)
    restore(made, Target(any_database), allowed("replace", trust_code=True))
    assert planted(any_database)


@pytest.mark.slow
def test_code_that_the_owner_gave_to_a_role_of_postgres_is_code_of_others(any_database: str, made: Snapshot) -> None:
    owned(any_database, LOADED["check"][0])
    execute(
        any_database,
        "ALTER TABLE public.t OWNER TO postgres; SET SESSION AUTHORIZATION guest;"
        "ALTER FUNCTION public.evil(int) OWNER TO pg_database_owner;"
        "ALTER FUNCTION public.power() OWNER TO pg_database_owner",
    )
    with pytest.raises(TargetError, match=r"public\.evil\(integer\), of role pg_database_owner"):
        restore(made, Target(any_database), allowed("replace"))
    assert not planted(any_database)


@pytest.mark.slow
def test_a_superuser_who_took_the_owners_role_is_one(any_database: str, made: Snapshot) -> None:
    owned(any_database, LOADED["check"][0])
    target = Target(make_conninfo(any_database, options="-c role=guest"))
    with pytest.raises(TargetError, match=r"public\.evil"):
        restore(made, target, allowed("replace"))
    assert not planted(any_database)
    restore(made, target, allowed("replace", trust_code=True))
    assert planted(any_database)


# What the owner makes, the query of the project that meets it, and how it is named.
QUERIED = {
    "index": (READ["index"][0], "SELECT n FROM public.t WHERE n = 1", "index public.i"),
    "view": (
        "CREATE VIEW public.v AS SELECT n FROM public.t WHERE public.evil(n)",
        "SELECT n FROM public.v",
        "view public.v",
    ),
    "function": ("", "SELECT public.Evil(1)", "- function public.evil(integer), of role guest"),
    "operator": (
        "CREATE FUNCTION public.same(int, bigint) RETURNS boolean LANGUAGE plpgsql AS"
        " 'BEGIN RETURN public.evil($1); END';"
        "CREATE OPERATOR public.=== (FUNCTION = public.same, LEFTARG = int, RIGHTARG = bigint)",
        "SELECT 1 OPERATOR(public.===) 2::bigint",
        "operator public.===(integer,bigint)",
    ),
    "policy": (
        "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY; CREATE POLICY y ON public.t USING (public.evil(n));"
        "CREATE ROLE reader; GRANT SELECT ON public.t TO reader",
        "SELECT n FROM public.t",
        "policy y on table public.t",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("attached", "text", "place"), QUERIED.values(), ids=QUERIED)
def test_what_a_timed_query_runs_is_refused_to_a_superuser(
    any_database: str, attached: str, text: str, place: str
) -> None:
    before, _, role = attached.partition("CREATE ROLE")
    owned(any_database, before)
    if role:
        execute(any_database, f"CREATE ROLE{role}")
    how = Measuring(runs=1, warmup=0, role="reader" if role else None, settings={})
    queries = [ReadQuery(name="q", sql=text)]
    with pytest.raises(TargetError) as refused:
        time_reads(Target(any_database), queries, how)
    assert place in refused.value.message
    assert refused.value.option == "trust_code"
    assert not planted(any_database)
    (timing,) = time_reads(Target(any_database), queries, replace(how, trust_code=True))
    assert timing.problem == ""
    assert planted(any_database)


@pytest.mark.slow
@pytest.mark.parametrize("attached", ["index", "rule"])
def test_what_health_reads_is_refused_to_a_superuser(any_database: str, made: Snapshot, attached: str) -> None:
    owned(any_database, READ["index"][0] if attached == "index" else "")
    rules = () if attached == "index" else (Rule(name="r", sql="SELECT n FROM public.t WHERE public.evil(n)"),)
    with pytest.raises(TargetError, match=r"public\.evil"):
        examine(Target(any_database), made.manifest, FactsRequest(derived=rules))
    assert not planted(any_database)
    examine(Target(any_database), made.manifest, FactsRequest(derived=rules, trust_code=True))
    assert planted(any_database)


@pytest.mark.slow
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_counting_before_a_clone_runs_is_refused_to_a_superuser(
    any_database: str, made: Snapshot, dry_run: bool
) -> None:
    owned(any_database, READ["index"][0])
    with pytest.raises(TargetError, match=r"index public\.i runs function public\.evil"):
        clone_into(made, Target(any_database), allowed("replace", dry_run=dry_run))
    assert not planted(any_database)


@pytest.mark.slow
def test_worldchef_goes_over_itself_for_a_superuser(any_database: str) -> None:
    v1 = Store(ROOT).resolve("v1")
    for mode in ("replace", "replace", "missing", "sync"):
        restore(v1, Target(any_database), allowed(mode))
    with live_side(Target(any_database), v1.manifest) as live:
        assert compare(snapshot_side(v1), live).identical


@pytest.mark.slow
def test_a_view_that_a_superuser_fills_is_code_too(any_database: str, made: Snapshot) -> None:
    owned(any_database, "")
    execute(any_database, "CREATE MATERIALIZED VIEW public.m AS SELECT public.evil(n) FROM public.t WITH NO DATA")
    execute(any_database, "ALTER FUNCTION public.power() OWNER TO guest; REFRESH MATERIALIZED VIEW public.m")
    with pytest.raises(TargetError, match=r"materialized view public\.m runs function public\.evil"):
        restore(made, Target(any_database), allowed("replace"))


def allowed(mode: Mode, *, trust_code: bool = False, dry_run: bool = False) -> Request:
    return Request(mode=mode, trust_code=trust_code, dry_run=dry_run, guard=Guard(yes=True))
