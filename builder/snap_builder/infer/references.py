"""Infer the references of a table: the column that references each parent, and the columns shared with the parent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from snap.errors import UsageError
from snap.schema import Check, Details, ForeignKey, PartialUnique, Table
from snap.types import Logical
from snap_builder.declare.keys import Constant, KeyOfParent
from snap_builder.declare.maker import Maker
from snap_builder.declare.references import Pairs, Reference, Shared, ref
from snap_builder.infer.checks import Bounds, conditions, read_checks
from snap_builder.infer.joint import Coupled
from snap_builder.infer.markers import Marker, markers

_RANGE = re.compile(r" [<>]=? ")
_ROOTS, _LEVELS = 20, 4  # trees of a table that references itself: percentage of roots, levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The parent of a reference: a row of table `label`. The child stores the parent's column `to`."""

    label: str
    to: str


@dataclass(slots=True, kw_only=True)
class Inferred:
    """The inferred makers of a table's columns.

    `how` says how each column was recognised. `others` are CHECKs that no maker meets, which the user has to handle.
    `bounds` come from the CHECKs that could be read. `joints` has the columns that CHECKs couple, each with its
    Coupled. `within` has the columns that a row shares with its parent, because a foreign key has several columns.
    """

    makers: dict[str, Maker] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    within: dict[str, tuple[Shared, ...]] = field(default_factory=dict)
    pairs: Pairs | None = None
    how: dict[str, str] = field(default_factory=dict)
    others: tuple[Check, ...] = ()
    bounds: dict[str, Bounds] = field(default_factory=dict)
    joints: dict[str, Coupled] = field(default_factory=dict)


def infer_references(
    inferred: Inferred,
    table: Table,
    details: Details,
    keys: Collection[ForeignKey],
    declared: Mapping[str, Maker | None],
    later: Mapping[str, Shared | None],
    promised: Collection[str],
) -> None:
    """Add the parents of a table's references, and makers of their columns that are not `declared`, to `inferred`.

    `later` are tables that are made after this one, with the column that their rows share with the row of this table
    that they name. `promised` are tables made before this one whose every row needs a row of it. Errors: UsageError for
    a cycle without a nullable column.
    """
    nullable, alone = _nullable(table), [frozenset(key) for key in keys_of(table, details)]
    holders = holders_of(table, keys, declared, later)

    def order(key: ForeignKey) -> tuple[int, bool, bool, int, bool, bool]:
        # The first reference of several columns sets the columns that other references share with it.
        leads = key.references not in (table.label, *later)
        place = [*declared].index(holders[key]) if holders[key] in declared else len(declared)
        return (
            -len(key.columns),
            not leads,
            {*key.columns} not in alone,
            place,
            holders[key] not in table.primary_key,
            holders[key] in nullable,
        )

    for key in sorted(keys, key=order):
        holder, own = holders[key], key.references == table.label
        if holder in inferred.parents or (len(key.columns) > 1 and holder in inferred.makers):
            continue  # another reference uses the column already
        inferred.how[holder] = "reference"
        inferred.parents[holder] = Parent(label=key.references, to=key.to[key.columns.index(holder)])
        if holder in inferred.makers:
            continue  # the column is copied from the parent of another reference
        word = declared.get(holder)
        leads = not own and key.references not in later and not getattr(word, "within", ())
        shared = []
        for name, to in zip(key.columns, key.to, strict=True):
            if name == holder:
                continue
            if not leads or name in declared or name in inferred.makers or name in inferred.parents:
                shared.append(Shared(path=name, to=to))
            else:
                inferred.makers[name] = KeyOfParent(reference=holder, to=to)
                inferred.how[name] = "reference"
        inferred.within[holder] = tuple(shared)
        if holder in declared:
            continue
        if key.references in later and not own:
            _late(inferred, table, key, holder, later[key.references], alone=frozenset(key.columns) in alone)
            continue
        if key.references in promised and not shared and {*key.columns} not in alone:
            inferred.makers[holder] = ref(key.references, at_least=1)
            continue
        inferred.makers[holder] = _reference(key, tuple(shared), nullable=holder in nullable, own=own, alone=alone)


