"""Test putting a backup back without snap: the command of docs/nightly/backup.md, with each common pg_restore."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from snap_ops.backup.create import create_backup
from snap_ops.backup.repository import FolderRepository
from snap_ops.backup.sealed import Backup
from snap_restorer import Target
from snap_restorer.dump.dump import DumpRequest
from tests.fingerprint import changes, fingerprint
from tests.paths import ROOT
from tests.postgres import VERSIONS, Server, execute, fresh_databases, programs_of

NOW = datetime(2026, 11, 27, 3, 0, 0, tzinfo=UTC)
LINES = re.compile(r"^```sh\n(zstd -dc .*?)^```", re.MULTILINE | re.DOTALL)
HERE = tuple(version for version in VERSIONS if programs_of(version))
OWN = """
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, mood varchar(4));
CREATE TABLE notes (id serial PRIMARY KEY, who int NOT NULL REFERENCES people, line jsonb DEFAULT '{}');
INSERT INTO people (name) SELECT 'p' || i FROM generate_series(1, 50) i;
INSERT INTO notes (who) SELECT i % 50 + 1 FROM generate_series(1, 200) i;
CREATE VIEW seen AS SELECT p.name, count(*) FROM people p JOIN notes n ON n.who = p.id GROUP BY p.name;
CREATE INDEX ON notes USING gin (line);
CREATE SCHEMA app; CREATE TYPE app.kind AS ENUM ('a', 'b'); CREATE TABLE app.kinds (k app.kind PRIMARY KEY);
"""

pytestmark = pytest.mark.skipif(shutil.which("zstd") is None, reason="no zstd on this machine")


def by_hand(folder: Path, backup: Backup, url: str, programs: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of docs/nightly/backup.md with the Postgres programs of one version."""
    (line,) = LINES.findall((ROOT / "docs/nightly/backup.md").read_text("utf-8"))
    line = line.replace("FILE", str(folder / backup.id)).replace("URL", '"$URL"')
    env = {**os.environ, "URL": url, "PATH": f"{programs}:{os.environ['PATH']}"}
    return subprocess.run(["bash", "-o", "pipefail", "-c", line], env=env, capture_output=True, text=True, check=False)


def environment(version: str) -> dict[str, str]:
    """Return an environment in which the Postgres programs of one version are on the path."""
    kept = {key: value for key, value in os.environ.items() if key != "SNAP_PG_BIN"}
    return kept | {"PATH": f"{programs_of(version)}:{os.environ['PATH']}"}


def backed_up(folder: Path, any_pg: Server, url: str) -> Backup:
    execute(url, OWN)
    request = DumpRequest(environment=environment(any_pg.version.partition(".")[0]))
    return create_backup(FolderRepository(folder), Target(url), request, now=NOW)


def test_the_dump_is_of_the_target_s_own_major_where_that_is_at_hand(
    any_pg: Server, any_database: str, tmp_path: Path
) -> None:
    assert backed_up(tmp_path, any_pg, any_database).client == int(any_pg.version.partition(".")[0])


@pytest.mark.slow
@pytest.mark.parametrize("client", HERE)
def test_the_command_of_the_docs_works_with_each_client_that_it_names(
    any_pg: Server, any_database: str, tmp_path: Path, client: str
) -> None:
    backup = backed_up(tmp_path, any_pg, any_database)
    programs = programs_of(client)
    assert programs is not None
    before = fingerprint(any_database)
    with fresh_databases(any_pg) as fresh:
        other = fresh()
        done = by_hand(tmp_path, backup, other, programs)
        if int(client.partition(".")[0]) < backup.client:
            assert done.returncode or changes(before, fingerprint(other)) == []
            return
        assert (done.returncode, done.stderr) == (0, "")
        assert changes(before, fingerprint(other)) == []
