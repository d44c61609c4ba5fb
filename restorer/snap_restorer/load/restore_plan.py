"""Plan a restore from the contents of a snapshot and of a target, or list the reasons to refuse it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from psycopg.sql import Composed

from snap.errors import TargetError
from snap.manifest import Manifest, TableData
from snap.progress import Progress
from snap.schema import Enum, ForeignKey, Table, load_order
from snap.units import bullets, grouped, reasons, ungrouped
from snap_restorer.load import rebuild
from snap_restorer.load.sequence_plan import SequencePlan, plan_sequences
from snap_restorer.pg.indexes import Definition, Name
from snap_restorer.pg.introspect import TargetState, TargetTable, TargetTrigger, TargetView
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.pg.schema_sql import constraint_tokens, unproved_constraints
from snap_restorer.values.fit import ColumnPlan, Form, Misfit, Wire, fit

# The name of a thing in the target, and why the thing does not fit.
Misfitting: TypeAlias = tuple[str, str]

# With 1,000 rows in a table, rebuilding took as long as maintaining; with 2,500 15 % less; with 100,000 half as long.
REBUILD_ROWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """A table to load: the snapshot's table, and the target's table that takes its rows.

    `rebuilt`: the table is loaded without indexes. `role` is the role that writes the table's rows, None for the
    session's own role.
    """

    data: TableData
    target: TargetTable
    columns: tuple[ColumnPlan, ...]
    rebuilt: bool
    role: str | None = None

    @property
    def name(self) -> Name:
        return self.data.table.schema, self.data.table.name

    @property
    def label(self) -> str:
        return self.data.table.label

    @property
    def partitioned(self) -> bool:
        """Return whether the table's rows are in its partitions."""
        return self.target.kind == "p"

    @property
    def relation(self) -> Composed:
        """Return the table in SQL, without the tables that inherit from it."""
        return self.target.sql

    @property
    def forced(self) -> bool:
        """Return whether row-level security is forced on the table's owner, and this role may lift it as the owner."""
        return self.target.forced and self.target.owned

    @property
    def binary(self) -> bool:
        """Return whether COPY BINARY carries the table.

        One column without a binary form makes the whole table go as text.
        """
        return not any(_text_only(column.wire) for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """The plan of a restore: tables in load order, triggers to disable, and indexes and constraints to recreate.

    `definitions` are all indexes and constraints of the tables, `dropped` those that are dropped while loading;
    `outside` are the tables outside the snapshot whose foreign keys are among these. `deferred` are foreign keys that
    are kept and close a cycle.
    """

    tables: tuple[TablePlan, ...]
    sequences: tuple[SequencePlan, ...]
    triggers: tuple[TargetTrigger, ...]
    definitions: tuple[Definition, ...]
    dropped: tuple[Definition, ...]
    outside: tuple[Name, ...]
    deferred: bool
    views: tuple[TargetView, ...]
    notes: tuple[str, ...]

    @property
    def locked(self) -> tuple[int, ...]:
        """Return the OIDs of the tables and sequences that the restore locks, without their dependent objects."""
        return *(table.target.oid for table in self.tables), *(plan.sequence.oid for plan in self.sequences)

    @property
    def forced(self) -> tuple[Name, ...]:
        """Return the tables whose row-level security is forced on their owner, which a restore lifts while it loads."""
        return tuple(table.name for table in self.tables if table.forced)


NO_TABLES = RestorePlan(
    tables=(), sequences=(), triggers=(), definitions=(), dropped=(), outside=(), deferred=False, views=(), notes=()
)


def schema_is_missing(manifest: Manifest, state: TargetState) -> bool:
    """Return whether none of the snapshot's tables exists, so that the schema has to be created."""
    return bool(manifest.tables) and not state.tables


def plan_restore(
    manifest: Manifest,
    state: TargetState,
    *,
    orphans: Iterable[str] = (),
    apart: bool = False,
) -> RestorePlan:
    """Return the plan to replace the rows of every table.

    Tables of REBUILD_ROWS rows or more are loaded without indexes. `orphans` are problems with rows outside the
    snapshot, and are reported with those found here. `apart`: several connections load the tables, so that no foreign
    key may tie the tables together. Errors: TargetError that lists all problems, not only the first.
    """
    by_name = {table.name: table for table in state.tables}
    labels = {(data.table.schema, data.table.name): data.table.label for data in manifest.tables}
    problems: list[Misfitting] = []
    notes: list[str] = []
    tables = fitting(manifest, state, problems, notes)
    sequences = plan_sequences(manifest, state.sequences, tables, state.role, problems, notes)
    problems += [
        (f"table {table.label}", f"does not allow role {state.role} to read, insert into and truncate it")
        for table in tables.values()
        if table.target.kind in "rp" and not table.target.writable
    ]
    triggers = tuple(
        trigger
        for trigger in state.triggers
        if trigger.state != "D" and (trigger.table not in by_name or by_name[trigger.table].kind in "rp")
    )
    problems += [
        (f"table {labels.get(name, '.'.join(name))}", has_triggers(state.role))
        for name in dict.fromkeys(trigger.table for trigger in triggers if not trigger.ours)
    ]
    references = [d for d in state.definitions if d.kind == "foreign key"]
    order = loading_order(manifest, references)
    backward = _against(order, references, labels)
    unproved = frozenset(d.oid for d in unproved_alike(manifest, state.definitions))
    dropped = rebuild.choose_rebuilt(
        state.definitions,
        large=frozenset(table.name for table in tables.values() if table.rebuilt),
        within=frozenset(labels),
        wanted=frozenset(d.oid for d in backward if not d.deferrable)
        | unproved
        | frozenset(d.oid for d in references if apart and not d.partitioned),
    )
    gone = {d.oid for d in dropped}
    problems += [rebuild.blocked(d, labels) for d in references if d.table not in labels and d.oid not in gone]
    problems += [
        (
            f"foreign key {d.name} of table {labels[d.table]}",
            f"closes a cycle and cannot be dropped during the restore: {d.stays}",
        )
        for d in backward
        if not d.deferrable and d.oid not in gone
    ]
    require_fitting(problems, orphans)
    views = [view for view in state.views if view.filled]
    notes += [
        f"materialised view {'.'.join(view.name)} is not refreshed: role {state.role} may not refresh it"
        for view in views
        if not view.ours
    ]
    return RestorePlan(
        tables=tuple(tables[label] for label in order),
        sequences=sequences,
        triggers=triggers,
        definitions=state.definitions,
        dropped=tuple(d.unchecked if d.oid in unproved else d for d in dropped),
        outside=tuple(dict.fromkeys(d.table for d in dropped if d.table not in labels)),
        deferred=any(d.oid not in gone for d in backward),
        views=tuple(view for view in views if view.ours),
        notes=tuple(notes),
    )


def fitting(
    manifest: Manifest,
    state: TargetState,
    problems: list[Misfitting],
    notes: list[str],
) -> dict[str, TablePlan]:
    """Return by label the snapshot's tables that exist in the target, and how COPY carries their columns.

    Reasons to refuse the restore are added to `problems`, remarks to `notes`.
    """
    targets = {table.name: table for table in state.tables}
    tables: dict[str, TablePlan] = {}
    for data in manifest.tables:
        target = targets.get((data.table.schema, data.table.name))
        if target is None:
            problems.append((f"table {data.table.label}", "is missing"))
            continue
        problems += _table_problems(data.table, target, state.role)
        columns = _columns(data.table, target, manifest.enums, problems, notes)
        tables[data.table.label] = TablePlan(
            data=data,
            target=target,
            columns=columns,
            rebuilt=target.kind == "r" and data.rows >= REBUILD_ROWS,
        )
    return tables


def owned_by_others(tables: Iterable[TablePlan]) -> tuple[int, ...]:
    """Return the OIDs of the tables whose owner is neither the session's role nor a superuser."""
    return tuple(table.target.oid for table in tables if table.target.other_owner)


def written_as(tables: Iterable[TablePlan], roles: Mapping[int, str]) -> tuple[TablePlan, ...]:
    """Return the tables with the roles that write their rows, given by OID."""
    return tuple(replace(table, role=roles.get(table.target.oid)) for table in tables)


def has_triggers(role: str) -> str:
    """Return why a table with triggers does not fit."""
    return f"has triggers, which only its owner can disable; role {role} is not the owner"


def require_fitting(problems: Collection[Misfitting], others: Iterable[str] = ()) -> None:
    """Raise TargetError if the target cannot hold the snapshot's rows.

    The message lists `others` and, grouped by cause, the problems. The error's reasons are all of them, not grouped.
    """
    others = list(others)
    if problems or others:
        raise TargetError(
            "the target's schema does not fit the snapshot:\n" + bullets([*others, *grouped(problems)]),
            "migrate the target, or restore a version that fits it",
            unchanged=True,
            every=[*others, *ungrouped(problems)],
        )


def require_known_rows(counts: Mapping[str, int], entry: LedgerEntry | None, progress: Progress) -> None:
    """Raise TargetError if the tables hold rows that snap did not put there.

    These are any rows if there is no ledger entry, and other numbers of rows than the ledger says. The error says how
    the numbers differ. A table that was emptied is only noted.
    """
    if entry is None:
        foreign = [f"{label} has {count:,}" for label, count in counts.items() if count]
        if foreign:
            raise TargetError(
                reasons("the target holds rows, and no ledger says that snap put them there", foreign),
                "check that this is the right database before all rows of the snapshot's tables are replaced",
                option="yes",
            )
        return
    if entry.state == "loading":  # rows of an unfinished restore are snap's own
        return
    known = dict(entry.rows)
    changed = [_changed(label, count, known.get(label, 0)) for label, count in counts.items() if count]
    if any(changed):
        raise TargetError(
            reasons(f"rows were changed since snap restored {entry.version}", filter(None, changed)),
            f"compare the database with {entry.version} (snap diff) before all rows of the snapshot's tables are "
            "replaced",
            option="yes",
        )
    for label in (label for label, count in counts.items() if not count and known.get(label)):
        progress.note(f"{label} is empty: somebody removed the {known[label]:,} rows that snap put there")


def _changed(label: str, count: int, known: int) -> str:
    difference = f"{abs(count - known):,} {'more' if count > known else 'fewer'} than snap put there"
    return (
        "" if count == known else f"{label} has {count:,}, {difference if known else 'of which the ledger knows none'}"
    )


def _table_problems(table: Table, target: TargetTable, role: str) -> list[Misfitting]:
    if target.kind not in "rp":
        kinds = {"v": "a view", "m": "a materialised view", "f": "a foreign table"}
        return [(table.label, f"is {kinds[target.kind]}, not a table")]
    problems: list[Misfitting] = []
    if target.restricted and not target.owned:
        problems.append(
            (f"row-level security of table {table.label}", f"applies to role {role}, which does not own it")
        )
    if target.foreign_partitions:
        problems.append((f"partitions of table {table.label}", f"are foreign tables: {target.foreign_partitions}"))
    return problems


def _columns(
    table: Table, found: TargetTable, enums: Iterable[Enum], problems: list[Misfitting], notes: list[str]
) -> tuple[ColumnPlan, ...]:
    by_name = {enum.name: enum for enum in enums}
    target = {column.name: column for column in found.columns}
    columns: list[ColumnPlan] = []
    for column in table.columns:
        label, into = f"column {table.label}.{column.name}", target.get(column.name)
        if into is None:
            problems.append((label, "is missing from its table"))
        elif into.generated:
            if not column.generated:
                notes.append(f"{label} is generated by the target; the snapshot's values are left out")
        elif column.generated:
            problems.append(
                (label, "is generated in the snapshot, which holds no values for it, but not in the target")
            )
        else:
            wire = fit(column.type, by_name.get(column.type.enum or ""), into)
            if isinstance(wire, Misfit):
                problems.append((label, wire.reason))
            else:
                columns.append(ColumnPlan(name=column.name, type=column.type, wire=wire))
    known = {column.name for column in table.columns}
    problems.extend(
        (f"column {table.label}.{column.name}", "is NOT NULL without a default, and the snapshot lacks it")
        for column in found.columns
        if column.name not in known and column.not_null and not column.has_default and not column.generated
    )
    return tuple(columns)


def loading_order(manifest: Manifest, references: Iterable[Definition]) -> tuple[str, ...]:
    """Return the tables' labels sorted by the target's foreign keys, since Postgres checks those."""
    labels = {(data.table.schema, data.table.name): data.table.label for data in manifest.tables}
    keys: dict[Name, list[ForeignKey]] = {}
    for reference in references:
        if reference.to is not None and reference.to in labels:
            keys.setdefault(reference.table, []).append(ForeignKey(columns=(), references=labels[reference.to], to=()))
    tables = (
        replace(data.table, foreign_keys=tuple(keys.get((data.table.schema, data.table.name), ())))
        for data in manifest.tables
    )
    return tuple(table.label for table in load_order(tables))


def _against(
    order: tuple[str, ...], references: Iterable[Definition], labels: Mapping[Name, str]
) -> tuple[Definition, ...]:
    """Return the foreign keys whose referencing rows are loaded before the referenced rows, because they close a cycle.

    A foreign key within one table is not among them: Postgres checks it at the end of the table's one COPY.
    """
    place = {label: i for i, label in enumerate(order)}
    return tuple(
        reference
        for reference in references
        if reference.table in labels
        and reference.to is not None
        and reference.to in labels
        and place[labels[reference.table]] < place[labels[reference.to]]
    )


def unproved_alike(manifest: Manifest, definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """Return the constraints that are NOT VALID both in the target and in the snapshot, whose rows may violate them."""
    here = [d for d in definitions if d.unproved]
    known = unproved_constraints(manifest.schema_sql) if here else frozenset()
    return tuple(d for d in here if constraint_tokens(d.unchecked.attach[0]) in known)


def _text_only(wire: Wire) -> bool:
    return wire.form is Form.TEXT_ONLY or (wire.item is not None and _text_only(wire.item))
