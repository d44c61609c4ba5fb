"""pg_dump archives as pg_restore prints them: the table of contents, and the SQL of entries. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

FIRST = "--\n-- Name: "  # precedes each entry's SQL
_LAST = "\n--\n-- PostgreSQL database dump complete\n--\n"
_LINE = re.compile(r"(\d+); (\d+) (\d+) (.*)")
_KINDS = (
    *("ACCESS METHOD", "AGGREGATE", "CAST", "CHECK CONSTRAINT", "COLLATION", "COMMENT", "CONSTRAINT", "CONVERSION"),
    *("DATABASE PROPERTIES", "DATABASE", "DEFAULT", "DOMAIN", "ENCODING", "EVENT TRIGGER", "EXTENSION"),
    *("FK CONSTRAINT", "FOREIGN DATA WRAPPER", "FOREIGN TABLE", "FUNCTION", "INDEX ATTACH", "INDEX", "LARGE OBJECT"),
    *("MATERIALIZED VIEW", "OPERATOR CLASS", "OPERATOR FAMILY", "OPERATOR", "POLICY"),
    *("PROCEDURAL LANGUAGE", "PROCEDURE", "ROW SECURITY", "RULE", "SCHEMA", "SEARCHPATH", "SECURITY LABEL"),
    *("SEQUENCE OWNED BY", "SEQUENCE", "SERVER", "SHELL TYPE", "STATISTICS", "STDSTRINGS"),
    *("TABLE ATTACH", "TABLE", "TEXT SEARCH", "TRANSFORM", "TRIGGER", "TYPE", "USER MAPPING", "VIEW"),
)
_DEPENDS = re.compile(r";\tdepends on: ([\d ]+)")
# Postgres 15.20 adds a stamp to the options of each new column. Users never set the stamp, and other servers refuse it.
# pg_dump omits it since that version, and older ones print it.
_NAME = r'(?:[^\s."]+|"(?:[^"]|"")*")'
_COLUMN_OPTIONS = re.compile(
    rf"^(ALTER (?:FOREIGN )?TABLE ONLY {_NAME}(?:\.{_NAME})? ALTER COLUMN {_NAME} SET \()([^)]*\bpg_attver=[^)]*)\);\n",
    re.MULTILINE,
)
_STAMP = re.compile(r", pg_attver=\d+$|\bpg_attver=\d+(?:, )?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """One entry of an archive's table of contents. `catalog` and `oid` name the object's catalog row, 0 for data.

    `title` is the object's kind, schema, name and owner; `kind` is "" for an object that belongs to no schema. `needs`
    are the ids of the entries that this entry depends on, which only `pg_restore --list --verbose` prints.
    """

    id: int
    catalog: int
    oid: int
    kind: str
    title: str
    needs: frozenset[int]


def read_contents(text: str) -> tuple[ArchiveEntry, ...]:
    """Return the entries that `pg_restore --list` prints."""
    rows: list[tuple[re.Match[str], frozenset[int]]] = []
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            rows.append((match, frozenset()))
        elif (match := _DEPENDS.fullmatch(line)) and rows:
            rows[-1] = rows[-1][0], frozenset(map(int, match[1].split()))
    return tuple(
        ArchiveEntry(
            id=int(row[1]), catalog=int(row[2]), oid=int(row[3]), kind=_kind(row[4]), title=row[4], needs=needs
        )
        for row, needs in rows
    )


def _kind(title: str) -> str:
    """Return the kind of object at the start of an entry's title. Kinds may contain spaces."""
    return max((kind for kind in _KINDS if title.startswith(kind + " ")), key=len, default="")


def entries_sql(script: str) -> str:
    """Return the SQL of the entries in a pg_restore script, without the settings and psql commands around them."""
    start, end = script.find(FIRST), script.rfind(_LAST)
    if not 0 <= start < end:
        return ""
    text = script[start:end].strip("\n") + "\n"
    return _COLUMN_OPTIONS.sub(_without_stamp, text)


def _without_stamp(statement: re.Match[str]) -> str:
    options = _STAMP.sub("", statement[2])
    return f"{statement[1]}{options});\n" if options else ""


def use_list(ids: tuple[int, ...]) -> str:
    """Return the text of a file for `pg_restore --use-list` that selects these entries."""
    return "".join(f"{number};\n" for number in ids)


def pattern(*names: str) -> str:
    """Return the pattern for pg_dump and pg_restore that matches exactly the object of these names."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
