"""Test drills: backups are restored into temporary databases, which are removed completely."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from snap.errors import CheckError, TargetError
from snap_ops.backup.create import create_backup
from snap_ops.backup.drill import drill, roles
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.sealed import Backup
from snap_restorer import Target
from snap_restorer.dump.put_back import PutBackRequest
from snap_restorer.local.embedded import Server
from tests.fingerprint import leftovers
from tests.postgres import Servers, execute, fresh_databases, programs_of

NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)
SHOP = """
    CREATE ROLE plain LOGIN CREATEDB; CREATE ROLE reader;
    CREATE SCHEMA shop; CREATE EXTENSION citext SCHEMA shop;
    CREATE TABLE shop.person (id int PRIMARY KEY, name shop.citext UNIQUE);
    CREATE TABLE shop.sale (id serial PRIMARY KEY, person int REFERENCES shop.person, at date DEFAULT '2026-11-01');
    INSERT INTO shop.person SELECT i, 'p' || i FROM generate_series(1, 50) i;
    INSERT INTO shop.sale (person) SELECT 1 + i % 50 FROM generate_series(1, 200) i;
    GRANT SELECT ON shop.sale TO reader;
    CREATE POLICY own ON shop.sale TO reader USING (person = 1); ALTER TABLE shop.sale ENABLE ROW LEVEL SECURITY;
    CREATE MATERIALIZED VIEW shop.sales AS SELECT person, count(*) FROM shop.sale GROUP BY person;
    ALTER SCHEMA shop OWNER TO plain; ALTER TABLE shop.person OWNER TO plain; ALTER TABLE shop.sale OWNER TO plain;
    ALTER MATERIALIZED VIEW shop.sales OWNER TO plain;
"""
DATABASES = "SELECT datname FROM pg_database ORDER BY 1"
ROWS = {"shop.person": 50, "shop.sale": 200}


def made(tmp_path: Path, url: str) -> tuple[FolderRepository, Backup]:
    execute(url, SHOP)
    repository = FolderRepository(tmp_path / "backups")
    return repository, create_backup(repository, Target(url), now=NOW)


@pytest.mark.slow
@pytest.mark.server
def test_a_backup_comes_back_in_a_server_of_the_drill_s_own(
    tmp_path: Path, database: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, backup = made(tmp_path, database)
    assert roles(backup.inventory) >= {"plain", "reader"}
    home.mkdir(mode=0o755)
    monkeypatch.setattr("tempfile.tempdir", str(home))
    done = drill(
        repository, backup, None, PutBackRequest(environment=os.environ | {"SNAP_PG_BIN": str(programs_of("18"))})
    )
    assert done.tables == ROWS
    assert list(home.iterdir()) == []
    assert execute(database, "SELECT count(*) FROM shop.sale") == [(200,)]


def test_a_backup_comes_back_in_a_scratch_database(tmp_path: Path, pg: Server, database: str) -> None:
    repository, backup = made(tmp_path, database)
    before = execute(database, DATABASES)
    plain = Target(f"host={pg.socket} port={pg.port} user=plain dbname=postgres")
    assert drill(repository, backup, plain, PutBackRequest()).tables == ROWS
    assert execute(database, DATABASES) == before
    assert leftovers(database) == []


@pytest.mark.slow
def test_what_comes_back_otherwise_is_named_and_nothing_is_left(tmp_path: Path, pg: Server, database: str) -> None:
    repository, backup = made(tmp_path, database)
    before = execute(database, DATABASES)
    rows = backup.inventory.rows | {"shop.sale": (199, *backup.inventory.rows["shop.sale"][1:])}
    short = replace(backup, inventory=replace(backup.inventory, rows=rows))
    plain = Target(f"host={pg.socket} port={pg.port} user=plain dbname=postgres")
    with pytest.raises(CheckError, match=r"shop\.sale holds 200 rows instead of 199"):
        drill(repository, short, plain, PutBackRequest())
    assert execute(database, DATABASES) == before


@pytest.mark.slow
def test_a_role_that_may_create_no_database_is_refused(tmp_path: Path, pg: Server, database: str) -> None:
    repository, backup = made(tmp_path, database)
    execute(database, "ALTER ROLE plain NOCREATEDB")
    plain = Target(f"host={pg.socket} port={pg.port} user=plain dbname=postgres")
    with pytest.raises(TargetError, match="role plain may not create databases"):
        drill(repository, backup, plain, PutBackRequest())


@pytest.mark.slow
@pytest.mark.server
def test_a_backup_of_another_major_version_needs_its_programs(tmp_path: Path, all_servers: Servers) -> None:
    older = all_servers.get("16")
    if older is None:
        pytest.skip("no Postgres 16 on this machine")
    with fresh_databases(older) as fresh:
        url = fresh()
        execute(url, "CREATE TABLE t AS SELECT i FROM generate_series(1, 5) i")
        repository = FolderRepository(tmp_path / "backups")
        backup = create_backup(repository, Target(url), now=NOW)
    newest = PutBackRequest(environment=os.environ | {"SNAP_PG_BIN": str(programs_of("18"))})
    with pytest.raises(TargetError, match="backup of Postgres 16, and the embedded server is Postgres 18"):
        drill(repository, backup, None, newest)
    own = PutBackRequest(environment=os.environ | {"SNAP_PG_BIN": str(programs_of("16"))})
    assert drill(repository, backup, None, own).tables == {"t": 5}