def _late(inferred: Inferred, table: Table, key: ForeignKey, holder: str, back: Shared | None, *, alone: bool) -> None:
    """Add the maker of a reference to a table that is made later. A row references a row that references it, if any."""
    if holder not in _nullable(table):
        raise UsageError(
            f"{table.label}.{holder}: {table.label} and {key.references} reference each other, and neither column may "
            "be NULL",
            "make one of the columns nullable in the schema",
        )
    if back is None and alone:
        del inferred.parents[holder]
        inferred.makers[holder] = Constant()
        return
    within = (*inferred.within[holder], *(() if back in (None, *inferred.within[holder]) else (back,)))
    inferred.within[holder] = within
    inferred.makers[holder] = replace(ref(key.references), within=within, loose=True)


def _reference(
    key: ForeignKey, shared: tuple[Shared, ...], *, nullable: bool, own: bool, alone: Collection[Collection[str]]
) -> Reference:
    if {*key.columns} in alone and not shared:
        return ref(key.references, one=True)  # within one table this makes a chain
    if own and nullable:
        return replace(ref(key.references, tree=_LEVELS, none=_ROOTS), within=shared, loose=True)
    return replace(ref(key.references), within=shared)


def holders_of(
    table: Table, keys: Collection[ForeignKey], declared: Mapping[str, Maker | None], later: Collection[str]
) -> dict[ForeignKey, str]:
    """For each foreign key, return the column whose maker chooses the parent.

    The key's other columns follow from the chosen parent, or limit the choice.
    """
    nullable = _nullable(table)
    used = Counter(name for key in keys for name in key.columns)
    holders = {}
    for key in keys:
        named = [name for name in key.columns if getattr(declared.get(name), "parent", None) == key.references]
        mine = [name for name in key.columns if used[name] == 1] or [*key.columns]
        # On a cycle the nullable column names the parent.
        open_ = [name for name in mine if key.references in later and name in nullable]
        holders[key] = (named or open_ or mine)[-1]
    return holders


def _nullable(table: Table) -> frozenset[str]:
    return frozenset(column.name for column in table.columns if column.nullable)


def keys_of(table: Table, details: Details) -> list[tuple[str, ...]]:
    """Return the unique keys of a table, including partial unique indexes over all rows that are not NULL."""
    partials = (_where_known(partial, table, details) for partial in details.partials)
    return [*filter(None, (table.primary_key, *table.unique)), *filter(None, partials)]


def _where_known(partial: PartialUnique, table: Table, details: Details) -> tuple[str, ...]:
    """Return the columns of a partial unique index that covers all rows without NULL, else no columns.

    In an index of several columns, conditions with a range are ignored. If no column alone decides which rows the index
    covers, it is treated as covering all rows. Then no values repeat in the table, which is stricter than the index.
    """
    if not partial.condition:
        return partial.columns
    known = {f"{name} IS NOT NULL" for name in partial.columns}
    asked = set(conditions(partial.condition.replace('"', "")))
    if len(partial.columns) > 1:
        asked = {each for each in asked if not _RANGE.search(each)}
    deciding = any(not marker.among or _has_others(marker, table, details) for marker in markers(partial.condition))
    return partial.columns if known.issuperset(asked) or not deciding else ()


def _has_others(marker: Marker, table: Table, details: Details) -> bool:
    """Return whether a marker's column is known to have values that its index does not name."""
    if table.column(marker.column).type.logical is Logical.ENUM:
        return True
    values = read_checks(details.checks, {}).bounds.get(marker.column, Bounds()).values
    return values is not None and not {*marker.among}.issuperset(values)
