"""An archive of pg_dump, read by pg_restore from a stream: what it lists, and its SQL section by section."""

from __future__ import annotations

import contextlib
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from snap.errors import ServiceError
from snap_restorer.pg.archive import entries_sql, read_contents, use_list
from snap_restorer.pg.clients import ClientProgram, running

# Schemas are made, commented and granted by snap_restorer.dump.put_back, since they usually stay.
_SCHEMA = re.compile(r"(?:SCHEMA - |(?:COMMENT|SECURITY LABEL|ACL) - SCHEMA )")
_VIEW = "MATERIALIZED VIEW DATA "
_OPTIONS = ("--no-owner", "--no-privileges")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Ids of an archive's entries in its order: those to take, and those that fill materialised views.

    `schemas` limits them, where not all are wanted.
    """

    taken: tuple[int, ...]
    views: tuple[int, ...]
    schemas: tuple[str, ...] = ()


def parse(text: str) -> Contents:
    """Read what `pg_restore --list` prints. Pure."""
    taken: list[int] = []
    views: list[int] = []
    for entry in read_contents(text):
        if not _SCHEMA.match(entry.title):
            # An entry of data has no catalog row of its own, a materialised view in a schema DATA has.
            (views if entry.catalog == 0 and entry.title.startswith(_VIEW) else taken).append(entry.id)
    return Contents(taken=tuple(taken), views=tuple(views))


def listed(folder: Path, feed: Iterator[bytes], *, environment: Mapping[str, str], stop: threading.Event) -> Contents:
    """Read an archive's table of contents. Errors: ServiceError when pg_restore cannot."""
    command: list[str | Path] = [folder / "pg_restore", "--format=custom", "--list"]
    with running(command, environment=environment, stop=stop, feed=feed) as program:
        text = b"".join(program.pieces()).decode()
    require_read(program)
    return parse(text)


def printed(
    folder: Path,
    feed: Iterator[bytes],
    toc: Contents,
    section: str,
    *,
    environment: Mapping[str, str],
    stop: threading.Event,
) -> str:
    """Return the SQL of a section that holds no rows, without what stands around it: settings and psql's commands."""
    if not toc.taken:
        return ""
    with _restoring(folder, feed, toc, section, environment, stop) as program:
        text = b"".join(program.pieces()).decode()
    require_read(program)
    return entries_sql(text)


def streamed(
    folder: Path, feed: Iterator[bytes], toc: Contents, *, environment: Mapping[str, str], stop: threading.Event
) -> contextlib.AbstractContextManager[ClientProgram]:
    """Run pg_restore over the data; snap_restorer.dump.script reads what it prints."""
    return _restoring(folder, feed, toc, "data", environment, stop)


def require_read(program: ClientProgram) -> None:
    """Raise ServiceError unless pg_restore ended well."""
    if program.code != 0:
        raise ServiceError(
            f"pg_restore cannot read the backup: {' '.join(program.said.split())}",
            "take another backup, see: snap backup list; nothing was changed",
        )


@contextlib.contextmanager
def _restoring(
    folder: Path,
    feed: Iterator[bytes],
    toc: Contents,
    section: str,
    environment: Mapping[str, str],
    stop: threading.Event,
) -> Iterator[ClientProgram]:
    with tempfile.NamedTemporaryFile("w", prefix="snap-", suffix=".list") as contents:
        contents.write(use_list(toc.taken))
        contents.flush()
        command: list[str | Path] = [folder / "pg_restore", *_OPTIONS, "--format=custom", "--file=-"]
        command.append(f"--section={section}")
        command += [f"--use-list={contents.name}", *(f"--schema={name}" for name in toc.schemas)]
        with running(command, environment=environment, stop=stop, feed=feed) as program:
            yield program
