"""Set up where inputs are planted: a project, files beside it, and two databases with a schema that must not change."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from snap.store import Store
from snap_cli import main
from snap_restorer import Target, restore
from tests.cases import toy

_OUTSIDE_SQL = (
    "DROP SCHEMA IF EXISTS outside CASCADE; CREATE SCHEMA outside; "
    "CREATE TABLE outside.kept (n int); INSERT INTO outside.kept VALUES (1), (2)"
)
_SEEN_SQL = """
SELECT 'row', n::text, xmin::text FROM outside.kept
UNION ALL SELECT 'role', rolname, rolsuper::text FROM pg_catalog.pg_roles ORDER BY 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The place of the inputs. `full` is the URL of a database with v1, `empty` of one emptied for each input."""

    base: Path
    full: str
    empty: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        return self.base / "project"

    @property
    def outside(self) -> Path:
        return self.base / "outside"

    @property
    def manifest(self) -> Path:
        return self.project / "manifests" / "v1.json"

    def prepare(self) -> None:
        """Build the project with versions v1 and v2, and the files beside it."""
        for folder in ("pristine/manifests", "pristine/snapshots", "outside/folder", "home", "tmp"):
            (self.base / folder).mkdir(parents=True)
        (self.outside / "kept").write_text("kept")
        (self.outside / "folder" / "kept.json").write_text("{}")
        store = Store(self.base / "pristine")
        first = toy.publish(store, "v1")
        toy.publish(store, "v2", 16)
        for url in (self.full, self.empty):
            emptied(url)
            session(url).execute(_OUTSIDE_SQL)
        restore(first, Target(self.full))

    def keep(self) -> None:
        """Make the project's current content the start of each input."""
        shutil.rmtree(self.base / "pristine")
        shutil.copytree(self.project, self.base / "pristine", symlinks=True)

    def reset(self) -> None:
        """Restore the start of each input, and empty the folder for temporary files."""
        for path in (self.project, self.base / "tmp"):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.base / "pristine", self.project, symlinks=True)
        (self.base / "tmp").mkdir()

    def fingerprint(self) -> str:
        """Return a digest of everything beside the project and outside the snapshot's tables."""
        seen: list[Any] = [sorted(path.name for path in self.base.iterdir())]
        seen += [sorted(path.name for path in (self.base / "tmp").iterdir())]
        for path in sorted((*self.outside.rglob("*"), *(self.base / "home").rglob("*"), self.outside)):
            status = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            seen.append((str(path), status.st_mode, status.st_uid, status.st_mtime_ns, content))
        for url in (self.full, self.empty):
            seen += session(url).execute(_SEEN_SQL).fetchall()
        return hashlib.sha256(repr(seen).encode()).hexdigest()


@cache
def session(url: str) -> psycopg.Connection[Any]:
    """Return a session that stays open, because opening one for each check would take most of the time."""
    return psycopg.connect(url, autocommit=True)


def emptied(url: str) -> str:
    """Drop everything in a database except what nothing may touch, and return its URL."""
    schemas = session(url).execute(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^(pg_|information_schema|outside)'"
    )
    names = [sql.Identifier(name) for (name,) in schemas]
    drop = sql.SQL("DROP SCHEMA {} CASCADE; ").format(sql.SQL(", ").join(names)) if names else sql.SQL("")
    session(url).execute(drop + sql.SQL("CREATE SCHEMA public"))
    return url


def enter(ground: Ground) -> None:
    """Change into the ground's folder, and make temporary files of this process there too."""
    here = {"HOME": str(ground.base / "home"), "TMPDIR": str(ground.base / "tmp")}
    os.environ.update(here)
    ground.reset()
    os.chdir(ground.base)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNAP_", "PG", "NO_COLOR"))}
    no_server = {"SNAP_DATA_DIR": str(ground.base / "no-server"), "SNAP_PG_BIN": str(ground.base / "no-server")}
    ground.environment.update(kept | no_server | {"SNAP_ROOT": str(ground.project)})


def run_main(ground: Ground, *arguments: str) -> int:
    """Run a command line without an altered input."""
    return main(arguments, ground.environment)
