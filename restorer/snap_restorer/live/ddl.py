"""A live database's schema as SQL: what pg_dump writes, of some tables or all, fit for servers of other versions.

pg_dump writes an archive; its table of contents says what each entry is and which others it needs. Entries are chosen
by that graph, and pg_restore prints them. What goes before the first entry and after the last (settings of one server
version, psql's own commands) is left out; `needs` heads the text instead.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from snap.errors import ServiceError, TargetError
from snap_restorer.pg import programs
from snap_restorer.pg.target import Target

_OPTIONS = ("--schema-only", "--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions")
_PRINT = ("--no-owner", "--no-privileges", "--no-tablespaces", "--no-table-access-method")
_LINE = re.compile(r"(\d+); (\d+) (\d+) (.*)")
_DEPENDS = re.compile(r";\tdepends on: ([\d ]+)")
_KINDS = (
    *("ACCESS METHOD", "AGGREGATE", "CAST", "CHECK CONSTRAINT", "COLLATION", "COMMENT", "CONSTRAINT", "CONVERSION"),
    *(
        "DATABASE PROPERTIES",
        "DATABASE",
        "DEFAULT",
        "DOMAIN",
        "ENCODING",
        "EVENT TRIGGER",
        "EXTENSION",
        "FK CONSTRAINT",
    ),
    *("FOREIGN DATA WRAPPER", "FOREIGN TABLE", "FUNCTION", "INDEX ATTACH", "INDEX", "LARGE OBJECT"),
    *("MATERIALIZED VIEW", "OPERATOR CLASS", "OPERATOR FAMILY", "OPERATOR", "POLICY", "PROCEDURAL LANGUAGE"),
    *("PROCEDURE", "ROW SECURITY", "RULE", "SCHEMA", "SEARCHPATH", "SECURITY LABEL", "SEQUENCE OWNED BY", "SEQUENCE"),
    *("SERVER", "SHELL TYPE", "STATISTICS", "STDSTRINGS", "TABLE ATTACH", "TABLE", "TEXT SEARCH", "TRANSFORM"),
    *("TRIGGER", "TYPE", "USER MAPPING", "VIEW"),
)
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
_FIRST = "--\n-- Name: "
_LAST = "\n--\n-- PostgreSQL database dump complete\n--\n"
_NEED = re.compile(r"^-- needs Postgres (\d+): (.*)$", re.MULTILINE)
_ENTRY = re.compile(r"^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$", re.MULTILINE)
_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an archive's table of contents, and the ids of the entries that it needs."""

    id: int
    catalog: int
    oid: int
    kind: str
    needs: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries to take: `tables`, by oid, and what they need; `whole`: also all else that needs no banned table.

    `banned` are tables that are left out, `keys` foreign keys to them, `hidden` those of them that we may not read.
    """

    tables: frozenset[int]
    banned: frozenset[int] = frozenset()
    keys: frozenset[int] = frozenset()
    whole: bool = True
    hidden: tuple[tuple[str, str], ...] = ()


def dump(
    target: Target,
    wanted: Wanted,
    *,
    server: int,
    snapshot: str | None,
    without_ledger: bool = False,
    needs: Iterable[tuple[int, str]] = (),
    environment: Mapping[str, str],
) -> str:
    """Return the SQL that creates what is `wanted` of the target's schema, as the exported `snapshot` sees it.

    Errors: ServiceError when there is no pg_dump as new as `server` (a major version); TargetError when it refuses.
    """
    folder = programs.clients(environment, server)
    with tempfile.TemporaryDirectory(prefix="snap-") as scratch:
        archive, contents = Path(scratch) / "schema.dump", Path(scratch) / "contents"
        hidden = [f"--exclude-table={_pattern(*name)}" for name in wanted.hidden]
        options = [*_OPTIONS, *hidden, "--format=custom", f"--file={archive}"]
        if without_ledger:
            options.append("--exclude-schema=snap")
        if snapshot is not None:
            options.append(f"--snapshot={snapshot}")
        _run([folder / "pg_dump", *options], target, environment)
        listed = _run([folder / "pg_restore", "--list", "--verbose", archive], None, environment)
        taken, left = choose(parse_contents(listed), wanted)
        text = _print(folder, archive, contents, taken, environment)
        without = _print(folder, archive, contents, left, environment)
    return render(text, without, needs)


def parse_contents(text: str) -> tuple[Entry, ...]:
    """Read what `pg_restore --list --verbose` prints."""
    found: list[list[object]] = []
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            kind = max((k for k in _KINDS if match[4].startswith(k + " ")), key=len, default="")
            if match[4].startswith("COMMENT - EXTENSION "):
                kind = "DATABASE"  # as ours to set as a database's: only the extension's owner may
            found.append([int(match[1]), int(match[2]), int(match[3]), kind, frozenset()])
        elif (match := _DEPENDS.fullmatch(line)) and found:
            found[-1][4] = frozenset(map(int, match[1].split()))
    return tuple(Entry(id=i, catalog=c, oid=o, kind=k, needs=n) for i, c, o, k, n in found)  # type: ignore[arg-type]


def choose(entries: Sequence[Entry], wanted: Wanted) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids of the entries to take, in the archive's order, and of those that belong to taken tables but need
    something that is not taken."""
    known = {entry.id: entry for entry in entries}
    taken = _closed((e.id for e in entries if e.catalog == _CLASS and e.oid in wanted.tables), known)
    able = {e.id for e in entries if e.id in taken or (e.kind not in _NEVER and not _is_banned(e, wanted))}
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


