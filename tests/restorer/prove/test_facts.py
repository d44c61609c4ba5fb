"""Test reading the facts for a database's health: every row is read, or an error is raised. Test read times, too."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from snap.checks import Rule
from snap.errors import Interrupted, ServiceError, TargetError, UsageError
from snap.manifest import Manifest
from snap.schema import ForeignKey
from snap.store import Store
from snap_restorer import Server, Target, restore
from snap_restorer.pg.ledger import last_entry
from snap_restorer.prove.facts import CacheQuery, FactsRequest, IngredientLine, examine
from snap_restorer.prove.read_queries import Measuring, ReadQuery, Timing, read_query, time_reads
from snap_restorer.prove.violations import Problem
from tests.cases import toy
from tests.postgres import execute, name_of

QUICK = Measuring(runs=3, warmup=1, timeout_s=5, settings={})
NOBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff"
LOG = 'ship."Log book"'


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return toy.publish(Store(tmp_path_factory.mktemp("store")), "v1").manifest


@pytest.fixture
def url(database: str, tmp_path: Path) -> str:
    restore(toy.publish(Store(tmp_path), "v1"), Target(database))
    return database


@pytest.fixture
def plain(pg: Server, url: str) -> str:
    """Return the database as a role that owns nothing."""
    execute(url, "CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA ship TO plain")
    name = name_of(url)
    return f"host={pg.socket} port={pg.port} user=plain dbname='{name}'"


def with_key(manifest: Manifest, key: ForeignKey) -> Manifest:
    """Return the manifest with a foreign key added to table crew."""
    crew, log = manifest.tables
    return replace(manifest, tables=(replace(crew, table=replace(crew.table, foreign_keys=(key,))), log))


# --- what it holds


@pytest.mark.slow
def test_what_was_just_restored_holds_all_of_it(url, manifest):
    held = examine(Target(url), manifest)
    assert held.entry is not None
    assert (held.entry.version, held.entry.state) == ("v1", "done")
    assert held.rows == {"crew": 10, "ship.Log book": 20}
    assert [(one.name, one.rows, one.shown) for one in held.references] == [("ship.Log book.author", 0, ())]
    sizes = dict(
        execute(url, f"VALUES ('crew', pg_total_relation_size('crew')), ('l', pg_total_relation_size('{LOG}'))")
    )
    assert list(held.bytes.values()) == list(sizes.values())
    assert held.cache is None


@pytest.mark.slow
def test_a_table_that_is_not_there_holds_no_number_of_rows(url, manifest):
    execute(url, f"DROP TABLE {LOG}")
    held = examine(Target(url), manifest)
    assert held.rows == {"crew": 10, "ship.Log book": None}
    assert held.bytes["ship.Log book"] is None
    assert held.references == ()


def test_a_database_without_a_ledger_has_no_entry(database, manifest):
    assert last_entry(Target(database)) is None
    assert examine(Target(database), manifest).rows == {"crew": None, "ship.Log book": None}


@pytest.mark.slow
@pytest.mark.parametrize("constraint", ["none", "not valid"])
def test_orphans_are_found_whatever_the_database_says_of_the_constraint(url, manifest, constraint):
    execute(url, f'ALTER TABLE {LOG} DROP CONSTRAINT "Log book_author_fkey"')
    execute(url, f"INSERT INTO {LOG} VALUES (99, '{NOBODY}', 'lost')")
    if constraint == "not valid":
        execute(url, f"ALTER TABLE {LOG} ADD FOREIGN KEY (author) REFERENCES crew NOT VALID")
    (found,) = examine(Target(url), manifest).references
    assert (found.rows, found.shown) == (1, (f"({NOBODY})",))


def test_a_parent_that_is_gone_leaves_every_row_an_orphan(url, manifest):
    execute(url, "DROP TABLE crew CASCADE")
    (found,) = examine(Target(url), manifest).references
    assert (found.rows, found.shown) == (20, ("the table that it references does not exist",))


def test_a_reference_that_cannot_be_compared_says_why(url, manifest):
    made = with_key(manifest, ForeignKey(columns=("name",), references='"sh.ip"."a ""b"""', to=("id",)))
    execute(url, 'CREATE SCHEMA "sh.ip"; CREATE TABLE "sh.ip"."a ""b""" (id uuid PRIMARY KEY)')
    found = examine(Target(url), made).references[0]
    assert found.rows == 1
    assert "operator does not exist" in found.shown[0]


