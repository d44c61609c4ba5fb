"""Empty some schemas of a database, in one transaction, as if they had been dropped and created again.

    look      which schemas, whose objects, what hangs on them from outside: refusals happen here
    drop      what is in the schemas, not the schemas themselves
    prove     nothing is left, and every extension is still there
    commit

So owner, comment, grants and default privileges of a schema stay by construction, and so do extensions; a role needs
no right to create schemas. Only schemas named by `drop` go themselves.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from snap.errors import CheckError, TargetError, UsageError
from snap.progress import Progress, Silent
from snap_restorer.dump import dropping, holdings
from snap_restorer.dump.dump import FOREIGN, LEDGER
from snap_restorer.dump.holdings import Thing
from snap_restorer.pg import inventory, session
from snap_restorer.pg.catalog import query
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.target import Target
from snap_restorer.schemas import history

Connection = psycopg.Connection[Any]

_SYSTEM = ("pg_*", "information_schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What a reset does, or did. `dropped` are counts of objects by kind; `missing` are schemas that are not there.

    `lost` is what goes with them although it stands outside, each with SQL that makes it again, or None. `extensions`
    are in the schemas and stay. `forgotten` counts the migrations taken out of the history.
    """

    schemas: tuple[str, ...]
    missing: tuple[str, ...]
    dropped: Mapping[str, int]
    lost: Mapping[str, str | None]
    extensions: tuple[str, ...]
    forgotten: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    found: tuple[Thing, ...]
    said: Reset
    gone: tuple[str, ...]


def require_resettable(schemas: Iterable[str]) -> None:
    """Refuse schemas of the system, of Supabase and of snap, and names given twice. Errors: UsageError."""
    names = list(schemas)
    for name in names:
        if name == LEDGER:
            raise UsageError(f"schema {name} is snap's own, and is never reset", "take it out of [reset]")
        if any(fnmatchcase(name, one) for one in _SYSTEM):
            raise UsageError(f"schema {name} is Postgres' own, and is never reset", "take it out of [reset]")
        if name == history.SCHEMA or any(fnmatchcase(name, one) for one in FOREIGN):
            raise UsageError(
                f"schema {name} is Supabase's or an extension's own, and is never reset", "take it out of [reset]"
            )
        if names.count(name) > 1:
            raise UsageError(f"schema {name} is named twice in [reset]", "name it once")


def survey(
    target: Target,
    *,
    schemas: Sequence[str],
    drop: Sequence[str] = (),
    allow: Collection[str] = (),
    empty_history: bool = False,
    lock_timeout_s: float = 10,
) -> Reset:
    """Say what `reset` would do; reads only. Errors: where it would refuse."""
    require_resettable((*schemas, *drop))
    with target.connect() as connection:
        session.begin(connection, lock_timeout_s)
        look = _look(connection, schemas, drop, allow)
        return replace(look.said, forgotten=history.kept(connection)) if empty_history else look.said


