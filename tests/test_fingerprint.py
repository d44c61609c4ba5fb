"""Test that the fingerprint sees everything that a restore could lose, on every Postgres, and nothing unnoticeable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from snap_restorer.local.embedded import Embedded, Server
from tests.fingerprint import changes, cluster, fingerprint, leftovers
from tests.postgres import embedded_home, execute

SETUP = """
CREATE ROLE guest;
CREATE TABLE a (id int PRIMARY KEY, b text DEFAULT 'x' NOT NULL, c numeric);
CREATE TABLE d (id int CONSTRAINT d_a REFERENCES a, n int CONSTRAINT positive CHECK (n > 0));
INSERT INTO a SELECT n, n, n FROM generate_series(1, 100) n; INSERT INTO d SELECT n, n FROM generate_series(1, 50) n;
CREATE INDEX a_b ON a (lower(b)); CREATE UNIQUE INDEX a_u ON a (id, b);
COMMENT ON INDEX a_b IS 'why';
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER t BEFORE INSERT ON d FOR EACH ROW EXECUTE FUNCTION f();
CREATE POLICY p ON a USING (id > 0);
CREATE SEQUENCE s; CREATE VIEW v AS SELECT id FROM a; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;
ALTER TABLE d REPLICA IDENTITY FULL;
CREATE STATISTICS st ON id, b FROM a; CREATE PUBLICATION pub FOR TABLE a, d; CREATE TYPE e AS ENUM ('x');
"""
SEEN = [
    "UPDATE a SET c = 1.0 WHERE id = 1",
    "DELETE FROM d WHERE id = 9",
    "ALTER TABLE a ADD n int",
    "ALTER TABLE a ALTER b DROP DEFAULT",
    "ALTER TABLE a ALTER b DROP NOT NULL",
    "ALTER TABLE a ALTER b SET STATISTICS 7",
    "ALTER TABLE a ALTER b SET STORAGE MAIN",
    "ALTER TABLE a OWNER TO guest",
    "ALTER TABLE a SET (fillfactor = 50)",
    "ALTER TABLE a SET (toast.autovacuum_enabled = off)",
    "ALTER TABLE a CLUSTER ON a_pkey",
    "ALTER TABLE a REPLICA IDENTITY USING INDEX a_pkey",
    "ALTER TABLE a ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE a FORCE ROW LEVEL SECURITY",
    "ALTER POLICY p ON a USING (id > 1)",
    "ALTER INDEX a_b SET (fillfactor = 50)",
    "ALTER INDEX a_b ALTER COLUMN 1 SET STATISTICS 7",
    "ALTER INDEX a_b RENAME TO a_c",
    "COMMENT ON INDEX a_b IS NULL",
    "DROP INDEX a_u",
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_b'::regclass",
    "ALTER TABLE d DROP CONSTRAINT d_a",
    "ALTER TABLE d ALTER CONSTRAINT d_a DEFERRABLE",
    "ALTER TABLE d DROP CONSTRAINT d_a; ALTER TABLE d ADD CONSTRAINT d_a FOREIGN KEY (id) REFERENCES a NOT VALID",
    "ALTER TABLE d DROP CONSTRAINT positive; ALTER TABLE d ADD CONSTRAINT positive CHECK (n > 0) NOT VALID",
    "COMMENT ON CONSTRAINT positive ON d IS 'why'",
    "ALTER TABLE d DISABLE TRIGGER t",
    "ALTER TABLE d ENABLE REPLICA TRIGGER t",
    "ALTER TABLE d DISABLE TRIGGER ALL",
    "SELECT nextval('s')",
    "ALTER SEQUENCE s OWNED BY a.id",
    "CREATE OR REPLACE VIEW v AS SELECT id FROM a WHERE id > 0",
    "REFRESH MATERIALIZED VIEW m WITH NO DATA",
    "GRANT SELECT ON a TO guest",
    "GRANT SELECT (b) ON a TO guest",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO guest",
    "ALTER STATISTICS st SET STATISTICS 7",
    "ALTER PUBLICATION pub DROP TABLE d",
    "ALTER TYPE e ADD VALUE 'y'",
    "CREATE SCHEMA snap_stage",
    "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
]
UNSEEN = [
    "ALTER TABLE d DROP CONSTRAINT d_a; ALTER TABLE d ADD CONSTRAINT d_a FOREIGN KEY (id) REFERENCES a",
    "DROP INDEX a_b; CREATE INDEX a_b ON a USING btree (lower(b)); COMMENT ON INDEX a_b IS 'why'",
    "CREATE TEMP TABLE copy AS TABLE a; DELETE FROM d; DELETE FROM a; INSERT INTO a SELECT * FROM copy ORDER BY id;"
    "SET session_replication_role = replica; INSERT INTO d SELECT n, n FROM generate_series(1, 50) n; DROP TABLE copy",
    "VACUUM FULL ANALYZE a",
]
OTHERS = [folder for folder in sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin")) if (folder / "initdb").exists()]


pytestmark = pytest.mark.slow  # what it proves are other tests


@pytest.fixture(scope="module", params=["wheel", *map(str, OTHERS)])
def base(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Yield a server with a database `base`."""
    environment = dict(os.environ) | ({} if request.param == "wheel" else {"SNAP_PG_BIN": request.param})
    with embedded_home() as home:
        embedded = Embedded(environment=environment, home=home)
        try:
            server = embedded.start().as_superuser()
            execute(server.url("postgres"), "CREATE DATABASE base")
            execute(server.url("base"), SETUP)
            yield server
        finally:
            embedded.stop()


def test_what_a_restore_could_lose_is_seen_and_what_nobody_notices_is_not(base: Server) -> None:
    admin, copy = base.url("postgres"), base.url("copy")
    before = fingerprint(base.url("base"))
    for statement in (*SEEN, *UNSEEN):
        execute(admin, "CREATE DATABASE copy TEMPLATE base")
        assert changes(before, fingerprint(copy)) == []
        if statement.startswith("VACUUM"):
            execute(copy, statement)
        else:
            execute(copy, f"SET allow_system_table_mods = on; {statement}")
        found = changes(before, fingerprint(copy))
        assert bool(found) == (statement in SEEN), (statement, found)
        execute(admin, "DROP DATABASE copy")


def test_what_hangs_on_the_cluster_is_seen(base: Server) -> None:
    admin = base.url("postgres")
    before = cluster(admin)
    for statement, undo in (
        ("CREATE ROLE stray", "DROP ROLE stray"),
        ("ALTER ROLE guest SET search_path = a", "ALTER ROLE guest RESET ALL"),
        ("ALTER DATABASE base SET work_mem = '1MB'", "ALTER DATABASE base RESET ALL"),
        ("CREATE DATABASE stray", "DROP DATABASE stray"),
        ("ALTER DATABASE base CONNECTION LIMIT 3", "ALTER DATABASE base CONNECTION LIMIT -1"),
        ("ALTER ROLE guest LOGIN", "ALTER ROLE guest NOLOGIN"),
    ):
        execute(admin, statement)
        assert changes(before, cluster(admin)), statement
        execute(admin, undo)
        assert changes(before, cluster(admin)) == []


def test_what_is_left_is_seen(base: Server) -> None:
    import psycopg

    url = base.url("base")
    assert leftovers(url) == []
    with psycopg.connect(url, application_name="stray") as other:
        other.execute("SELECT pg_advisory_xact_lock(1, 2)")
        other.execute("CREATE TEMP TABLE left_over ()")
        found = leftovers(url, seconds=0)
        assert any("stray" in line for line in found)
        assert "advisory lock 1, 2" in found
    assert leftovers(url) == []