def needed(schema_sql: str) -> tuple[tuple[int, str], ...]:
    """Return the server versions that a schema's SQL needs, and what for, as `render` has headed it."""
    head, _, _ = schema_sql.partition(_FIRST)
    return tuple((int(match[1]), match[2]) for match in _NEED.finditer(head))


def require_server(schema_sql: str, server: int) -> None:
    """Refuse a server (a major version) that cannot hold the schema. Errors: TargetError that names every reason."""
    lacking = [f"{what} (since Postgres {version})" for version, what in needed(schema_sql) if version > server]
    if lacking:
        newest = max(version for version, _ in needed(schema_sql))
        raise TargetError(
            f"Postgres {server} cannot hold the snapshot's schema: {'; '.join(lacking)}",
            f"restore into Postgres {newest} or later; nothing was changed",
        )


def entry_at(schema_sql: str, position: int) -> str:
    """Name what the statement at a character position (from 1, as Postgres counts) creates; "" if nothing says."""
    found = [m for m in _ENTRY.finditer(schema_sql) if m.start() < position]
    if not found:
        return ""
    name, kind, schema = found[-1].groups()
    return f"{kind.lower()} {name if schema == '-' else f'{schema}.{name}'}"


def _is_banned(entry: Entry, wanted: Wanted) -> bool:
    return (entry.catalog == _CLASS and entry.oid in wanted.banned) or (
        entry.catalog == _CONSTRAINT and entry.oid in wanted.keys
    )


def _closed(ids: Iterable[int], known: Mapping[int, Entry]) -> set[int]:
    """Return `ids` and all that they need."""
    closed: set[int] = set()
    waiting = [i for i in ids if i in known]
    while waiting:
        one = waiting.pop()
        if one not in closed:
            closed.add(one)
            waiting += [need for need in known[one].needs if need in known]
    return closed


def _fits(known: Mapping[int, Entry], one: int, tables: Collection[int]) -> bool:
    """Whether an entry needs no table besides `tables`."""
    return all(known[i].kind != "TABLE" or i in tables for i in _closed([one], known))


def _belongs(entry: Entry, taken: Collection[int], tables: Collection[int]) -> bool:
    """Whether an entry is part of a taken table, or says more of something that is taken."""
    if entry.kind in _REMARKS and entry.needs and all(need in taken for need in entry.needs):
        return True
    return entry.kind in _PARTS and any(need in tables for need in entry.needs)


def _print(folder: Path, archive: Path, contents: Path, ids: Sequence[int], environment: Mapping[str, str]) -> str:
    """Return the SQL of some of an archive's entries, without what stands around them."""
    if not ids:
        return ""
    contents.write_text("".join(f"{i};\n" for i in ids))
    command: list[str | Path] = [folder / "pg_restore", *_PRINT, f"--use-list={contents}", "--file=-", archive]
    text = _run(command, None, environment)
    start, stop = text.find(_FIRST), text.rfind(_LAST)
    return text[start:stop].strip("\n") + "\n" if 0 <= start < stop else ""


def _pattern(schema: str, name: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))


def _run(command: Sequence[str | Path], target: Target | None, environment: Mapping[str, str]) -> str:
    """Run one of Postgres' clients and give what it prints. The password goes by the environment, never by argument."""
    private = dict(os.environ) | dict(environment) | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}
    arguments = [str(part) for part in command]
    if target is not None:
        public, secrets = target.split()
        private |= secrets
        arguments += ["--no-password", f"--dbname={public}"]
    try:
        done = subprocess.run(
            arguments, check=False, capture_output=True, env=private, stdin=subprocess.DEVNULL, timeout=_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServiceError(f"{command[0]} does not run: {error}", "check the Postgres programs") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.decode(errors="replace").split())
        text = target.scrub(said) if target else said
        raise TargetError(
            f"pg_dump cannot read the schema: {text}",
            "grant what the message names, or leave such tables out with --exclude; through a pooler, give the "
            "server's own address",
        )
    return done.stdout.decode()
