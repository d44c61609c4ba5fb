"""Compare two surveys of a database: the rows, objects and attributes that the later one lacks. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from snap_restorer.schemas.survey import Survey, SurveyedTable

# In the order of the report. `dependents` are objects outside the schemas, gone with them: views, foreign keys, casts.
KINDS = ("publications", "triggers", "row_security", "policies", "grants", "default_privileges", "dependents")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLoss:
    """The rows that a table lost: at least `rows` of `before`. `after` is None if the table itself is gone."""

    schema: str
    name: str
    before: int
    after: int | None
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The triggers, policies, privileges or other attributes of one kind, compared.

    `before` is how many there were, `missing` names those that are gone, `changed` those with another definition.
    """

    kind: str
    before: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """The rows, objects and attributes that a night lost.

    `objects` are names of objects and columns, by schema. `unread` are tables whose rows were not counted.
    """

    tables: tuple[TableLoss, ...]
    objects: Mapping[str, tuple[str, ...]]
    kept: tuple[Kept, ...]
    unread: tuple[str, ...]


def compare_surveys(before: Survey, after: Survey, *, elsewhere: Collection[str] = ()) -> Losses:
    """Return what the survey `after` lacks of `before`. `elsewhere` are tables whose rows the step diff compares."""
    now = {table.label: table for table in after.tables}
    tables, unread = [], []
    objects: dict[str, list[str]] = {}
    for table in before.tables:
        then = now.get(table.label)
        if then is not None:
            columns = [f"column {name} of {table.name}" for name in table.columns if name not in then.columns]
            objects.setdefault(table.schema, []).extend(columns)
        if then is not None and table.label in elsewhere:
            continue
        rows = _lost_rows(table, then)
        if rows is None:
            unread.append(table.label)
        elif rows:
            after_rows = None if then is None else then.rows
            tables.append(
                TableLoss(schema=table.schema, name=table.name, before=table.rows or 0, after=after_rows, rows=rows)
            )
    for schema, names in before.objects.items():
        objects.setdefault(schema, []).extend(sorted(names - after.objects.get(schema, frozenset())))
    for schema in before.schemas:
        if schema not in after.schemas:
            objects.setdefault(schema, []).insert(0, "the schema itself")
    return Losses(
        tables=tuple(sorted(tables, key=lambda loss: (loss.schema, loss.name))),
        objects={schema: tuple(names) for schema, names in sorted(objects.items()) if names},
        kept=tuple(_kept(kind, before, after) for kind in KINDS),
        unread=tuple(unread),
    )


def _lost_rows(before: SurveyedTable, after: SurveyedTable | None) -> int | None:
    """Return the least number of rows that a table lost, or None if its rows were not counted.

    If the columns changed, no row can be the same, so only the row counts are compared.
    """
    if before.rows is None or before.buckets is None:
        return None
    if after is None:
        return before.rows
    if after.rows is None or after.buckets is None:
        return None
    if (before.columns, before.types) != (after.columns, after.types):
        return max(before.rows - after.rows, 0)
    lost = 0
    for bucket, (rows, total) in before.buckets.items():
        rows_now, total_now = after.buckets.get(bucket, (0, ""))
        lost += max(rows - rows_now, 1 if total != total_now and rows >= rows_now else 0)
    return lost


def _kept(kind: str, before: Survey, after: Survey) -> Kept:
    """Compare the attributes of one kind, such as triggers. Those of a dropped object are not counted as missing."""
    if kind == "dependents":
        known = {attribute.name for attribute in before.attributes}
        names = before.dependents - known
        return Kept(kind=kind, before=len(names), missing=tuple(sorted(names - after.dependents)), changed=())
    had = {item.name: item for item in before.attributes if item.kind == kind}
    has = {item.name: item.definition for item in after.attributes if item.kind == kind}
    still = {name: item for name, item in had.items() if item.part_of is None or item.part_of in after.present}
    return Kept(
        kind=kind,
        before=len(still),
        missing=tuple(sorted(name for name in still if name not in has)),
        changed=tuple(sorted(name for name, item in still.items() if name in has and has[name] != item.definition)),
    )
