"""Empty some schemas of a database, in one transaction, as if they had been dropped and created again.

    look      the schemas, the owners of their objects, and dependent objects outside: refusals happen here
    drop      the objects in the schemas, not the schemas themselves
    prove     nothing is left, and every extension still exists
    commit

So owner, comment, grants and default privileges of a schema remain unchanged, and so do extensions. A role needs no
right to create schemas. Only schemas that `drop` names are dropped themselves.
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

from psycopg import sql
from psycopg.rows import dict_row

from snap.errors import CheckError, TargetError, UsageError
from snap.progress import Progress, Silent
from snap.units import bullets
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.guard import NO_GUARD, Guard
from snap_restorer.pg.interrupt import interruptible, require_going
from snap_restorer.pg.schema_objects import LEDGER, SchemaObject, drop, drop_roots, hosted, rights_of, schema_objects
from snap_restorer.pg.target import Connection, Target
from snap_restorer.schemas import history

_SYSTEM = ("pg_*", "information_schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The plan or the result of a reset.

    `dropped` are counts of objects by kind; `missing` are schemas that do not exist. `lost` are dependent objects
    outside the schemas, each with SQL that recreates it, or None. `extensions` are in the schemas and stay. `forgotten`
    counts the migrations deleted from the history.
    """

    schemas: tuple[str, ...]
    missing: tuple[str, ...]
    dropped: Mapping[str, int]
    lost: Mapping[str, str | None]
    extensions: tuple[str, ...]
    forgotten: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetRequest:
    """The schemas to reset: the objects in `schemas` are dropped, and the schemas `drop` themselves.

    Objects elsewhere that CASCADE would drop are refused unless `allow` names them: as the refusal lists them, without
    their kind, or by their table or publication; * and ? stand for any characters. `empty_history`: the history of
    migrations is emptied, too.
    """

    schemas: tuple[str, ...]
    drop: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    empty_history: bool = False
    guard: Guard = NO_GUARD
    lock_timeout_s: float = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The plan of a reset: `objects` to drop with their dependents, schemas `dropped`, and the `result` to report."""

    objects: tuple[SchemaObject, ...]
    dropped: tuple[str, ...]
    result: Reset


def require_resettable(schemas: Iterable[str]) -> None:
    """Raise UsageError for the system's and snap's schemas, Supabase's history, and names given twice."""
    names = list(schemas)
    for name in names:
        if name == LEDGER:
            raise UsageError(f"schema {name} belongs to snap, and is never reset", "remove it from [reset]")
        if any(fnmatchcase(name, pattern) for pattern in _SYSTEM):
            raise UsageError(f"schema {name} belongs to Postgres, and is never reset", "remove it from [reset]")
        if name == history.SCHEMA:
            raise _of_host(name)
        if names.count(name) > 1:
            raise UsageError(f"schema {name} is named twice in [reset]", "name it once")


def _of_host(name: str) -> UsageError:
    return UsageError(
        f"schema {name} belongs to Supabase or an extension, and is never reset", "remove it from [reset]"
    )


def plan_reset(target: Target, request: ResetRequest) -> Reset:
    """Return what `reset` would do, without changes. Errors: the same refusals."""
    require_resettable((*request.schemas, *request.drop))
    with target.connect() as connection:
        transaction.begin(connection, request.lock_timeout_s)
        result = _plan(connection, request).result
        return replace(result, forgotten=history.kept(connection)) if request.empty_history else result


def reset(
    target: Target, request: ResetRequest, *, progress: Progress | None = None, stop: threading.Event | None = None
) -> Reset:
    """Reset the schemas that `request` names.

    Errors: UsageError, TargetError, CheckError, ServiceError, Interrupted once `stop` is set; after each nothing has
    changed.
    """
    require_resettable((*request.schemas, *request.drop))
    stop, progress, started = stop or threading.Event(), progress or Silent(), time.perf_counter()
    with target.connect() as connection, interruptible(connection, stop):
        transaction.begin(connection, request.lock_timeout_s)
        request.guard.admit(connection, target)
        transaction.exclude_others(connection, request.lock_timeout_s)
        plan = _plan(connection, request)
        for name in plan.result.lost:
            progress.note(f"{name} depends on the schemas to reset, so it is dropped")
        before = _extensions(connection)
        require_going(stop)
        drop(connection, plan.objects)
        for name in plan.dropped:
            connection.execute(sql.SQL("DROP SCHEMA {}").format(sql.Identifier(name)))
        _prove(connection, plan, before)
        forgotten = history.empty(connection) if request.empty_history else 0
        require_going(stop)
        target.commit(connection)
    return replace(plan.result, forgotten=forgotten, seconds=time.perf_counter() - started)


