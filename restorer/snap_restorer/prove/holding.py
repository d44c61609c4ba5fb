"""The contents of a database by its ledger, and the tables whose row counts have changed since, for `snap status`.

Only numbers of rows are compared. Other differences, which a diff or health would find, are not noticed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from snap_restorer.pg import journal, ledger, transaction
from snap_restorer.pg.introspect import TargetRelation, relations_of
from snap_restorer.pg.journal import UnendedNight
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.pg.target import Connection, Target
from snap_restorer.prove.violations import count_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A table whose row count differs from the ledger's. `found` is None if the table no longer exists."""

    name: str
    recorded: int
    found: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """The last restore into a database, None if no ledger records one, and the state of its tables.

    `unread` are tables of which this role may not read every row. `night` is a night that changes the database or was
    interrupted while it did.
    """

    entry: LedgerEntry | None
    drifts: tuple[Drift, ...] = ()
    unread: tuple[str, ...] = ()
    night: UnendedNight | None = None


def read_holding(target: Target, *, lock_timeout_s: float = 5) -> Holding:
    """Read the ledger of `target` and count its tables in one transaction that writes nothing.

    Errors: TargetError if the ledger is not as snap writes it, or if a table stays locked; ServiceError.
    """
    with target.connect() as connection:
        entry = ledger.read_entry(connection)
        labels = () if entry is None else tuple(label for label, _ in entry.rows)
        relations = [relation.sql for relation in _relations(connection, labels).values() if _whole(relation)]
        connection.rollback()
        transaction.begin_reading(connection, lock_timeout_s, relations)
        connection.execute("SET TRANSACTION READ ONLY")
        entry = ledger.read_entry(connection)
        night = journal.unsettled(connection)
        found = Holding(entry=entry, night=night) if entry is None else _counted(connection, entry, night)
        connection.rollback()
        return found


def _counted(connection: Connection, entry: LedgerEntry, night: UnendedNight | None) -> Holding:
    relations = _relations(connection, tuple(label for label, _ in entry.rows))
    drifts, unread = [], []
    for label, recorded in entry.rows:
        relation = relations.get(label)
        if relation is not None and not _whole(relation):
            unread.append(label)
            continue
        found = None if relation is None else count_rows(connection, relation)
        if found != recorded:
            drifts.append(Drift(name=label, recorded=recorded, found=found))
    return Holding(entry=entry, drifts=tuple(drifts), unread=tuple(unread), night=night)


def _relations(connection: Connection, labels: Sequence[str]) -> Mapping[str, TargetRelation]:
    """Return the tables that exist. Errors: TargetError if snap would not write such a label."""
    try:
        return relations_of(connection, labels)
    except AssertionError:  # raised by snap.schema.parse_label
        raise ledger.not_ours("rows") from None


def _whole(relation: TargetRelation) -> bool:
    """Return whether this role may read every row of the table."""
    return relation.readable and not relation.restricted
