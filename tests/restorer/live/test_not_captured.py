"""Test that a capture names everything in a database that no restore brings back, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from snap.errors import TargetError
from snap.store import Store
from snap_restorer import Server, Target, restore
from snap_restorer.live.not_captured import NotCaptured, read_not_captured
from snap_restorer.live.reader import open_reader
from snap_restorer.live.tables import read_database
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.postgres import embedded_home, execute, name_of
from tests.progress import Recorded

CARRIED = """
CREATE SCHEMA app; COMMENT ON SCHEMA app IS 'x';
CREATE TYPE app.mood AS ENUM ('a'); CREATE DOMAIN app.d AS int CHECK (value > 0);
CREATE UNLOGGED TABLE app.t (i int PRIMARY KEY, j int); COMMENT ON TABLE app.t IS 'x';
CREATE STATISTICS app.s ON i, j FROM app.t;
CREATE FUNCTION app.f(app.mood) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''x''::text';
CREATE CAST (app.mood AS text) WITH FUNCTION app.f(app.mood);
CREATE TEXT SEARCH CONFIGURATION app.c (COPY = simple);
CREATE OPERATOR app.@@@ (RIGHTARG = app.mood, FUNCTION = app.f);
ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.t USING (true);
CREATE FUNCTION app.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION app.e();
"""
LOST = """
CREATE ROLE reader; CREATE ROLE keeper;
GRANT USAGE ON SCHEMA app TO reader; GRANT SELECT ON app.t TO reader; REVOKE EXECUTE ON FUNCTION app.e() FROM PUBLIC;
CREATE TABLE public.k (i int, j int); GRANT UPDATE (j) ON public.k TO reader; ALTER TABLE public.k OWNER TO keeper;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader;
CREATE PUBLICATION pub FOR TABLE public.k;
SELECT lo_create(4711);
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR reader SERVER far;
CREATE FOREIGN TABLE app.away (i int) SERVER far;
"""

CONTROL = "default_version = '1'\nrelocatable = false\nschema = jobs\ntrusted = true\n"
SCRIPT = """
CREATE TABLE job (id serial PRIMARY KEY, cmd text NOT NULL, builtin boolean NOT NULL DEFAULT false);
INSERT INTO job (cmd, builtin) VALUES ('vacuum', true);
CREATE TABLE kept (id int PRIMARY KEY); CREATE TABLE own (id int PRIMARY KEY); INSERT INTO own VALUES (1);
SELECT pg_catalog.pg_extension_config_dump('job', 'WHERE NOT builtin');
SELECT pg_catalog.pg_extension_config_dump('job_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('kept', '');
"""


@pytest.fixture
def with_extension(pg: Server, databases: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Yield a function that creates databases with the extension `snap_jobs`, whose table `job` users fill."""
    if int(pg.version.partition(".")[0]) < 18:
        pytest.skip("before Postgres 18 a server finds extensions in its own folder only")
    with embedded_home() as home:
        folder = home / "extension"
        folder.mkdir(parents=True)
        (folder / "snap_jobs.control").write_text(CONTROL, "utf-8")
        (folder / "snap_jobs--1.sql").write_text(SCRIPT, "utf-8")

        def fresh() -> str:
            url = databases()
            execute(url, f"""ALTER DATABASE "{name_of(url)}" SET extension_control_path = '{home}:$system'""")
            return url

        yield fresh


def listed(url: str) -> dict[str, tuple[str, ...]]:
    with open_reader(Target(url)) as reader:
        return {each.kind: each.names for each in read_not_captured(reader, read_database(reader).own)}


@pytest.mark.slow
def test_what_is_carried_is_not_warned_of(
    database: str, databases: Callable[[], str], take: Capture, store: Store
) -> None:
    execute(database, CARRIED)
    heard = Recorded()
    manifest = take(database, progress=heard, trust_code=True)
    assert heard.warnings == []
    assert listed(database) == {}
    target = databases()
    restore(store.resolve(manifest.version), Target(target), Request(trust_code=True))
    assert take(target, trust_code=True).schema_sql == manifest.schema_sql
    assert listed(target) == {}


@pytest.mark.slow
def test_each_kind_that_is_not_carried_is_listed_once_with_its_names(database: str, take: Capture) -> None:
    name = name_of(database)
    execute(database, CARRIED + LOST)
    execute(database, f"""ALTER DATABASE "{name}" SET work_mem = '8MB'; COMMENT ON DATABASE "{name}" IS 'x'""")
    execute(database, f"""ALTER ROLE keeper IN DATABASE "{name}" SET lock_timeout = 7""")
    assert listed(database) == {
        "publication": ("pub",),
        "large object": ("4711",),
        "GRANT on relation": ("app.away", "app.t", "k"),
        "GRANT on routine": ("e",),
        "GRANT on schema": ("app",),
        "default privilege": ("postgres",),
        "owner": ("keeper", "postgres"),
        "setting of the database": ("role keeper: lock_timeout", "work_mem"),
        "comment on the database": (name,),
        "user mapping": ("reader on far",),
        "foreign table's rows": ("app.away",),
    }
    heard = Recorded()
    take(database, progress=heard, trust_code=True)
    assert "not captured: GRANT on relation, 3 (app.away, app.t, k)" in heard.warnings
    assert len(heard.warnings) == len(set(heard.warnings)) == 11
    heard = Recorded()
    take(database, progress=heard, trust_code=True, tables=("app.t",))
    assert heard.warnings == []


@pytest.mark.slow
def test_storage_and_replication_are_listed(database: str, take: Capture) -> None:
    execute(database, "CREATE TABLE t (i int)")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE elsewhere LOCATION ''")
    try:
        execute(
            database,
            """
            CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler;
            CREATE TABLE far (i int) TABLESPACE elsewhere; CREATE INDEX "On it" ON t (i) TABLESPACE elsewhere;
            CREATE TABLE other (i int) USING pile; CREATE MATERIALIZED VIEW seen USING pile AS SELECT 1 AS one;
            CREATE TABLE parted (i int) PARTITION BY LIST (i); CREATE TABLE part PARTITION OF parted DEFAULT USING pile;
            CREATE SUBSCRIPTION "Sub" CONNECTION 'host=nowhere.invalid' PUBLICATION p
                WITH (connect = false, slot_name = NONE);
            """,
        )
        assert listed(database) == {
            "subscription": ('"Sub"',),
            "tablespace": ('"On it"', "far"),
            "table access method": ("other", "part", "seen"),
        }
        heard = Recorded()
        take(database, progress=heard, trust_code=True)
        assert 'not captured: tablespace, 2 ("On it", far)' in heard.warnings
        assert 'not captured: subscription, 1 ("Sub")' in heard.warnings
        assert "not captured: table access method, 3 (other, part, seen)" in heard.warnings
    finally:
        execute(database, 'DROP SUBSCRIPTION IF EXISTS "Sub"')  # no database with one can be dropped
        execute(database, 'DROP TABLE IF EXISTS far; DROP INDEX IF EXISTS "On it"')
        execute(database, "DROP TABLESPACE elsewhere")


def test_a_database_without_tables_is_refused(database: str, store: Store, take: Capture) -> None:
    execute(database, "CREATE VIEW v AS SELECT 1 AS one; CREATE TABLE t (i int)")
    with pytest.raises(TargetError, match="there is no table to capture"):
        take(database, exclude=("t",))
    execute(database, "DROP TABLE t")
    with pytest.raises(TargetError, match="there is no table to capture"):
        take(database)
    assert store.names() == ()


def test_many_names_are_counted() -> None:
    many = NotCaptured(kind="large object", names=tuple(str(i) for i in range(1000)))
    assert many.warning == "not captured: large object, 1,000 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 990 more)"


@pytest.mark.slow
def test_rows_that_users_have_put_into_an_extensions_table_are_named(
    with_extension: Callable[[], str], take: Capture, store: Store
) -> None:
    source, target = with_extension(), with_extension()
    execute(source, "CREATE EXTENSION snap_jobs; CREATE TABLE plain (i int)")
    assert "extension's row" not in listed(source)
    jobs = "INSERT INTO jobs.job (cmd) VALUES ('SELECT 1'), ('SELECT 2');"
    orders = "CREATE TABLE orders (id int PRIMARY KEY, job int REFERENCES jobs.job);"
    execute(source, jobs + orders + "INSERT INTO orders VALUES (1, 2), (2, 3)")
    assert listed(source)["extension's row"] == ("jobs.job of snap_jobs",)
    heard = Recorded()
    manifest = take(source, progress=heard, trust_code=True)
    assert "not captured: extension's row, 1 (jobs.job of snap_jobs)" in heard.warnings
    assert (
        "table orders references jobs.job (constraint orders_job_fkey), a table of an extension whose rows are "
        "not captured: a restore needs these rows in its target"
    ) in heard.warnings
    assert "orders_job_fkey" in manifest.schema_sql

    made = store.resolve(manifest.version)
    with pytest.raises(TargetError, match="orders_job_fkey"):
        restore(made, Target(target), Request())
    assert execute(target, "SELECT to_regclass('orders')") == [(None,)]
    execute(target, "CREATE EXTENSION snap_jobs; CREATE TABLE plain (i int);" + orders)
    with pytest.raises(TargetError, match=r"orders references jobs\.job, which lacks 2 keys") as raised:
        restore(made, Target(target), Request())
    assert raised.value.unchanged
    execute(target, jobs)
    for _ in range(2):
        restore(made, Target(target), Request())
    assert execute(target, "TABLE orders ORDER BY 1") == [(1, 2), (2, 3)]
