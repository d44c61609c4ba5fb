"""A live database's schema as SQL for servers of any version: pg_dump's output for some tables or for all.

pg_dump writes an archive. Its table of contents names each entry and the entries that it needs. Entries are chosen by
that dependency graph, and pg_restore prints them. The lines before the first entry and after the last one (settings of
one server version, psql's own commands) are left out. `needs` goes at the top of the text instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from snap import scratch
from snap.errors import TargetError
from snap.schema import table_label
from snap_restorer.pg import programs, transaction
from snap_restorer.pg.archive_entries import ArchiveEntry, entries_sql, pattern, read_contents, use_list
from snap_restorer.pg.clients import lock_held, running
from snap_restorer.pg.schema_objects import LEDGER
from snap_restorer.pg.schema_sql import UNFILLED
from snap_restorer.pg.server_errors import LockHeldError
from snap_restorer.pg.target import Target

_OPTIONS = ("--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions")
_PRINT = ("--no-owner", "--no-privileges", "--no-tablespaces", "--no-table-access-method")
# Parts of a table, which are taken with it if everything that they need is taken.
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
    """The entries of a pg_dump archive to take: those of `tables` (OIDs), and all entries that these need.

    `whole`: all other entries are taken, too. Entries that need a banned table are never taken. `banned` are tables
    that are left out, `keys` are foreign keys to them, and `hidden` are the banned tables that this role may not read.
    `own` are snap's own tables, which are left out, with their schema if nothing else is in it. `needs` are server
    versions that the schema needs, each with the reason. `unfilled` are materialised views that were never filled.
    """

    tables: frozenset[int]
    banned: frozenset[int] = frozenset()
    keys: frozenset[int] = frozenset()
    whole: bool = True
    hidden: tuple[tuple[str, str], ...] = ()
    own: tuple[str, ...] = ()
    needs: tuple[tuple[int, str], ...] = ()
    unfilled: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpedSchema:
    """The SQL that creates a schema, and the OIDs of the sequences that it creates."""

    sql: str
    sequences: frozenset[int]


def dump_schema(
    target: Target,
    selection: SchemaSelection,
    *,
    server: int,
    snapshot: str,
    environment: Mapping[str, str],
    lock_timeout_s: float = 10,
) -> DumpedSchema:
    """Return the selected part of the target's schema, as the exported `snapshot` sees it.

    Errors: ServiceError when there is no pg_dump as new as `server` (a major version); TargetError when it refuses.
    """
    folder = programs.clients(environment, server)
    with scratch.folder() as temporary:
        archive, contents = temporary / "schema.dump", temporary / "contents"
        left_out = (*selection.hidden, *((LEDGER, name) for name in selection.own))
        hidden = [f"--exclude-table={pattern(*name)}" for name in left_out]
        options = [*_OPTIONS, *hidden, "--format=custom", f"--file={archive}", f"--snapshot={snapshot}"]
        options.append(f"--lock-wait-timeout={transaction.milliseconds(lock_timeout_s)}")
        _output([folder / "pg_dump", *options], target, environment)
        listing = _output([folder / "pg_restore", "--list", "--verbose", archive], None, environment)
        entries = read_contents(listing)
        taken, left = choose(entries, selection)
        text = _print(folder, archive, contents, taken, environment)
        remarks = _print(folder, archive, contents, left, environment)
    chosen = set(taken)
    sequences = frozenset(entry.oid for entry in entries if entry.kind == "SEQUENCE" and entry.id in chosen)
    return DumpedSchema(sql=render(text, remarks, selection.needs, selection.unfilled), sequences=sequences)


def choose(entries: Sequence[ArchiveEntry], wanted: SchemaSelection) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids of the archive's entries to take, in order, and the ids of entries to list as left out.

    An entry is left out if it belongs to a taken table but needs an entry that is not taken.
    """
    known = {entry.id: entry for entry in entries}
    taken = _closed((e.id for e in entries if e.catalog == _CLASS and e.oid in wanted.tables), known)
    able = {e.id for e in entries if e.id in taken or not (_is_never(e) or _is_banned(e, wanted))}
    if wanted.own:
        able -= _unused_schema(entries)
    while broken := {i for i in able if any(need in known and need not in able for need in known[i].needs)}:
        able -= broken
    if wanted.whole:
        taken = able
    tables = {i for i in taken if known[i].kind == "TABLE"}
    while more := {i for i in able - taken if _belongs(known[i], taken, tables) and _fits(known, i, tables)}:
        taken = taken | _closed(more, known)
    left = [e.id for e in entries if e.id not in taken and e.kind in _PARTS and e.needs & tables]
    return tuple(e.id for e in entries if e.id in taken), tuple(left)


