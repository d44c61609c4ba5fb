"""The planner's statistics of loaded tables: the snapshot's if they fit, else those of an ANALYZE.

A table takes the snapshot's statistics if they are exactly right in the target: Postgres 18, the same columns, index
expressions and partial indexes, the same text sort orders, the same statistics targets, and dates that move as values
do.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from snap.planner_statistics import Attribute, PlannerStatistics, TableStatistics
from snap_restorer.load import table_objects
from snap_restorer.load.restore_plan import TablePlan
from snap_restorer.pg import transaction
from snap_restorer.pg.catalog import query
from snap_restorer.pg.planner_statistics import LEAST_SERVER, LiveStatistics, default_target, describe, usable
from snap_restorer.pg.target import Connection
from snap_restorer.result import StatisticsResult


@dataclass(frozen=True, slots=True)
class _Fitting:
    """A table of the target, the statistics that it can take, and the number of rows loaded into it."""

    live: LiveStatistics
    table: TableStatistics
    rows: int


def refresh_statistics(
    connection: Connection, tables: Sequence[TablePlan], statistics: PlannerStatistics | None, shift_days: int
) -> StatisticsResult:
    """Set or refresh the planner statistics of the tables that this role may analyse, in the caller's transaction.

    The tables' dates lie `shift_days` after the snapshot's. Return how many tables took the snapshot's statistics, and
    how many were analysed.
    """
    owned = [table for table in tables if table.target.owned]
    imported = _imported(connection, owned, statistics, shift_days) if statistics is not None else frozenset()
    rest = [table for table in owned if table.target.oid not in imported]
    if rest:
        with transaction.own_path(connection):  # before Postgres 17, expressions of indexes and views run under it
            table_objects.analyze(connection, rest)
    return StatisticsResult(imported=len(imported), analyzed=len(rest))


def misfit(live: LiveStatistics, table: TableStatistics, shift_days: int) -> str:
    """Return why a table of a target cannot take the snapshot's statistics, '' if it can."""
    if not usable(live):
        return "it has relatives, extended statistics, or a type whose values other code reads"
    here = {each.attribute.key: each for each in live.attributes}
    there = {each.key: each for each in table.attributes}
    if here.keys() != there.keys():
        return "it has other columns, or indexes of other expressions"
    for key, attribute in there.items():
        if not _alike(here[key].attribute, attribute) or here[key].wanted != bool(attribute.values):
            return f"{key[2]} is of another type, order or size of statistics"
        if shift_days and here[key].shift == "?" and attribute.values:
            return f"{key[2]} is made of dates, which move"
    indexes = {each.index.name: each for each in live.partial}
    for index in table.partial:
        if index.name not in indexes or indexes[index.name].index.predicate != index.predicate:
            return f"it has another index {index.name}"
        if shift_days and indexes[index.name].dated and float(indexes[index.name].index.rows) <= 0:
            return f"which rows are in index {index.name} may depend on dates, which move"
    return "" if len(indexes) == len(table.partial) else "it has other indexes of some of its rows"


def _alike(here: Attribute, there: Attribute) -> bool:
    """Return whether statistics of one column or index expression are also right for another.

    Their types, enum labels, statistics targets and options must be equal. Their collations must be equal, too, unless
    `there` has none.
    """
    return (here.type, here.labels, here.target, here.options) == (
        there.type,
        there.labels,
        there.target,
        there.options,
    ) and there.collation in (None, here.collation)


def _imported(
    connection: Connection, tables: Sequence[TablePlan], statistics: PlannerStatistics, shift_days: int
) -> Collection[int]:
    """Import the statistics that fit, and return the OIDs of the tables that now have all of them."""
    if connection.info.server_version < LEAST_SERVER or statistics.target != default_target(connection):
        return frozenset()
    try:
        with connection.transaction():
            fitting = _fitting(connection, tables, statistics, shift_days)
            refused = _import(connection, fitting, statistics.server, shift_days) if fitting else frozenset()
    except psycopg.Error as error:
        if connection.broken or (error.sqlstate or "")[:2] in {"", "08", "57", "53", "55"}:
            raise
        return frozenset()  # the savepoint was rolled back, since this server cannot read these statistics
    return {each.live.oid for place, each in enumerate(fitting) if place not in refused}


def _fitting(
    connection: Connection, tables: Sequence[TablePlan], statistics: PlannerStatistics, shift_days: int
) -> list[_Fitting]:
    """Return the tables that can take the snapshot's statistics."""
    known = {(table.schema, table.name): table for table in statistics.tables}
    rows = {table.target.oid: table.data.rows for table in tables if table.name in known}
    return [
        _Fitting(live, table, rows[live.oid])
        for live in describe(connection, list(rows))
        if not misfit(live, table := known[live.schema, live.name], shift_days)
    ]


def _import(connection: Connection, fitting: Sequence[_Fitting], server: int, shift_days: int) -> frozenset[int]:
    """Import statistics. Return the positions in `fitting` of the tables whose statistics Postgres refused in part."""
    asked = {
        "server": server,
        "days": shift_days,
        "attributes": json.dumps([row for place, each in enumerate(fitting) for row in _rows(place, each, shift_days)]),
        "relations": json.dumps(
            [
                {
                    "place": place,
                    "oid": each.live.oid,
                    "rows": each.rows,
                    "partial": _partial(each, shift_days),
                }
                for place, each in enumerate(fitting)
            ]
        ),
    }
    taken = [
        row for name in ("statistics_relations", "statistics_import") for row in connection.execute(query(name), asked)
    ]
    return frozenset(place for place, whole in taken if not whole)


def _rows(place: int, fitting: _Fitting, shift_days: int) -> Iterator[Mapping[str, Any]]:
    here = {each.attribute.key: each for each in fitting.live.attributes}
    for attribute in fitting.table.attributes:
        if attribute.values:
            yield {
                "place": place,
                "schema": fitting.table.schema,
                "relation": attribute.index or fitting.table.name,
                "number": attribute.number or None,
                "name": None if attribute.index else attribute.name,
                "shift": here[attribute.key].shift if shift_days else "",
                **attribute.values,
            }


def _partial(fitting: _Fitting, shift_days: int) -> Mapping[str, str]:
    """Return about how many rows each partial index has.

    The numbers are the target's if dates were moved and the index may depend on them, else the snapshot's.
    """
    here = {each.index.name: each for each in fitting.live.partial}
    return {
        index.name: here[index.name].index.rows if shift_days and here[index.name].dated else index.rows
        for index in fitting.table.partial
    }