def test_parents_outside_the_snapshot_are_looked_at_where_they_may_be_read(url, plain, manifest):
    key = ForeignKey(columns=("id",), references="auth.users", to=("id",))
    execute(url, "CREATE SCHEMA auth; CREATE TABLE auth.users AS SELECT id FROM crew OFFSET 3")
    execute(url, f"GRANT SELECT ON crew, {LOG} TO plain")
    found = examine(Target(url), with_key(manifest, key)).references[0]
    assert (found.rows, len(found.shown)) == (3, 3)
    found = examine(Target(plain), with_key(manifest, key)).references[0]
    assert found.skipped == "this role may not read every row of auth.users"


@pytest.mark.slow
def test_values_are_compared_as_the_types_of_extensions_compare_them(url, manifest):
    execute(url, "CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions")
    execute(url, "CREATE TABLE names (name extensions.citext PRIMARY KEY); INSERT INTO names SELECT name FROM crew")
    execute(url, "ALTER TABLE crew ALTER name TYPE extensions.citext; UPDATE crew SET name = upper(name)")
    key = ForeignKey(columns=("name",), references="names", to=("name",))
    assert examine(Target(url), with_key(manifest, key)).references[0].rows == 0
    execute(url, "ALTER TABLE crew ADD FOREIGN KEY (name) REFERENCES names")
    assert examine(Target(url), with_key(manifest, key)).references[0].rows == 0


@pytest.mark.slow
def test_a_partitioned_table_is_counted_and_measured_whole(url, manifest):
    execute(url, f"ALTER TABLE {LOG} RENAME TO old; CREATE TABLE {LOG} (LIKE ship.old) PARTITION BY RANGE (n)")
    for part, low, high in (("a", 0, 10), ("b", 10, 100)):
        execute(url, f"CREATE TABLE ship.{part} PARTITION OF {LOG} FOR VALUES FROM ({low}) TO ({high})")
    execute(url, f"INSERT INTO {LOG} SELECT * FROM ship.old")
    held = examine(Target(url), manifest)
    assert held.rows["ship.Log book"] == 20
    assert (
        held.bytes["ship.Log book"]
        == execute(url, "SELECT pg_total_relation_size('ship.a') + pg_total_relation_size('ship.b')")[0][0]
    )


@pytest.mark.slow
def test_rules_give_their_first_offences_and_a_rule_that_cannot_run_its_reason(url, manifest):
    rules = (
        Rule(name="few", sql="SELECT name FROM crew"),
        Rule(name="none", sql="SELECT name FROM crew WHERE false"),
        Rule(name="bad", sql="SELECT nothing FROM crew"),
        Rule(name="worse", sql='SELECT 1 / (n - n) FROM ship."Log book"'),
    )
    few, none, bad, worse = (found for _, found in examine(Target(url), manifest, FactsRequest(derived=rules)).derived)
    assert (few.rows, len(few.shown)) == (10, 3)
    assert (none.rows, none.shown) == (0, ())
    assert bad == Problem('column "nothing" does not exist')
    assert worse == Problem("division by zero")


