"""Provide small foreign databases as files of SQL, each written after a report of a failure with a similar one.

A file starts with comments: what the database is, and the expected behaviour. Some of the comment lines are read: `--
versions: 15-16` (of Postgres, both included), `-- needs: TEXT` (a feature that not every server has), and parts of
expected messages: `-- capture refuses: TEXT`, `-- capture warns: TEXT` (one line for each warning), `-- restore
refuses: TEXT`, `-- sync refuses: TEXT`. `-- @target` starts the SQL for the target before the restore. `-- @edits`
starts the changes that people make afterwards and that sync reverts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.paths import CASES

FOLDER = CASES / "databases"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.sql")))
_DIRECTIVE = re.compile(r"^-- (versions|needs|(?:capture|restore|sync) refuses|capture warns): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDatabase:
    """The parts of one file; a part is "" if the file lacks it."""

    source: str
    target: str
    edits: str
    versions: tuple[int, int]
    needs: str
    capture_refuses: str
    restore_refuses: str
    sync_refuses: str
    warnings: tuple[str, ...]


def read(name: str) -> SourceDatabase:
    """Read the file of one of NAMES."""
    parts = re.split(r"^-- @(target|edits)$", (FOLDER / f"{name}.sql").read_text("utf-8"), flags=re.MULTILINE)
    later = dict(zip(parts[1::2], parts[2::2], strict=True))
    given = _DIRECTIVE.findall(parts[0])
    said = dict(given)
    first, last = said.get("versions", "15-99").split("-")
    return SourceDatabase(
        source=parts[0],
        target=later.get("target", ""),
        edits=later.get("edits", ""),
        versions=(int(first), int(last)),
        needs=said.get("needs", ""),
        capture_refuses=said.get("capture refuses", ""),
        restore_refuses=said.get("restore refuses", ""),
        sync_refuses=said.get("sync refuses", ""),
        warnings=tuple(text for kind, text in given if kind == "capture warns"),
    )
