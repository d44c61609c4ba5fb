"""Create projects that test with pytest (a folder with a snapshot and tests), and run them as processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from snap.store import Store
from tests.cases import toy

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
    """A folder of tests. `settings` are pytest's; `environment` is added to the environment of its processes."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, **modules: str) -> None:
        """Write test modules, and the settings in pytest.ini."""
        for name, text in modules.items():
            (self.folder / f"{name}.py").write_text(textwrap.dedent(text))
        lines = [f"{name} = {value}" for name, value in {"filterwarnings": _FILTERS, **self.settings}.items()]
        (self.folder / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]))

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