def test_a_rule_cannot_write(url, manifest):
    execute(url, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'DELETE FROM ship.\"Log book\" RETURNING 1'")
    with pytest.raises(TargetError, match="read-only transaction"):
        examine(Target(url), manifest, FactsRequest(derived=(Rule(name="writes", sql="SELECT f()"),)))
    assert execute(url, f"SELECT count(*) FROM {LOG}") == [(20,)]


@pytest.mark.slow
def test_lines_of_the_cache_are_values_or_a_problem(url, manifest):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    sql = (
        "SELECT 'r' AS recipe, 'egg' AS name, $1::float8 AS quantity, NULL AS unit, true AS cached,"
        " $2::timestamptz > '2020-01-01' AS fresh"
    )
    line = IngredientLine(recipe="r", name="egg", quantity=7, unit=None, cached=True, fresh=True)
    assert examine(Target(url), manifest, FactsRequest(cache=CacheQuery(sql=sql, sample=7, now=now))).cache == (line,)
    told = CacheQuery(sql=f"{sql}, false AS summed", sample=7, now=now)
    assert examine(Target(url), manifest, FactsRequest(cache=told)).cache == (replace(line, summed=False),)
    question = CacheQuery(sql="SELECT $1::int, $2::text FROM recipes", sample=7, now=now)
    assert examine(Target(url), manifest, FactsRequest(cache=question)).cache == Problem(
        'relation "recipes" does not exist'
    )


def test_nothing_is_written_and_a_standby_would_do(url, manifest):
    execute(url, f'ALTER DATABASE "{name_of(url)}" SET default_transaction_read_only = on')
    assert examine(Target(url), manifest).rows["crew"] == 10


# --- what cannot be read


def test_tables_that_a_role_may_not_read_are_refused_by_name(plain, manifest):
    with pytest.raises(TargetError, match=r"role plain may not read crew, ship\.Log book"):
        examine(Target(plain), manifest)


def test_row_security_that_would_shorten_a_count_is_an_error(url, plain, manifest):
    execute(url, f"GRANT SELECT ON crew, {LOG} TO plain; ALTER TABLE crew ENABLE ROW LEVEL SECURITY")
    with pytest.raises(TargetError, match="not see every row of crew"):
        examine(Target(plain), manifest)


def test_an_owner_under_forced_row_security_sees_every_row_and_it_stays_forced(url, plain, manifest):
    execute(url, f"ALTER TABLE crew OWNER TO plain; ALTER TABLE {LOG} OWNER TO plain")
    execute(url, "ALTER TABLE crew ENABLE ROW LEVEL SECURITY; ALTER TABLE crew FORCE ROW LEVEL SECURITY")
    held = examine(Target(plain), manifest)
    assert held.rows == {"crew": 10, "ship.Log book": 20}
    assert held.references[0].rows == 0
    assert execute(url, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'crew'") == [(True,)]


@pytest.mark.slow
def test_a_parent_outside_under_forced_row_security_of_its_owner_is_seen_too(url, plain, manifest):
    key = ForeignKey(columns=("id",), references="auth.users", to=("id",))
    execute(
        url, "CREATE SCHEMA auth; CREATE TABLE auth.users AS SELECT id FROM crew; ALTER TABLE auth.users OWNER TO plain"
    )
    execute(url, f"GRANT USAGE ON SCHEMA auth TO plain; GRANT SELECT ON crew, {LOG} TO plain")
    execute(url, "ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY; ALTER TABLE auth.users FORCE ROW LEVEL SECURITY")
    found = examine(Target(plain), with_key(manifest, key)).references[0]
    assert (found.rows, found.skipped) == (0, "")


def test_who_waits_for_a_restore_reads_what_it_left(url, manifest):
    """A TRUNCATE also affects older snapshots: one taken before the lock would show an empty table."""
    with psycopg.connect(url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(f"CREATE TEMP TABLE kept AS TABLE {LOG}; TRUNCATE {LOG}; INSERT INTO {LOG} TABLE kept")
        reading = pool.submit(examine, Target(url), manifest)
        waits = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{LOG}'::regclass"
        while execute(url, waits) == [(0,)]:
            assert not reading.done()
        other.commit()
        assert reading.result().rows == {"crew": 10, "ship.Log book": 20}


def test_a_table_that_others_hold_is_waited_for_as_long_as_told(url, manifest):
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE crew")
        with pytest.raises(TargetError, match="lock held"):
            examine(Target(url), manifest, FactsRequest(lock_timeout_s=0.1))


def test_stop_ends_a_statement_that_runs(url, manifest):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Interrupted):
        examine(Target(url), manifest, FactsRequest(derived=(Rule(name="slow", sql="SELECT pg_sleep(60)"),)), stop=stop)


def test_no_server_is_an_error_of_a_service(manifest):
    with pytest.raises(ServiceError):
        examine(Target("postgresql://127.0.0.1:1/x"), manifest)


# --- read queries


def test_a_file_is_one_statement_or_parameters_and_a_statement():
    assert read_query("q", "-- about\n\nSELECT 1;\n-- end\n", source="f") == ReadQuery(name="q", sql="SELECT 1")
    text = "-- about\n-- parameters\n-- whose\nSELECT id\nFROM t;\n-- query\nSELECT $1 -- x\n;"
    assert read_query("q", text, source="f") == ReadQuery(
        name="q", sql="SELECT $1 -- x", parameters="SELECT id\nFROM t"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "lacks a statement where one is expected"),
        ("-- nothing\n", "lacks a statement where one is expected"),
        ("-- parameters\nSELECT 1\n", "has the marks -- parameters"),
        ("-- query\nSELECT 1\n-- parameters\nSELECT 1\n", "has the marks"),
        ("-- parameters\n-- query\nSELECT 1\n", "lacks a statement where one is expected"),
        ("-- parameters\nSELECT 1\n-- query\n", "lacks a statement where one is expected"),
    ],
)
def test_other_files_are_refused(text, reason):
    with pytest.raises(UsageError, match=f"f.sql {reason}"):
        read_query("q", text, source="f.sql")


def test_times_are_of_the_runs_after_the_warm_up(url):
    query = ReadQuery(name="q", sql="SELECT pg_sleep($1::float8)", parameters="VALUES (0.2), (0), (0.02), (0)")
    (timing,) = time_reads(Target(url), [query], QUICK)
    assert len(timing.seconds) == 3
    assert timing.seconds[1] >= 0.02
    assert max(timing.seconds) < 0.2  # the first row went to the warm-up


