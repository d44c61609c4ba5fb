"""Create projects that test with pytest (a folder with a snapshot and tests), and run them as processes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from snap.store import Store
from snap_restorer import Server
from tests.cases import toy
from tests.postgres import execute

READS = """
    import psycopg
    import pytest

    def value(url, statement):
        with psycopg.connect(url) as connection:
            return connection.execute(statement).fetchone()[0]
"""  # the module `reads` of a project on a server
_PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "no:faker", "-p", "no:anyio", "--strict-markers")
# A module that only an editable installation has: see filterwarnings in pyproject.toml.
_EDITABLE = "Module already imported so cannot be rewritten; _editable_impl_snapgres"
_FILTERS = f"\n    error\n    ignore:{_EDITABLE}:pytest.PytestAssertRewriteWarning"
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|xfailed|xpassed|error)s?")


@dataclass(frozen=True)
class Run:
    """The result of a pytest run: its exit code, its counts and its output."""

    code: int
    counts: dict[str, int]
    said: str


@dataclass(frozen=True, kw_only=True)
class Project:
    """A folder of tests. `settings` are pytest's; `environment` is added to the environment of its processes.

    `toml`: the settings are in pyproject.toml, else in pytest.ini.
    """

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    toml: bool = False

    def write(self, **modules: str) -> None:
        """Write test modules and the settings."""
        for name, text in modules.items():
            (self.folder / f"{name}.py").write_text(textwrap.dedent(text))
        file, section = ("pyproject.toml", "tool.pytest.ini_options") if self.toml else ("pytest.ini", "pytest")
        settings = {"filterwarnings": _FILTERS, **self.settings}
        lines = [f"{name} = {json.dumps(value) if self.toml else value}" for name, value in settings.items()]
        (self.folder / file).write_text("\n".join([f"[{section}]", *lines, ""]))

    def start(self, *words: str, options: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """Start pytest as the leader of a process group; `options` are options of Python."""
        return subprocess.Popen(
            [sys.executable, *options, *_PYTEST, *words],
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, options: tuple[str, ...] = ()) -> Run:
        """Run pytest to its end."""
        process = self.start(*words, options=options)
        said = "".join(process.communicate(timeout=300))
        last = next((line for line in reversed(said.splitlines()) if _COUNT.search(line)), "")
        counts = {name: int(number) for number, name in _COUNT.findall(last)}
        return Run(code=process.returncode, counts=counts, said=said)

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SNAP_", "PYTEST_"))}
        return kept | {"COLUMNS": "200"} | self.environment


def with_toy(folder: Path, *versions: str, **settings: str) -> Project:
    """Return a project that holds the toy snapshot under each of these version names."""
    for name in ("manifests", "snapshots"):
        (folder / name).mkdir()
    for rows, version in enumerate(versions or ("v1",), 10):
        toy.publish(Store(folder), version, rows)
    return Project(folder=folder, settings=settings)


def on_server(folder: Path, pg: Server) -> Project:
    """Return a project with the toy snapshots v1 and v2 whose tests get v1 on this server."""
    made = with_toy(folder, "v1", "v2", snap_server=pg.url("postgres"), snap_version="v1")
    made.write(reads=READS)
    return made


def lent(pg: Server) -> list[str]:
    """Return the names of the databases lent to tests."""
    return [
        name
        for (name,) in execute(
            pg.url("postgres"), "SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_test\\_%' ORDER BY 1"
        )
    ]


def templates(pg: Server) -> int:
    """Return the number of ready templates of v1."""
    query = """SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_tpl\\_%'
        AND starts_with(shobj_description(oid, 'pg_database'), 'snap template, ready: v1 ')"""
    return len(execute(pg.url("postgres"), query))


def drop_templates(pg: Server) -> None:
    """Drop all templates, so that the next run makes its own."""
    found = execute(pg.url("postgres"), "SELECT datname FROM pg_database WHERE datname LIKE 'snap\\_tpl\\_%'")
    for (name,) in found:
        execute(pg.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")
