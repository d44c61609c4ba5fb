"""A pg_dump archive, which pg_restore reads from a stream: its table of contents, and its SQL section by section."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from snap import scratch
from snap.errors import ServiceError, SnapshotError
from snap_restorer.pg.archive_entries import FIRST, ArchiveEntry, entries_sql, read_contents, use_list
from snap_restorer.pg.clients import ClientProgram, running
from snap_restorer.pg.locks import of_entries

# Schemas are created, commented and granted by snap_restorer.dump.recreate, since they usually stay.
_SCHEMA = re.compile(r"(?:SCHEMA - |(?:COMMENT|SECURITY LABEL|ACL) - SCHEMA )")
_VIEW = "MATERIALIZED VIEW DATA "
_PLACES = re.compile(r"^SET default_(?:tablespace|table_access_method) = .*;$", re.MULTILINE)
_OPTIONS = ("--no-owner", "--no-privileges")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveContents:
    """Ids of an archive's entries in archive order: the entries to restore, and those that fill materialised views.

    `schemas` limits the entries, if not all schemas are wanted. Creating all of the entries takes `locks` locks.
    """

    taken: tuple[int, ...]
    views: tuple[int, ...]
    locks: int
    schemas: tuple[str, ...] = ()


def parse(text: str) -> ArchiveContents:
    """Return the entries of a table of contents that pg_restore prints. Pure."""
    taken: list[ArchiveEntry] = []
    views: list[int] = []
    for entry in read_contents(text):
        # An entry of data has no catalog row of its own, a materialised view in a schema DATA has.
        if entry.catalog == 0 and entry.title.startswith(_VIEW):
            views.append(entry.id)
        elif not _SCHEMA.match(entry.title):
            taken.append(entry)
    return ArchiveContents(taken=tuple(entry.id for entry in taken), views=tuple(views), locks=of_entries(taken))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveReader:
    """A reader of an archive through the pg_restore in `folder`.

    `feed` returns the archive's bytes, each time from the start. Errors of each method: ServiceError when pg_restore
    cannot read the archive; what `feed` raises; Interrupted.
    """

    folder: Path
    feed: Callable[[], Iterator[bytes]]
    environment: Mapping[str, str]
    stop: threading.Event

    def contents(self) -> ArchiveContents:
        """Return the archive's table of contents."""
        with self._running("--list") as program:
            printed = b"".join(program.pieces())
        require_read(program)
        return parse(_text(printed))

    def sql(self, contents: ArchiveContents, section: str) -> str:
        """Return the SQL of a section without rows."""
        if not contents.taken:
            return ""
        with self._restoring(contents, section) as program:
            printed = b"".join(program.pieces())
        require_read(program)
        text = _text(printed)
        settings = _PLACES.findall(text.partition(FIRST)[0])  # of the first entry; others follow between entries
        return "".join(f"{setting}\n" for setting in settings) + entries_sql(text)

    def data(self, contents: ArchiveContents) -> contextlib.AbstractContextManager[ClientProgram]:
        """Run pg_restore over the data section. snap_restorer.dump.script parses its output."""
        return self._restoring(contents, "data")

    @contextlib.contextmanager
    def _restoring(self, contents: ArchiveContents, section: str) -> Iterator[ClientProgram]:
        with scratch.folder() as temporary:
            ids = temporary / "list"
            ids.write_text(use_list(contents.taken))
            schemas = (f"--schema={name}" for name in contents.schemas)
            options = (*_OPTIONS, "--file=-", f"--section={section}", f"--use-list={ids}", *schemas)
            with self._running(*options) as program:
                yield program

    def _running(self, *options: str) -> contextlib.AbstractContextManager[ClientProgram]:
        command: list[str | Path] = [self.folder / "pg_restore", "--format=custom", *options]
        return running(command, environment=self.environment, stop=self.stop, feed=self.feed())


def _text(printed: bytes) -> str:
    """Return the text that pg_restore printed. Errors: SnapshotError if the archive holds text that is not UTF-8."""
    try:
        return printed.decode()
    except UnicodeDecodeError as error:
        raise SnapshotError(
            f"the backup is corrupt: it holds text that is not UTF-8 ({error.reason})",
            "use another backup; to list them, run: snap backup list",
        ) from None


def require_read(program: ClientProgram) -> None:
    """Raise ServiceError if pg_restore failed to read the archive."""
    if program.code != 0:
        raise ServiceError(
            f"pg_restore cannot read the backup: {' '.join(program.said.split())}",
            "use another backup; to list them, run: snap backup list",
            unchanged=True,
        )
