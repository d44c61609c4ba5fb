"""Provide what the groups of bench/restore.py share: the snapshot and its dumps, the server, and runs of programs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cluster import Cluster
from inprocess import InProcess
from measure import Failed, Taken, command, snap
from psycopg import sql

from snap.manifest_json import to_json
from snap.store import Store

OWNER = "app"  # a plain role: owns its database, may do nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A snapshot, its dumps, and the number of rows of each table."""

    root: Path
    version: str
    schema_sql: str
    rows: dict[tuple[str, str], int]
    dumps: Path

    @property
    def label(self) -> str:
        return f"{sum(self.rows.values()):,} rows in {len(self.rows)} tables"


def without_statistics(data: Data) -> Data:
    """Return the same snapshot without planner statistics, in its own project, so that a restore runs ANALYZE."""
    snapshot, root = Store(data.root).resolve(data.version), data.dumps / "without statistics"
    left_out = (snapshot.manifest.planner_statistics, *snapshot.manifest.media)
    manifest = replace(
        snapshot.manifest, extra_files=tuple(file for file in snapshot.manifest.extra_files if file not in left_out)
    )
    for file in manifest.files:
        place = root / "snapshots" / data.version / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(snapshot.path(file), place)
    (root / "manifests").mkdir(exist_ok=True)
    (root / "manifests" / f"{data.version}.json").write_text(to_json(manifest))
    return replace(data, root=root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The tools of all groups: the server, the environment of programs, and the worker for restores in process."""

    pg: Cluster
    environment: dict[str, str]
    worker: InProcess
    duckdb_python: str
    with_schema: set[str] = field(default_factory=set)

    def snap(self, data: Data, database: str, *options: str) -> Callable[[], Taken]:
        """Return a function that runs `snap restore` as a whole process, as the owner."""
        where = ("--root", str(data.root), "--quiet", "--db", self.pg.url(database, OWNER))
        return lambda: snap("restore", data.version, *where, *options, environment=self.environment)

    def in_process(self, data: Data, database: str) -> Callable[[], Taken]:
        """Return a function that restores in the worker; one restore runs before, so that all is imported."""

        def run() -> Taken:
            answer = self.worker.restore(data.root, data.version, self.pg.url(database, OWNER))
            if "error" in answer:
                raise Failed(answer["error"])
            return Taken(seconds=answer["seconds"])

        run()
        return run

    def program(self, name: str, *arguments: str) -> Callable[[], Taken]:
        return lambda: command([self.pg.program(name), *arguments], self.environment)

    def sql(self, *statements: str) -> Callable[[], Taken]:
        """Return a function that runs statements through psql as the superuser."""
        parts = [part for statement in statements for part in ("-c", statement)]
        return self.program("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.pg.url("postgres"), *parts)

    def empty(self, database: str) -> None:
        """Create `database` again, empty and owned by the plain role."""
        name = sql.Identifier(database)
        self.pg.run(
            "postgres",
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name),
            sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER)),
            "CHECKPOINT",
        )

    def migrated(self, data: Data, database: str) -> None:
        """Give `database` the schema and no rows."""
        if database not in self.with_schema:
            self.empty(database)
            self.pg.run(database, data.schema_sql, role=OWNER)
            self.with_schema.add(database)
        names = sql.SQL(", ").join(sql.Identifier(*name) for name in data.rows)
        self.pg.run(database, sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names), "CHECKPOINT")

    def triggers(self, data: Data, database: str, action: str) -> None:
        for name in data.rows:
            self.pg.run(
                database,
                sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(sql.Identifier(*name), sql.SQL(action)),
                role=OWNER,
            )

    def full(self, data: Data, database: str) -> Callable[[], None]:
        """Return a function that fails unless every table holds the snapshot's rows."""

        def confirm() -> None:
            for name, rows in data.rows.items():
                [(count,)] = self.pg.run(database, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*name)))
                if count != rows:
                    raise Failed(f"{'.'.join(name)} holds {count} rows, not {rows}")

        return confirm
