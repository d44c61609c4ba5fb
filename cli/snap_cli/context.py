"""The context that every command shares: the project's folder, settings, progress, and questions to the user."""

from __future__ import annotations

import contextlib
import difflib
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from snap import config
from snap.errors import SnapshotError, UsageError
from snap.progress import Progress
from snap.project import find_root
from snap.redact import clean, scrub
from snap.store import Snapshot, Store
from snap_cli.completing import versions
from snap_cli.guard import require_patterns
from snap_cli.output import say
from snap_cli.progress import shown

Version = Annotated[
    str,
    typer.Argument(
        metavar="VERSION", help="The snapshot's name, such as v3.", show_default=False, autocompletion=versions
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The shared options of one command line, and its environment."""

    root_flag: Path | None = None
    config_flag: Path | None = None
    json: bool = False
    quiet: bool = False
    environment: Mapping[str, str]
    started: float = field(default_factory=time.monotonic, compare=False)

    def seconds(self) -> float:
        """Return how many seconds the command has been running."""
        return time.monotonic() - self.started

    def root(self) -> Path:
        """Find the project's folder. Errors: UsageError."""
        return find_root(self.root_flag, self.environment, Path.cwd())

    def project(self) -> Path | None:
        """Find the project's folder, or return None.

        The folder determines where the embedded Postgres keeps its data, and as which user root runs the server.
        """
        with contextlib.suppress(UsageError):
            return self.root()
        return None

    def store(self) -> Store:
        """Open the snapshots of the project's folder. Errors: UsageError."""
        return Store(self.root())

    def settings(self) -> config.Settings:
        """Read snap.toml or the file of --config, and check the lists that guard databases. Errors: UsageError."""
        settings = self.settings_file()
        require_patterns(settings)
        return settings

    def settings_file(self) -> config.Settings:
        """Read snap.toml or the file of --config, without reading any value in it. Errors: UsageError."""
        if self.config_flag is not None:
            return config.read(self.config_flag, self.environment, required=True)
        return config.read(self.root() / "snap.toml", self.environment)

    def readable_settings(self) -> config.Settings:
        """Read snap.toml or the file of --config as far as possible. Raise no error for unreadable settings."""
        return config.salvage(self.config_flag or self.root() / "snap.toml", self.environment)

    def resolve(self, store: Store, version: str) -> Snapshot:
        """Return a published snapshot. Errors: SnapshotError, which suggests a similar name."""
        known, named = store.names(), Path(version).name.removesuffix(".json")
        if version not in known and named in known:
            raise UsageError(f"{version!r} is a path, not the name of a snapshot", f"did you mean {named!r}?")
        if not store.exists(version):
            near = difflib.get_close_matches(version.lower(), [name.lower() for name in known], n=1, cutoff=0.5)
            if near and len(known) > 1:
                likely = next(name for name in known if name.lower() == near[0])
                raise SnapshotError(
                    f"there is no snapshot {version!r}",
                    f"did you mean {likely!r}? these are published: {', '.join(known)}",
                )
        return store.resolve(version)

    def progress(self) -> AbstractContextManager[Progress]:
        """Show progress on stderr while the block runs: bars on a terminal, otherwise only notes and warnings."""
        return shown(quiet=self.quiet, environment=self.environment)

    def confirms(self, question: str, doing: str) -> bool:
        """Ask the person at the terminal for a yes. Errors: UsageError if there is no terminal."""
        if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
            raise UsageError(f"{doing} needs a confirmation, and there is no terminal to ask for it", option="yes")
        sys.stderr.write(f"{clean(scrub(question))} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in {"y", "yes"}

    def note(self, message: str) -> None:
        """Write a note to stderr, unless --quiet."""
        if not self.quiet:
            say("note:", message, self.environment)

    def warn(self, message: str) -> None:
        """Write a warning to stderr."""
        say("warning:", message, self.environment)
