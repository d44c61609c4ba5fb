"""Read a schema script, and select the statements that make tables, types, functions and rows.

Pure. A dump also holds parts that belong to its own database: psql's commands, owners, privileges. None of these are
part of a schema that another server has to make.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from snap_restorer.pg.scanner import Statement, statements

_COPY = re.compile(r"\s*COPY\s.*\sFROM\s+stdin\b.*;\s*", re.IGNORECASE | re.DOTALL)
_SKIPPED = (
    ("ALTER", "DEFAULT", "PRIVILEGES"),
    ("ALTER", "DATABASE"),
    ("ALTER", "ROLE"),
    ("ALTER", "USER"),
    ("ALTER", "SYSTEM"),
    ("ALTER", "EVENT"),
    ("ALTER", "PUBLICATION"),
    ("COMMENT", "ON", "EXTENSION"),
    ("COMMENT", "ON", "DATABASE"),
    ("CREATE", "DATABASE"),
    ("CREATE", "EVENT"),
    ("CREATE", "PUBLICATION"),
    ("CREATE", "ROLE"),
    ("CREATE", "SUBSCRIPTION"),
    ("CREATE", "USER"),
    ("DROP", "DATABASE"),
    ("DROP", "ROLE"),
    ("GRANT",),
    ("REINDEX",),
    ("REVOKE",),
    ("SECURITY", "LABEL"),
    ("SET", "ROLE"),
    ("SET", "SESSION"),
    ("SET", "SESSION_REPLICATION_ROLE"),
    ("VACUUM",),
)
_TRANSACTION = frozenset({"BEGIN", "COMMIT", "END", "LOCK", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"})
_DATA = frozenset({"DELETE", "INSERT", "MERGE", "SELECT", "TRUNCATE", "UPDATE", "WITH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedRows:
    """A COPY ... FROM stdin at a line, without its semicolon, and the rows that follow it."""

    text: str
    line: int
    data: str

    def at(self, _: int | None) -> int:
        """Return the line of the statement."""
        return self.line


def schema_statements(text: str) -> tuple[Statement | CopiedRows, ...]:
    """Return the statements that create a schema and its rows, each with its line. Errors: Unreadable."""
    sql, copies = _parted(text)
    made = [each for each in statements(sql) if each.words and not _skipped(each)]
    return tuple(sorted([*made, *copies], key=lambda each: each.at(None)))


def moves_rows(statement: Statement | CopiedRows) -> bool:
    """Return whether a statement only concerns rows, and creates no part of the schema."""
    if isinstance(statement, CopiedRows):
        return True
    return statement.words[0] in _DATA and "search_path" not in statement.text  # SELECT set_config('search_path', …)


def _skipped(statement: Statement) -> bool:
    words = statement.words
    if words[0] in _TRANSACTION or any(words[: len(each)] == each for each in _SKIPPED):
        return True
    if words[0] != "ALTER":
        return False
    pairs = tuple(zip(words, words[1:], strict=False))
    return ("OWNER", "TO") in pairs or statement.tokens[-2:] == ("TRIGGER", "ALL")


def _parted(text: str) -> tuple[str, list[CopiedRows]]:
    """Return the text with blank lines in place of psql's commands and COPY ... FROM stdin, and the COPY parts."""
    kept: list[str] = []
    statement: list[str] = []
    copies: list[CopiedRows] = []
    rows: list[str] | None = None
    copied, begins = "", 0
    for line in text.split("\n"):
        if rows is not None:
            bare = line.rstrip("\r")
            if bare == "\\.":
                copies.append(CopiedRows(text=copied, line=begins, data="".join(f"{row}\n" for row in rows)))
                rows = None
            else:
                rows.append(bare)
            kept.append("")
            continue
        if line.startswith("\\"):
            kept.append("")
            continue
        statement = [line] if re.match(r"\s*COPY\s", line, re.IGNORECASE) else [*statement, line] if statement else []
        if statement and _COPY.fullmatch("\n".join(statement)):
            rows, copied = [], "\n".join(statement).strip().removesuffix(";")
            begins = len(kept) - len(statement) + 2
            kept[begins - 1 :] = [""] * (len(statement) - 1)
            kept.append("")
            statement = []
            continue
        if line.rstrip().endswith(";"):
            statement = []
        kept.append(line)
    return "\n".join(kept), copies
