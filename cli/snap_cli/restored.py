"""Show the result or the plan of `snap restore` to people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from snap.units import duration, plural, size
from snap_cli.render import Grid, Line, View

if TYPE_CHECKING:
    from snap_cli.forms.databases import EffectsForm, OutlineForm, RestoredTableForm, RestoreForm
    from snap_restorer import Conflict, Effects, Outline, RestoreResult, TableResult

_CHANGES = ("inserted", "updated", "deleted", "skipped")
_WOULD = {"inserted": "insert", "updated": "update", "deleted": "delete", "skipped": "skip"}
_SHOWN = 20  # conflicts; --json lists all


def document(restored: RestoreResult, seconds: float) -> RestoreForm:
    """Return the JSON form of a restore."""
    form: RestoreForm = {
        "version": restored.version,
        "db": restored.db,
        "mode": restored.mode,
        "schema_created": restored.schema_created,
        "shift_days": restored.shift_days,
        "as_of": {"snapshot": restored.own_day.isoformat(), "database": _moved_day(restored).isoformat()},
        "tables": [_table_document(table) for table in restored.tables],
        "conflicts": [{"table": each.table, "key": each.key, "reason": each.reason} for each in restored.conflicts],
        "causes": [
            {"table": table, "cause": cause, "rows": len(group)}
            for (table, cause), group in _by_cause(restored).items()
        ],
        "verified": restored.verified,
        "statistics": {"imported": restored.statistics.imported, "analyzed": restored.statistics.analyzed},
        "seconds": round(seconds, 3),
    }
    if restored.outline is not None:
        form["plan"] = _plan_document(restored.outline)
    return form


def _table_document(table: TableResult) -> RestoredTableForm:
    return {
        "name": table.name,
        "rows": table.rows,
        "inserted": table.inserted,
        "updated": table.updated,
        "deleted": table.deleted,
        "unchanged": table.unchanged,
        "skipped": table.skipped,
        "seconds": round(table.seconds, 3),
    }


def _plan_document(plan: Outline | Effects) -> OutlineForm | EffectsForm:
    from snap_restorer import Outline  # noqa: PLC0415

    if not isinstance(plan, Outline):
        return {"triggers": list(plan.triggers), "hidden": list(plan.hidden), "shift_days": plan.shift_days}
    return {
        "tables": [
            {
                "name": table.name,
                "rows": table.rows,
                "bytes": table.bytes,
                "replaces": table.replaces,
                "rebuilt": table.rebuilt,
                "kept": table.kept,
                "triggers": table.triggers,
                "seconds": round(table.seconds, 3),
            }
            for table in plan.tables
        ],
        "locked": list(plan.locked),
        "views": list(plan.views),
        "jobs": plan.jobs,
        "shift_days": plan.shift_days,
        "seconds": round(plan.seconds, 3),
    }


def view(restored: RestoreResult, seconds: float, *after_replacing: Line) -> View:
    """Return counts per table and conflicts, or the plan of a dry run."""
    from snap_restorer import Outline  # noqa: PLC0415

    plan = restored.outline
    if isinstance(plan, Outline):
        return _planned(restored, plan)
    if restored.mode != "replace" and not restored.schema_created:
        return _merged(restored, plan, seconds)
    if restored.verified == "none":
        return _planned_clone(restored, seconds)
    return *_replaced(restored, seconds), *after_replacing


def _replaced(restored: RestoreResult, seconds: float) -> View:
    counts = [name for name in ("deleted", "updated", "unchanged", "skipped") if _sum(restored.tables, name)]
    imported = restored.statistics.imported
    changes = [
        *(["schema created"] if restored.schema_created else []),
        *([f"{plural(imported, 'table')} with the snapshot's statistics"] if imported else []),
    ]
    facts = _facts(restored, changes, seconds)
    return (
        _grid(restored.tables, counts, timed=True),
        Line(f"restored {restored.version}: {facts}", "good"),
        *_shift(restored, "moved"),
        Line(f"database {restored.db}"),
    )


def _planned_clone(restored: RestoreResult, seconds: float) -> View:
    """Return the rows that a clone would write and replace."""
    counts = ["deleted"] if _sum(restored.tables, "deleted") else []
    return (
        _grid(restored.tables, counts, planned=True),
        Line(f"would restore {restored.version} as a clone: {_facts(restored, [], seconds)}", "good"),
        *_shift(restored, "would move"),
        Line(f"database {restored.db}"),
        Line("nothing was changed", "dim"),
    )


def _merged(restored: RestoreResult, effects: Effects | None, seconds: float) -> View:
    """Return the counts per table after mode missing or sync, then the conflicts. `effects` are given for a dry run."""
    totals = {name: total for name in _CHANGES if (total := _sum(restored.tables, name))}
    changes = [f"{total:,} {f'to {_WOULD[name]}' if effects else name}" for name, total in totals.items()]
    facts = _facts(restored, changes or ["nothing to write"], seconds)
    verb = "would restore" if effects else "restored"
    return (
        _grid(restored.tables, [*totals, "unchanged"], planned=effects is not None),
        *_conflicts(restored, "would skip" if effects else "skipped"),
        Line(f"{verb} {restored.version} (mode {restored.mode}): {facts}", "good"),
        *_shift(restored, "would move" if effects else "moved"),
        *(_meaning(effects) if effects else ()),
        Line(f"database {restored.db}"),
        *([Line("nothing was changed", "dim")] if effects else []),
    )


def _planned(restored: RestoreResult, plan: Outline) -> View:
    """Return the plan of a restore, and its locks and other costs for users of the database."""
    columns = ("table", "rows", "size", "would replace", "indexes and keys", "about")
    rows = tuple(
        (
            table.name,
            f"{table.rows:,}",
            size(table.bytes),
            f"{table.replaces:,}",
            f"would rebuild {table.rebuilt}" if table.rebuilt else f"would keep {table.kept}",
            duration(table.seconds),
        )
        for table in plan.tables
    )
    total = sum(table.rows for table in plan.tables)
    facts = [
        f"{plural(total, 'row')} in {plural(len(plan.tables), 'table')}",
        *(["with its schema"] if restored.schema_created else []),
        f"about {duration(plan.seconds)}",
    ]
    until = (
        "the commits, one after another; the ledger says loading meanwhile"
        if plan.jobs > 1
        else "the commit: one transaction"
    )
    triggers = sum(table.triggers for table in plan.tables)
    return (
        Grid(columns=columns, rows=rows, right=frozenset({"rows", "size", "would replace", "about"})),
        Line(f"would restore {restored.version}: {', '.join(facts)}", "good"),
        *_shift(restored, "would move"),
        Line(
            f"would lock: ACCESS EXCLUSIVE on these tables{''.join(f', {name}' for name in plan.locked)}, until {until}"
        ),
        *([Line(f"would disable {plural(triggers, 'trigger')} meanwhile")] if triggers else []),
        *([Line(f"would refresh materialised views: {', '.join(plan.views)}")] if plan.views else []),
        Line(f"database {restored.db}"),
        Line("nothing was changed", "dim"),
    )


def _grid(tables: Sequence[TableResult], counts: Sequence[str], *, timed: bool = False, planned: bool = False) -> Grid:
    """Return each table's rows, the other `counts`, and the sums. Callers leave out counts that are 0 everywhere.

    `planned`: the counts are of a dry run.
    """
    numbers = ("rows", *counts)
    heads = [f"would {_WOULD[name]}" if planned and name in _WOULD else name for name in numbers]

    def row(label: str, value: Callable[[str], Any]) -> tuple[str, ...]:
        seconds = [duration(value("seconds"))] if timed else []
        return (label, *(f"{value(name):,}" for name in numbers), *seconds)

    return Grid(
        columns=("table", *heads, *(["took"] if timed else [])),
        rows=(*(row(table.name, partial(getattr, table)) for table in tables), row("total", partial(_sum, tables))),
        right=frozenset({*heads, "took"}),
        total=True,
    )


def _facts(restored: RestoreResult, changes: list[str], seconds: float) -> str:
    rows = f"{plural(_sum(restored.tables, 'rows'), 'row')} in {plural(len(restored.tables), 'table')}"
    verified = [f"{restored.verified} verified"] if restored.verified != "none" else []
    return ", ".join([rows, *changes, *verified, duration(seconds)])


def _shift(restored: RestoreResult, verb: str) -> tuple[Line, ...]:
    """Return a line on the number of days by which dates are moved, and the days before and after."""
    days = restored.shift_days
    if not days:
        return ()
    direction = "ahead" if days > 0 else "back"
    moved = f"{verb} dates {plural(abs(days), 'day')} {direction}, from {restored.own_day} to {_moved_day(restored)}"
    return (Line(moved),)


def _moved_day(restored: RestoreResult) -> date:
    return restored.own_day + timedelta(days=restored.shift_days)


def _sum(tables: Sequence[TableResult], name: str) -> Any:
    return sum(getattr(table, name) for table in tables)


def _conflicts(restored: RestoreResult, verb: str) -> tuple[Line, ...]:
    lines: list[Line] = []
    shown = 0
    for (table, cause), group in _by_cause(restored).items():
        lines.append(Line(f"{verb} {plural(len(group), 'row')} of {table}: {cause}"))
        lines += [Line(f"  {each.key}{each.reason.removeprefix(cause)}") for each in group[: max(0, _SHOWN - shown)]]
        shown += len(group)
    if shown > _SHOWN:
        lines.append(Line(f"and {shown - _SHOWN:,} more rows; --json lists all", "dim"))
    return tuple(lines)


def _by_cause(restored: RestoreResult) -> dict[tuple[str, str], list[Conflict]]:
    """Group the skipped rows by table and cause. The cause is the part of the reason before any value."""
    groups: dict[tuple[str, str], list[Conflict]] = {}
    for each in restored.conflicts:
        groups.setdefault((each.table, each.reason.partition(" = (")[0]), []).append(each)
    return groups


def _meaning(effects: Effects) -> tuple[Line, ...]:
    """Return lines on the locks and disabled triggers that users of the database would notice."""
    wait = f"; readers of {', '.join(effects.hidden)} wait" if effects.hidden else ""
    return (
        Line(
            f"would lock: SHARE ROW EXCLUSIVE on these tables, until the commit: writers wait, readers continue{wait}"
        ),
        *([Line(f"would disable triggers meanwhile: {', '.join(effects.triggers)}")] if effects.triggers else []),
    )
