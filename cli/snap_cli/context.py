"""What every command shares: its options, where the project is, which database is meant, how progress is shown."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from snap.errors import SnapshotError, UsageError
from snap.progress import Progress
from snap.store import Snapshot, Store, find_root
from snap_cli.output import say
from snap_cli.progress import shown
from snap_cli.render import Result
from snap_cli.settings import Settings, read_settings

Root = Annotated[
    Path | None,
    typer.Option("--root", metavar="DIR", help="The project's folder; else $SNAP_ROOT, else the nearest one upwards."),
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings, instead of snap.toml in the root.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, on failure too.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only answers, warnings and errors.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="The snapshot's name, such as v3.", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The shared options of one command line, and the environment it was given in."""

    root_flag: Path | None
    config_flag: Path | None
    json: bool
    quiet: bool
    environment: Mapping[str, str]

    def root(self) -> Path:
        """Find the project's folder. Errors: UsageError."""
        return find_root(self.root_flag, self.environment, Path.cwd())

    def store(self) -> Store:
        """Open the snapshots of the project's folder. Errors: UsageError."""
        return Store(self.root())

    def settings(self) -> Settings:
        """Read snap.toml, or the file that --config names. Errors: UsageError."""
        return read_settings(self.root() / "snap.toml" if self.config_flag is None else self.config_flag, self)

    def resolve(self, store: Store, version: str) -> Snapshot:
        """Resolve a published snapshot. Errors: SnapshotError, which knows names that look alike."""
        if not store.exists(version):
            known = store.names()
            near = difflib.get_close_matches(version.lower(), [name.lower() for name in known], n=1, cutoff=0.5)
            if near and len(known) > 1:
                likely = next(name for name in known if name.lower() == near[0])
                raise SnapshotError(
                    f"there is no snapshot {version!r}",
                    f"did you mean {likely!r}? these are published: {', '.join(known)}",
                )
        return store.resolve(version)

    def target_flag(self, flag: str | None) -> str | None:
        """Return the database that is meant: --db, else $SNAP_DB_URL, else None, the embedded one.

        Errors: UsageError.
        """
        if flag is not None and not flag.strip():
            raise UsageError("--db is empty", "give a URL, or leave --db out to use the embedded Postgres")
        return flag or self.environment.get("SNAP_DB_URL") or None

    def progress(self) -> AbstractContextManager[Progress]:
        """Show progress on stderr while the block runs: bars on a terminal, else notes and warnings only."""
        return shown(quiet=self.quiet, environment=self.environment)

    def asks(self) -> bool:
        """Whether there is a person at a terminal to ask."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()

    def warn(self, message: str) -> None:
        """Write a warning to stderr."""
        say("warning", message)

    def note(self, message: str) -> None:
        """Write a note to stderr unless --quiet."""
        if not self.quiet:
            say("note", message)


@dataclass(frozen=True, slots=True)
class Action:
    """A parsed command line: what to run, and the context to run it in."""

    context: Context
    run: Callable[[Context], Result]


def given(ctx: typer.Context, root: Path | None, config: Path | None, as_json: bool, quiet: bool) -> Context:
    """Return the context of a command; options given before the command count where the command's own are not given."""
    before = ctx.obj if isinstance(ctx.obj, Context) else None
    return Context(
        root_flag=root or (before.root_flag if before else None),
        config_flag=config or (before.config_flag if before else None),
        json=as_json or (before is not None and before.json),
        quiet=quiet or (before is not None and before.quiet),
        environment=before.environment if before else ctx.obj or os.environ,
    )


def epilog(*, example: str, codes: str, fields: tuple[str, ...] = ()) -> str:
    """Return the end of a command's help: an example, its exit codes, the fields of its JSON."""
    table = [line.split(maxsplit=1) for line in (*codes.strip().splitlines(), *_COMMON)]
    lines = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in sorted(table, key=lambda row: int(row[0])))
    parts = [f"\b\nExample:\n  {example}", f"\b\nExit codes:\n{lines}"]
    if fields:
        parts.append("JSON: " + ", ".join(fields))
    return "\n\n".join(parts)


_COMMON = ("2 usage", "70 a bug of snap", "130 interrupted", "143 terminated")
