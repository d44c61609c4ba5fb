"""Small databases that nobody here wrote: files of SQL, each after a report of what went wrong with one like it.

A file begins with comments: what the database is, and what is right. Lines among them are read:
`-- versions: 15-16` (of Postgres, both included), `-- needs: TEXT` (what not every server has), and what is said, a
part of the message each: `-- capture refuses: TEXT`, `-- capture warns: TEXT` (a line for each warning), `-- restore
refuses: TEXT`, `-- sync refuses: TEXT`. `-- @target` begins what only the target has before the restore, `-- @edits`
what people change in it afterwards, which sync takes back.
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
    """The parts of one file; texts are empty where the file says nothing."""

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
    """Return the file of one of NAMES."""
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