def reset(
    target: Target,
    *,
    schemas: Sequence[str],
    drop: Sequence[str] = (),
    allow: Collection[str] = (),
    empty_history: bool = False,
    guard: Guard = NO_GUARD,
    lock_timeout_s: float = 10,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Reset:
    """Drop all that `schemas` hold, and the schemas `drop` themselves.

    What CASCADE would take elsewhere is refused unless `allow` names it: as the refusal lists it, without its kind, or
    by the table or publication that it is on; * and ? stand for any characters. `empty_history`: no migration counts
    as applied any more. Errors: UsageError, TargetError,
    CheckError, ServiceError, Interrupted once `stop` is set; after each nothing has changed.
    """
    require_resettable((*schemas, *drop))
    stop, progress, started = stop or threading.Event(), progress or Silent(), time.perf_counter()
    with target.connect() as connection, interruptible(connection, stop):
        session.begin(connection, lock_timeout_s)
        guard.admit(connection, target)
        session.exclude_others(connection, lock_timeout_s)
        look = _look(connection, schemas, drop, allow)
        for name in look.said.lost:
            progress.warn(f"{name} depends on what is reset: it is dropped")
        before = _extensions(connection)
        require_going(stop)
        _drop(connection, look)
        _prove(connection, look, before)
        forgotten = history.empty(connection) if empty_history else 0
        require_going(stop)
        target.commit(connection)
    return replace(look.said, forgotten=forgotten, seconds=time.perf_counter() - started)


def _look(connection: Connection, schemas: Sequence[str], drop: Sequence[str], allow: Collection[str]) -> _Look:
    """Read what there is. Errors: TargetError for what may not be dropped, or stands outside."""
    wanted = [*schemas, *drop]
    rows = connection.cursor(row_factory=dict_row).execute(query("reset_schemas"), {"schemas": wanted}).fetchall()
    there = {row["name"]: row for row in rows}
    found = holdings.things(connection, tuple(there))
    _require_ours(connection, there, found)
    gone = tuple(name for name in drop if name in there)
    outside: dict[str, str | None] = {thing.name: thing.definition for thing in found if thing.outside}
    refused = [thing.name for thing in found if thing.outside and not _permitted(thing.kind, thing.identity, allow)]
    for name in gone:
        _require_droppable(there[name])
        for publication in there[name]["publications"]:
            identity = f"{name} in publication {publication}"
            outside[f"publication namespace {identity}"] = None
            if not _permitted("publication namespace", identity, allow):
                refused.append(f"publication namespace {identity}")
    if refused:
        raise TargetError(
            "these stand outside the schemas that are reset, and would go with them:\n"
            + "\n".join(f"- {name}" for name in refused),
            "drop them, or name them in allow_cascade under [reset]; nothing was changed",
        )
    said = Reset(
        schemas=tuple(name for name in wanted if name in there),
        missing=tuple(name for name in wanted if name not in there),
        dropped=dict(sorted(Counter(thing.kind for thing in dropping.direct(found)).items())),
        lost=outside,
        extensions=tuple(sorted({one for row in rows for one in row["extensions"]})),
        forgotten=0,
    )
    return _Look(found=found, said=said, gone=gone)


def _require_ours(connection: Connection, there: Mapping[str, Any], found: Sequence[Thing]) -> None:
    """Refuse objects that this role may not drop: others', in schemas of others. Errors: TargetError."""
    others = {row[0] for row in connection.execute(query("reset_roles"))}
    if not others:
        return
    owners = {(right.kind, right.identity): right.owner for right in holdings.rights(connection, tuple(there), found)}
    wrong = [
        f"{thing.name}, of {owners[thing.kind, thing.identity]}"
        for thing in dropping.direct(found)
        if owners.get((thing.kind, thing.identity)) in others and not (thing.schema and there[thing.schema]["ours"])
    ]
    if wrong:
        raise TargetError(
            "these are in the schemas to reset, and belong to others:\n" + inventory.listed(wrong),
            "connect as a role that has their owners' rights, or give them to this role; nothing was changed",
        )


def _require_droppable(row: Mapping[str, Any]) -> None:
    if row["extensions"]:
        raise TargetError(
            f"schema {row['name']} would be dropped, and holds extension {', '.join(row['extensions'])}",
            "name the schema in schemas under [reset], so that it is emptied and stays, or move the extension: "
            "ALTER EXTENSION … SET SCHEMA extensions; nothing was changed",
        )
    if not row["ours"]:
        raise TargetError(
            f"schema {row['name']} belongs to another role, and cannot be dropped",
            "connect as its owner, or name it in schemas under [reset], so that it is emptied and stays; "
            "nothing was changed",
        )


def _permitted(kind: str, identity: str, allow: Collection[str]) -> bool:
    """Whether `allow` names an object: by kind and identity, by identity, or by what it is on. Pure."""
    names = [f"{kind} {identity}", identity]
    names += [identity.rpartition(word)[2] for word in (" on ", " in publication ") if word in identity]
    if kind == "default value":  # for SCHEMA.TABLE.COLUMN
        column = identity.removeprefix("for ")
        names += [column, column.rpartition(".")[0]]
    return any(_pattern(one).fullmatch(name) for name in names for one in allow)


def _pattern(text: str) -> re.Pattern[str]:
    """Read * and ? as a shell does, and no brackets: identities hold types such as integer[]."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _drop(connection: Connection, look: _Look) -> None:
    text = dropping.statements(look.found)
    if text:
        cursor = connection.execute(text.encode())
        while cursor.nextset():
            pass
    for name in look.gone:
        connection.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(name)))


def _prove(connection: Connection, look: _Look, extensions: frozenset[str]) -> None:
    """Refuse to commit what is not what was surveyed. Errors: TargetError, CheckError."""
    lost = extensions - _extensions(connection)
    if lost:
        raise TargetError(
            f"extension {', '.join(sorted(lost))} depends on what the schemas hold, and would be dropped with it",
            "make it independent of the schemas first; nothing was changed",
        )
    left = dropping.direct(holdings.things(connection, look.said.schemas))
    if left:
        raise CheckError(
            "after the reset the schemas still hold:\n" + inventory.listed(thing.name for thing in left),
            "look for event triggers that create objects, or drop these by hand; nothing was changed",
        )


def _extensions(connection: Connection) -> frozenset[str]:
    return frozenset(row[0] for row in connection.execute("SELECT extname FROM pg_catalog.pg_extension"))
