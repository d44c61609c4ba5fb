"""SQL that drops what some schemas hold, and leaves the schemas themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from snap_restorer.dump.holdings import Thing

# What DROP calls a kind, where pg_identify_object calls it otherwise; first what others are part of.
_DROPPED = {
    **{kind: kind.upper() for kind in ("table", "foreign table", "view", "materialized view", "sequence", "type")},
    **dict.fromkeys(("function", "procedure", "aggregate"), "ROUTINE"),
    "statistics object": "STATISTICS",
}
_ORDER = tuple(_DROPPED)


def direct(found: Iterable[Thing]) -> tuple[Thing, ...]:
    """Return what has to be dropped by name, in an order; all else goes with it."""
    named = [thing for thing in found if thing.direct and thing.whole and not thing.part]
    return tuple(sorted(named, key=lambda thing: _ORDER.index(thing.kind) if thing.kind in _ORDER else len(_ORDER)))


def statements(found: Iterable[Thing]) -> str:
    """Return the statements; Postgres printed and quoted the identities."""
    return "; ".join(
        f"DROP {_DROPPED.get(t.kind, t.kind.upper())} IF EXISTS {t.identity} CASCADE" for t in direct(found)
    )