def _plan(connection: Connection, request: ResetRequest) -> _Plan:
    """Plan the reset.

    Errors: TargetError for objects that may not be dropped or are outside the schemas; UsageError.
    """
    wanted = [*request.schemas, *request.drop]
    for name in sorted(hosted(connection, wanted)):
        raise _of_host(name)
    rows = connection.cursor(row_factory=dict_row).execute(query("reset_schemas"), {"schemas": wanted}).fetchall()
    existing = {row["name"]: row for row in rows}
    objects = schema_objects(connection, tuple(existing))
    _require_ours(connection, existing, objects)
    dropped = tuple(name for name in request.drop if name in existing)
    outside: dict[str, str | None] = {item.name: item.definition for item in objects if item.outside}
    refused = [
        item.name for item in objects if item.outside and not _permitted(item.kind, item.identity, request.allow)
    ]
    for name in dropped:
        _require_droppable(existing[name])
        for publication in existing[name]["publications"]:
            identity = f"{name} in publication {publication}"
            outside[f"publication namespace {identity}"] = None
            if not _permitted("publication namespace", identity, request.allow):
                refused.append(f"publication namespace {identity}")
    if refused:
        raise TargetError(
            "these objects are outside the schemas to reset, and would be dropped with them:\n"
            + "\n".join(f"- {name}" for name in refused),
            "drop them, or name them in allow_cascade under [reset]",
            unchanged=True,
        )
    result = Reset(
        schemas=tuple(name for name in wanted if name in existing),
        missing=tuple(name for name in wanted if name not in existing),
        dropped=dict(sorted(Counter(item.kind for item in drop_roots(objects)).items())),
        lost=outside,
        extensions=tuple(sorted({name for row in rows for name in row["extensions"]})),
        forgotten=0,
    )
    return _Plan(objects=objects, dropped=dropped, result=result)


def _require_ours(connection: Connection, existing: Mapping[str, Any], objects: Sequence[SchemaObject]) -> None:
    """Raise TargetError for objects that this role may not drop: those of other roles, in schemas of other roles."""
    others = {row[0] for row in connection.execute(query("reset_roles"))}
    if not others:
        return
    owners = {(right.kind, right.identity): right.owner for right in rights_of(connection, tuple(existing), objects)}
    wrong = [
        f"{item.name}, of {owners[item.kind, item.identity]}"
        for item in drop_roots(objects)
        if owners.get((item.kind, item.identity)) in others and not (item.schema and existing[item.schema]["ours"])
    ]
    if wrong:
        raise TargetError(
            "these objects are in the schemas to reset, and belong to other roles:\n" + bullets(wrong),
            "connect as a role that has their owners' rights, or make this role their owner",
            unchanged=True,
        )


def _require_droppable(row: Mapping[str, Any]) -> None:
    if row["extensions"]:
        raise TargetError(
            f"schema {row['name']} would be dropped, and holds extension {', '.join(row['extensions'])}",
            "name the schema in schemas under [reset], so that it is emptied and not dropped, or move the "
            "extension: ALTER EXTENSION … SET SCHEMA extensions",
            unchanged=True,
        )
    if not row["ours"]:
        raise TargetError(
            f"schema {row['name']} belongs to another role, and cannot be dropped",
            "connect as its owner, or name it in schemas under [reset], so that it is emptied and not dropped",
            unchanged=True,
        )


def _permitted(kind: str, identity: str, allow: Collection[str]) -> bool:
    """Return whether `allow` names an object: by kind and identity, by identity, or by its table or publication.

    Pure.
    """
    names = [f"{kind} {identity}", identity]
    names += [identity.rpartition(word)[2] for word in (" on ", " in publication ") if word in identity]
    if kind == "default value":  # for SCHEMA.TABLE.COLUMN
        column = identity.removeprefix("for ")
        names += [column, column.rpartition(".")[0]]
    return any(_pattern(allowed).fullmatch(name) for name in names for allowed in allow)


def _pattern(text: str) -> re.Pattern[str]:
    """Return a pattern with * and ? as in a shell. Brackets are literal, since identities hold types like integer[]."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _prove(connection: Connection, plan: _Plan, extensions: frozenset[str]) -> None:
    """Raise an error, before the commit, if the reset's result is not as planned. Errors: TargetError, CheckError."""
    lost = extensions - _extensions(connection)
    if lost:
        raise TargetError(
            f"extension {', '.join(sorted(lost))} depends on objects in the schemas, and would be dropped with them",
            "make it independent of the schemas first",
            unchanged=True,
        )
    left = drop_roots(schema_objects(connection, plan.result.schemas))
    if left:
        raise CheckError(
            "after the reset the schemas still hold these objects:\n" + bullets(item.name for item in left),
            "look for event triggers that create objects, or drop these by hand",
            unchanged=True,
        )


def _extensions(connection: Connection) -> frozenset[str]:
    return frozenset(row[0] for row in connection.execute("SELECT extname FROM pg_catalog.pg_extension"))
