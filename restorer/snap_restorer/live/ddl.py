"""A live database's schema as SQL: what pg_dump writes, of some tables or all, fit for servers of other versions.

pg_dump writes an archive; its table of contents says what each entry is and which others it needs. Entries are chosen
by that graph, and pg_restore prints them. What goes before the first entry and after the last (settings of one server
version, psql's own commands) is left out; `needs` heads the text instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from snap import scratch
from snap.errors import TargetError
from snap_restorer.pg import programs
from snap_restorer.pg.archive_entries import ArchiveEntry, entries_sql, pattern, read_contents, use_list
from snap_restorer.pg.clients import running
from snap_restorer.pg.target import Target

_OPTIONS = ("--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions")
_PRINT = ("--no-owner", "--no-privileges", "--no-tablespaces", "--no-table-access-method")
# What belongs to a table and goes with it, if all that it needs does.
_PARTS = frozenset(
    {
        *("CHECK CONSTRAINT", "COMMENT", "CONSTRAINT", "DEFAULT", "FK CONSTRAINT", "INDEX", "INDEX ATTACH", "POLICY"),
        *("ROW SECURITY", "RULE", "SEQUENCE", "SEQUENCE OWNED BY", "STATISTICS", "TABLE ATTACH", "TRIGGER"),
    }
)
_REMARKS = frozenset({"CHECK CONSTRAINT", "COMMENT", "INDEX ATTACH", "SEQUENCE OWNED BY"})
_NEVER = frozenset({"DATABASE", "DATABASE PROPERTIES", "USER MAPPING"})  # the latter hold passwords
_CONSTRAINT, _CLASS = 2606, 1259  # the catalogs' own oids, the same in every server
_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaSelection:
    """Which entries to take: `tables`, by oid, and what they need; `whole`: also all else that needs no banned table.

    `banned` are tables that are left out, `keys` foreign keys to them, `hidden` those of them that this role may not
    read; `without_ledger` leaves out snap's own schema. `needs` are server versions that the schema needs, and what
    for.
    """

    tables: frozenset[int]
    banned: frozenset[int] = frozenset()
    keys: frozenset[int] = frozenset()
    whole: bool = True
    hidden: tuple[tuple[str, str], ...] = ()
    without_ledger: bool = False
    needs: tuple[tuple[int, str], ...] = ()


def dump_schema(
    target: Target, selection: SchemaSelection, *, server: int, snapshot: str, environment: Mapping[str, str]
) -> str:
    """Return the SQL that creates what is selected of the target's schema, as the exported `snapshot` sees it.

    Errors: ServiceError when there is no pg_dump as new as `server` (a major version); TargetError when it refuses.
    """
    folder = programs.clients(environment, server)
    with scratch.folder() as temporary:
        archive, contents = temporary / "schema.dump", temporary / "contents"
        hidden = [f"--exclude-table={pattern(*name)}" for name in selection.hidden]
        options = [*_OPTIONS, *hidden, "--format=custom", f"--file={archive}", f"--snapshot={snapshot}"]
        if selection.without_ledger:
            options.append("--exclude-schema=snap")
        _output([folder / "pg_dump", *options], target, environment)
        listing = _output([folder / "pg_restore", "--list", "--verbose", archive], None, environment)
        taken, left = choose(read_contents(listing), selection)
        text = _print(folder, archive, contents, taken, environment)
        left_out = _print(folder, archive, contents, left, environment)
    return render(text, left_out, selection.needs)


def choose(entries: Sequence[ArchiveEntry], wanted: SchemaSelection) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids of the entries to take, in the archive's order, and of those that belong to taken tables but need
    something that is not taken."""
    known = {entry.id: entry for entry in entries}
    taken = _closed((e.id for e in entries if e.catalog == _CLASS and e.oid in wanted.tables), known)
    able = {e.id for e in entries if e.id in taken or not (_is_never(e) or _is_banned(e, wanted))}
    while broken := {i for i in able if any(need in known and need not in able for need in known[i].needs)}:
        able -= broken
    if wanted.whole:
        taken = able
    tables = {i for i in taken if known[i].kind == "TABLE"}
    while more := {i for i in able - taken if _belongs(known[i], taken, tables) and _fits(known, i, tables)}:
        taken = taken | _closed(more, known)
    left = [e.id for e in entries if e.id not in taken and e.kind in _PARTS and e.needs & tables]
    return tuple(e.id for e in entries if e.id in taken), tuple(left)