def test_p95_is_a_run_by_nearest_rank():
    timing = Timing(name="q", seconds=tuple(n / 100 for n in range(100, 0, -1)))
    assert (timing.at(0.5), timing.at(0.95), timing.at(1)) == (0.5, 0.95, 1.0)
    assert Timing(name="q", seconds=(3.0,)).at(0.5) == 3.0


def test_parameters_come_as_the_types_that_the_query_wants_and_a_percent_is_a_percent(url):
    query = ReadQuery(
        name="q",
        sql="SELECT 1 / count(*) FROM crew WHERE id = $1 AND joined = $2 AND facts IS NOT DISTINCT FROM $3"
        " AND tags IS NOT DISTINCT FROM $4 AND watch = $5 AND mood IS NOT DISTINCT FROM $6 AND name LIKE '%o%' || $7",
        parameters="SELECT id, joined, facts, tags, watch, mood, right(name, 1) FROM crew",
    )
    (timing,) = time_reads(Target(url), [query], replace(QUICK, runs=12))
    assert (timing.problem, len(timing.seconds)) == ("", 12)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("DELETE FROM crew", "read-only transaction"),
        ("SELECT nextval('s')", "read-only transaction"),
        ("SELECT 1; COMMIT; DELETE FROM crew", "multiple commands"),
        ("COMMIT", "ends the transaction"),
        ("SELECT nothing FROM crew", 'column "nothing"'),
        ("SELECT pg_sleep(9)", "statement timeout"),
        ("SELECT $1", "parameter"),
    ],
)
def test_what_cannot_be_measured_is_a_problem_of_that_query_alone(url, sql, reason):
    execute(url, "CREATE SEQUENCE s")
    queries = [ReadQuery(name="bad", sql=sql), ReadQuery(name="good", sql="SELECT 1")]
    bad, good = time_reads(Target(url), queries, replace(QUICK, timeout_s=0.3))
    assert reason in bad.problem
    assert (good.problem, len(good.seconds)) == ("", 3)
    assert execute(url, "SELECT count(*) FROM crew") == [(10,)]


def test_parameters_without_a_row_measure_nothing(url):
    query = ReadQuery(name="q", sql="SELECT $1", parameters="SELECT name FROM crew WHERE false")
    assert "its parameter query returned no row" in time_reads(Target(url), [query], QUICK)[0].problem


def test_queries_run_as_the_role_and_with_the_settings_of_the_application(url):
    execute(url, "CREATE ROLE app; GRANT SELECT ON crew TO app; ALTER TABLE crew ENABLE ROW LEVEL SECURITY")
    execute(url, "CREATE POLICY p ON crew USING (name = current_setting('app.name')::json ->> 'sub')")
    how = replace(QUICK, role="app", settings={"app.name": '{"sub": "Zoë 3"}'})
    one = ReadQuery(name="one", sql="SELECT 1 / (count(*) = 1)::int, 1 / (current_user = 'app')::int FROM crew")
    drawn = ReadQuery(name="drawn", sql="SELECT 1 / ($1 = 'Zoë 3')::int", parameters="SELECT name FROM crew")
    assert [timing.problem for timing in time_reads(Target(url), [one, drawn], how)] == ["", ""]
    assert "division" in time_reads(Target(url), [one], QUICK)[0].problem
    (other,) = time_reads(Target(url), [ReadQuery(name="log", sql=f"SELECT FROM {LOG}")], how)
    assert "permission denied" in other.problem
    (unknown,) = time_reads(Target(url), [one], replace(how, role="nobody"))
    assert 'role "nobody" does not exist' in unknown.problem


def test_through_a_pooler_role_and_settings_do_not_reach_the_next_client(url, manifest, bouncer_port):
    execute(url, "CREATE ROLE app")
    target = Target(f"host=127.0.0.1 port={bouncer_port} user=postgres dbname='{Target(url).parameters()['dbname']}'")
    how = replace(QUICK, role="app", settings={"app.name": "x"})
    query = ReadQuery(name="q", sql="SELECT 1 / (current_user = 'app')::int, $1", parameters="SELECT 1")
    assert time_reads(target, [query], how)[0].problem == ""
    assert execute(target.conninfo, "SELECT current_user, current_setting('app.name', true) <> 'x'") == [
        ("postgres", True)
    ]
    assert examine(target, manifest).rows["crew"] == 10


def test_stop_ends_the_measuring(url):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Interrupted):
        time_reads(Target(url), [ReadQuery(name="q", sql="SELECT pg_sleep(4)")], QUICK, stop=stop)


def test_a_server_that_ends_the_session_is_an_error_and_no_problem_of_a_query(url):
    with pytest.raises(ServiceError):
        time_reads(Target(url), [ReadQuery(name="q", sql="SELECT pg_terminate_backend(pg_backend_pid())")], QUICK)