def render(text: str, left: str, needs: Iterable[tuple[int, str]], unfilled: Iterable[tuple[str, str]] = ()) -> str:
    """Return the schema's SQL: the header that schema_sql reads, the entries, and as comments what was left out."""
    head = [f"-- needs Postgres {version}: {' '.join(what.split())}\n" for version, what in needs]
    head += [
        f"{UNFILLED}{table_label(schema, name)}\n"
        for schema, name in unfilled
        if f"\n-- Name: {name}; Type: MATERIALIZED VIEW; Schema: {schema}; " in text  # no name with a line break is
    ]
    if re.search(r"^CREATE (?:FUNCTION|PROCEDURE)", text, re.MULTILINE):
        head.append("SET LOCAL check_function_bodies = false; -- bodies may name what comes later\n")
    body = text
    for name in ("public", LEDGER):  # these schemas may exist before the restore
        body = body.replace(f"\nCREATE SCHEMA {name};\n", f"\nCREATE SCHEMA IF NOT EXISTS {name};\n")
    tail = ""
    if left:
        statements = [line for line in left.splitlines() if line and not line.startswith("--")]
        tail = "\n-- Left out, for it needs what is not in the snapshot:\n" + "".join(f"-- {s}\n" for s in statements)
    return ("".join(head) + ("\n" if head and body else "") + body + tail).strip("\n") + "\n" if head or body else ""


def _unused_schema(entries: Sequence[ArchiveEntry]) -> set[int]:
    """Return the entries of snap's own schema, unless other objects are in that schema."""
    schema = {e.id for e in entries if e.title.startswith(f"SCHEMA - {LEDGER} ")}
    remarks = {e.id for e in entries if e.title.startswith(f"COMMENT - SCHEMA {LEDGER} ")}
    used = any(e.needs & schema for e in entries if e.id not in remarks)
    return set() if used else schema | remarks


def _is_never(entry: ArchiveEntry) -> bool:
    # Only an extension's owner may comment on it.
    return entry.kind in _NEVER or entry.title.startswith("COMMENT - EXTENSION ")


def _is_banned(entry: ArchiveEntry, wanted: SchemaSelection) -> bool:
    return (entry.catalog == _CLASS and entry.oid in wanted.banned) or (
        entry.catalog == _CONSTRAINT and entry.oid in wanted.keys
    )


def _closed(ids: Iterable[int], known: Mapping[int, ArchiveEntry]) -> set[int]:
    """Return `ids` and the ids of all entries that they need, directly or indirectly."""
    closed: set[int] = set()
    waiting = [i for i in ids if i in known]
    while waiting:
        number = waiting.pop()
        if number not in closed:
            closed.add(number)
            waiting += [need for need in known[number].needs if need in known]
    return closed


def _fits(known: Mapping[int, ArchiveEntry], number: int, tables: Collection[int]) -> bool:
    """Return whether an archive's entry needs no tables except `tables`."""
    return all(known[i].kind != "TABLE" or i in tables for i in _closed([number], known))


def _belongs(entry: ArchiveEntry, taken: Collection[int], tables: Collection[int]) -> bool:
    """Return whether an entry is part of a taken table, or a remark (comment, owner ...) on a taken entry."""
    if entry.kind in _REMARKS and entry.needs and all(need in taken for need in entry.needs):
        return True
    return entry.kind in _PARTS and any(need in tables for need in entry.needs)


def _print(folder: Path, archive: Path, contents: Path, ids: tuple[int, ...], environment: Mapping[str, str]) -> str:
    """Return the SQL of some of an archive's entries, without the lines before and after the entries."""
    if not ids:
        return ""
    contents.write_text(use_list(ids))
    command: list[str | Path] = [folder / "pg_restore", *_PRINT, f"--use-list={contents}", "--file=-", archive]
    return entries_sql(_output(command, None, environment))


def _output(command: Sequence[str | Path], target: Target | None, environment: Mapping[str, str]) -> str:
    """Run pg_dump or pg_restore and return its output. Errors: TargetError if it fails; ServiceError."""
    with running(command, environment={**os.environ, **environment}, target=target, limit_s=_SECONDS) as program:
        text = b"".join(program.pieces()).decode()
    if program.code != 0:
        scratch.require_room(program.said)
        if lock_held(program.said):
            raise LockHeldError(
                "lock held: pg_dump could not lock a table in time; it locks every table, even if the rows are "
                "not captured",
                "end that session, or try again later",
            )
        raise TargetError(
            f"pg_dump cannot read the schema: {' '.join(program.said.split())}",
            "grant the privilege that the message names" if "permission denied" in program.said else "",
            option="exclude",
        )
    return text
