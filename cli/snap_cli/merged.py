"""What `snap restore --mode missing` and `--mode sync` did, or would do, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from snap.units import duration, plural
from snap_cli.render import Grid, Line, View

if TYPE_CHECKING:
    from snap_restorer import Effects, RestoreResult

_CHANGES = ("inserted", "updated", "deleted", "skipped")
_SHOWN = 20  # conflicts; --json gives all


def merged(restored: RestoreResult, effects: Effects | None, seconds: float) -> View:
    """Show counts by table, then conflicts; `effects` are those of a dry run."""
    tables = restored.tables
    totals = {name: sum(getattr(table, name) for table in tables) for name in (*_CHANGES, "unchanged")}
    # Columns that say 0 everywhere say nothing.
    names = [name for name in _CHANGES if totals[name]] + ["unchanged"]
    rows = [(table.name, f"{table.rows:,}", *(f"{getattr(table, name):,}" for name in names)) for table in tables]
    every = sum(table.rows for table in tables)
    rows.append(("total", f"{every:,}", *(f"{totals[name]:,}" for name in names)))
    done = [f"{totals[name]:,} {name}" for name in _CHANGES if totals[name]] or ["nothing to write"]
    facts = [
        f"{plural(every, 'row')} in {plural(len(tables), 'table')}",
        *done,
        *([f"{restored.verified} verified"] if restored.verified else []),
        duration(seconds),
    ]
    verb = "would restore" if effects else "restored"
    tone = Line(f"{verb} {restored.version} (mode {restored.mode}): {', '.join(facts)}", "good")
    return (
        Grid(columns=("table", "rows", *names), rows=tuple(rows), right=frozenset({"rows", *names}), total=True),
        *_conflicts(restored),
        tone,
        *(_meaning(effects) if effects else ()),
        Line(f"database {restored.db}"),
        *([Line("nothing was changed", "dim")] if effects else []),
    )


def _conflicts(restored: RestoreResult) -> tuple[Line, ...]:
    lines = [Line(f"skipped {each.table} {each.key}: {each.reason}") for each in restored.conflicts[:_SHOWN]]
    if len(restored.conflicts) > _SHOWN:
        lines.append(Line(f"and {len(restored.conflicts) - _SHOWN:,} more; --json lists all", "dim"))
    return tuple(lines)


def _meaning(effects: Effects) -> tuple[Line, ...]:
    """Say what it would mean for those who use the database meanwhile."""
    wait = f", those of {', '.join(effects.hidden)} wait" if effects.hidden else ""
    return (
        Line(f"locks: SHARE ROW EXCLUSIVE on these tables, until the commit: writers wait, readers go on{wait}"),
        *([Line(f"triggers held off: {', '.join(effects.triggers)}")] if effects.triggers else []),
        *([Line(f"dates {effects.shift_days:+} days")] if effects.shift_days else []),
    )