def render(text: str, left: str, needs: Iterable[tuple[int, str]]) -> str:
    """Put the schema's SQL together: what it needs, the entries, and as comments what was left out."""
    head = [f"-- needs Postgres {version}: {' '.join(what.split())}\n" for version, what in needs]
    if re.search(r"^CREATE (?:FUNCTION|PROCEDURE)", text, re.MULTILINE):
        head.append("SET LOCAL check_function_bodies = false; -- bodies may name what comes later\n")
    body = text.replace("\nCREATE SCHEMA public;\n", "\nCREATE SCHEMA IF NOT EXISTS public;\n")
    tail = ""
    if left:
        statements = [line for line in left.splitlines() if line and not line.startswith("--")]
        tail = "\n-- Left out, for it needs what is not in the snapshot:\n" + "".join(f"-- {s}\n" for s in statements)
    return ("".join(head) + ("\n" if head and body else "") + body + tail).strip("\n") + "\n" if head or body else ""


def _is_never(entry: ArchiveEntry) -> bool:
    # Only an extension's owner may comment on it.
    return entry.kind in _NEVER or entry.title.startswith("COMMENT - EXTENSION ")


def _is_banned(entry: ArchiveEntry, wanted: SchemaSelection) -> bool:
    return (entry.catalog == _CLASS and entry.oid in wanted.banned) or (
        entry.catalog == _CONSTRAINT and entry.oid in wanted.keys
    )


def _closed(ids: Iterable[int], known: Mapping[int, ArchiveEntry]) -> set[int]:
    """Return `ids` and all that they need."""
    closed: set[int] = set()
    waiting = [i for i in ids if i in known]
    while waiting:
        number = waiting.pop()
        if number not in closed:
            closed.add(number)
            waiting += [need for need in known[number].needs if need in known]
    return closed


def _fits(known: Mapping[int, ArchiveEntry], number: int, tables: Collection[int]) -> bool:
    """Return whether an entry needs no table besides `tables`."""
    return all(known[i].kind != "TABLE" or i in tables for i in _closed([number], known))


def _belongs(entry: ArchiveEntry, taken: Collection[int], tables: Collection[int]) -> bool:
    """Return whether an entry is part of a taken table, or says more of something that is taken."""
    if entry.kind in _REMARKS and entry.needs and all(need in taken for need in entry.needs):
        return True
    return entry.kind in _PARTS and any(need in tables for need in entry.needs)


def _print(folder: Path, archive: Path, contents: Path, ids: tuple[int, ...], environment: Mapping[str, str]) -> str:
    """Return the SQL of some of an archive's entries, without what stands around them."""
    if not ids:
        return ""
    contents.write_text(use_list(ids))
    command: list[str | Path] = [folder / "pg_restore", *_PRINT, f"--use-list={contents}", "--file=-", archive]
    return entries_sql(_output(command, None, environment))


def _output(command: Sequence[str | Path], target: Target | None, environment: Mapping[str, str]) -> str:
    """Run pg_dump or pg_restore and return what it prints. Errors: TargetError when it fails; ServiceError."""
    with running(command, environment={**os.environ, **environment}, target=target, limit_s=_SECONDS) as program:
        text = b"".join(program.pieces()).decode()
    if program.code != 0:
        scratch.require_room(program.said)
        raise TargetError(
            f"pg_dump cannot read the schema: {' '.join(program.said.split())}",
            "grant what the message names; through a pooler, give the server's own address",
            option="exclude",
        )
    return text
