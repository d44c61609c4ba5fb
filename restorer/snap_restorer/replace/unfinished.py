"""The ledger's record of objects that a restore over several connections has dropped, until they are back. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from snap.errors import TargetError
from snap.manifest import Manifest
from snap_restorer.load.restore_plan import RestorePlan
from snap_restorer.pg.catalog import of_row
from snap_restorer.pg.introspect import TargetState, TargetTrigger
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.pg.stored_definition import definition_of, is_name, unbelieved
from snap_restorer.replace.shares import lifted_keys


def record(plan: RestorePlan, *, owed: Mapping[str, Any] | None = None, schema: str | None = None) -> dict[str, Any]:
    """Return as JSON what a restore drops before its rows: foreign keys, and what an unfinished restore `owed`.

    An older snap dropped all indexes and disabled triggers and forced row-level security first. `schema` is the SQL of
    a schema of which a section still has to run, None if there is none.
    """
    lifted = {d.oid for d in lifted_keys(plan)}
    whole = {d.oid: d for d in plan.definitions}
    return {
        **({} if schema is None else {"schema": _hash(schema)}),
        "definitions": [asdict(whole[d.oid]) for d in plan.dropped if d.oid in lifted or d.gone],
        "triggers": list((owed or {}).get("triggers", ())),
        "forced": list((owed or {}).get("forced", ())),
    }


def require(entry: LedgerEntry, manifest: Manifest) -> None:
    """Raise TargetError if the snapshot cannot complete the unfinished restore.

    A snapshot cannot if it leaves out a table of that restore, or if its schema differs from the schema that was partly
    created.
    """
    left = {label for label, _ in entry.rows} - {data.table.label for data in manifest.tables}
    if left:
        raise TargetError(
            f"a restore of {entry.version} over several connections did not finish here, and {manifest.version} does "
            f"not hold all of its tables: {', '.join(sorted(left))}",
            f"restore {entry.version} again first",
        )

    if owes_schema(entry) and (entry.unfinished or {})["schema"] != _hash(manifest.schema_sql):
        raise TargetError(
            f"a restore of {entry.version} over several connections did not finish here, and the schema that it began "
            f"to create is not that of {manifest.version}",
            f"restore {entry.version} again first",
        )


def owes_schema(entry: LedgerEntry) -> bool:
    """Return whether a section of the schema that the unfinished restore created still has to run."""
    return "schema" in (entry.unfinished or {})


def recover(state: TargetState, taken: Mapping[str, Any]) -> TargetState:
    """Return the state of a target as it was before the unfinished restore began.

    Errors: TargetError if `taken` does not have the form that `record` writes.
    """
    if not all(isinstance(taken.get(key), list) for key in ("definitions", "triggers", "forced")):
        raise unbelieved("an unfinished restore without its lists")
    here = {(d.kind, d.relation, d.name): d for d in state.definitions}
    definitions = {(d.kind, d.relation, d.name): d for d in map(definition_of, taken["definitions"])}
    triggers = [_trigger(row) for row in taken["triggers"]]
    states = {(trigger.table, trigger.name): trigger.state for trigger in triggers}
    forced = {_name(name) for name in taken["forced"]}
    return replace(
        state,
        tables=tuple(replace(table, forced=table.forced or table.name in forced) for table in state.tables),
        triggers=tuple(
            replace(trigger, state=states.get((trigger.table, trigger.name), trigger.state))
            if trigger.state == "D"
            else trigger
            for trigger in state.triggers
        ),
        definitions=(
            *(d for key, d in here.items() if key not in definitions),
            # An index may exist already, but not yet its constraint.
            *(replace(d, gone=True, drop=(here.get(key) or d).drop) for key, d in definitions.items()),
        ),
    )


def _hash(schema: str) -> str:
    return hashlib.sha256(schema.encode()).hexdigest()


def _trigger(row: Any) -> TargetTrigger:
    if not isinstance(row, Mapping) or set(row) != {field.name for field in fields(TargetTrigger)}:
        raise unbelieved("a trigger with unexpected fields")
    trigger = of_row(TargetTrigger, row)
    if not (is_name(trigger.table) and isinstance(trigger.name, str) and trigger.state in ("O", "R", "A", "D")):
        raise unbelieved("a trigger with values of unexpected types")
    return trigger


def _name(value: Any) -> tuple[str, ...]:
    name = tuple(value) if isinstance(value, list) else value
    if not is_name(name):
        raise unbelieved("a table without a schema and a name")
    return tuple(name)
