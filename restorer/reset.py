"""Empty some schemas of a database, in one transaction, so that migrations can fill them anew.

The schemas themselves stay, and with them their owner, comment, grants and default privileges; so do extensions. It
needs no right on the database, only to own what is dropped. Schemas of the platform and snap's own are never emptied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from restorer import contents, holdings, session
from restorer.dump import FOREIGN, LEDGER
from restorer.holdings import Thing
from restorer.target import Target
from snap.errors import TargetError, UsageError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_NEVER = (*FOREIGN, LEDGER, "pg_*", "information_schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emptied:
    """What a reset drops: how many objects of each kind by schema, and what goes with them from outside."""

    objects: Mapping[str, Mapping[str, int]]
    outside: tuple[str, ...]


def require_ours(schemas: Sequence[str]) -> None:
    """Refuse schemas that are the platform's, the server's or snap's own. Errors: UsageError."""
    for name in schemas:
        if any(fnmatchcase(name, pattern) for pattern in _NEVER):
            raise UsageError(f"schema {name} is not the application's, so it is never reset", "take it out of [reset]")


def look(target: Target, schemas: Sequence[str], *, allow: Sequence[str] = ()) -> Emptied:
    """Say what a reset would drop. Errors: those of `reset`, but for locks and rights."""
    require_ours(schemas)
    with target.connect() as connection:
        return _look(connection, target, schemas, allow)[0]


def reset(target: Target, schemas: Sequence[str], *, allow: Sequence[str] = (), lock_timeout_s: float = 10) -> Emptied:
    """Drop everything in `schemas`.

    What depends on it from outside is refused, unless a pattern of `allow` names it: `trigger hello on auth.users`, or
    `auth.*`. Errors: UsageError; TargetError for a schema that is not there, what stands outside, what belongs to
    others, a lock that is held; ServiceError. After each nothing was dropped.
    """
    require_ours(schemas)
    with target.connect() as connection:
        session.begin(connection, lock_timeout_s)
        session.exclude_others(connection, lock_timeout_s)
        emptied, found = _look(connection, target, schemas, allow)
        if text := holdings.drops(found):
            cursor = connection.execute(text.encode())
            while cursor.nextset():
                pass
        left = [thing.name for thing in holdings.droppable(holdings.things(connection, schemas))]
        if left:
            raise TargetError("these came while others were dropped:\n" + contents.listed(left), "run it again")
        target.commit(connection)
    return emptied


def _look(
    connection: Connection, target: Target, schemas: Sequence[str], allow: Sequence[str]
) -> tuple[Emptied, tuple[Thing, ...]]:
    there = [row[0] for row in connection.execute("SELECT nspname::text FROM pg_catalog.pg_namespace ORDER BY 1")]
    if missing := [name for name in schemas if name not in there]:
        ours = [name for name in there if not any(fnmatchcase(name, pattern) for pattern in _NEVER)]
        raise TargetError(
            f"{target.redacted} has no schema {', '.join(missing)}", f"check [reset]; it has: {', '.join(ours)}"
        )
    found = holdings.things(connection, schemas)
    outside = [thing for thing in found if thing.outside]
    refused = [thing.name for thing in outside if not any(_fits(thing, pattern) for pattern in allow)]
    if refused:
        raise TargetError(
            f"these stand outside of {', '.join(schemas)} and would go with what is dropped:\n"
            + contents.listed(refused),
            "if the migrations make them again, name them in allow_cascade of [reset]; nothing was changed",
        )
    objects: dict[str, Counter[str]] = {name: Counter() for name in schemas}
    for thing in holdings.droppable(found):
        objects[thing.schema or ""][thing.kind] += 1
    return Emptied(objects=objects, outside=tuple(thing.name for thing in outside)), found


def _fits(thing: Thing, pattern: str) -> bool:
    return fnmatchcase(thing.name, pattern) or fnmatchcase(thing.identity, pattern)
