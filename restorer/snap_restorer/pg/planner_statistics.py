"""The planner's statistics of tables: the facts that decide whether they fit a database, and the values themselves.

Postgres 18 and later. Snapshot and database are described by the same queries, so that one comparison decides.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from snap.planner_statistics import Attribute, PartialIndex, PlannerStatistics, TableStatistics
from snap_restorer.pg.catalog import one_row, records
from snap_restorer.pg.target import Connection

LEAST_SERVER = 180_000  # the first version that imports statistics
_SORTED = 0.95  # least correlation of a key's first column at which rows count as sorted by it


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAttribute:
    """A column or index expression in the statistics, without its values. `wanted`: ANALYZE collects values of it.

    `usable`: Postgres' own code reads the values, and they mean the same everywhere. `shift` is '' if dates do not move
    it, else its type, or '?' if unknown.
    """

    attribute: Attribute
    wanted: bool
    usable: bool
    shift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePartialIndex:
    """A partial index. `dated`: the rows in it may depend on dates."""

    index: PartialIndex
    dated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStatistics:
    """A table as ANALYZE sees it. `plain`: no inheriting table has rows, and there are no extended statistics.

    `restricted`: the table has row-level security; `settled`: nothing was written since its last ANALYZE; `first_key`
    is the first column of its primary key.
    """

    oid: int
    schema: str
    name: str
    plain: bool
    restricted: bool
    settled: bool
    analyzed: bool
    first_key: str | None
    attributes: tuple[LiveAttribute, ...]
    partial: tuple[LivePartialIndex, ...]


def describe(
    connection: Connection, oids: Iterable[int], *, before: dt.datetime | None = None
) -> tuple[LiveStatistics, ...]:
    """Return the facts that decide whether statistics fit the tables `oids`, in the order of the OIDs.

    A `settled` table has to have been analysed before `before`.
    """
    oids = list(oids)
    attributes = defaultdict[int, list[LiveAttribute]](list)
    for relation, each in records(connection, _attribute, "statistics_attributes", printed=True, oids=oids):
        attributes[relation].append(each)
    partial = defaultdict[int, list[LivePartialIndex]](list)
    for relation, index in records(connection, _partial, "statistics_partial", printed=True, oids=oids):
        partial[relation].append(index)
    return tuple(
        records(
            connection,
            lambda oid, **row: LiveStatistics(
                oid=oid, attributes=tuple(attributes[oid]), partial=tuple(partial[oid]), **row
            ),
            "statistics_tables",
            oids=oids,
            before=before,
        )
    )


def take(connection: Connection, oids: Sequence[int]) -> PlannerStatistics:
    """Return the statistics of the tables whose rows this session's own role has all loaded and analysed."""
    return _taken(connection, describe(connection, oids))


def take_private(connection: Connection, oids: Sequence[int], before: dt.datetime) -> PlannerStatistics:
    """Return the statistics of a live database's tables, if the statistics reveal no more than the rows do.

    Tables under row-level security have none, nor tables that were written to since their ANALYZE or analysed after
    `before`: their statistics hold values that the rows no longer have, or do not have yet. The capture sorts rows by
    the primary key, so a table whose rows are stored in another order has none either.
    """
    chosen = [table for table in describe(connection, oids, before=before) if table.settled and not table.restricted]
    taken = _taken(connection, chosen)
    keys = {(table.schema, table.name): table.first_key for table in chosen}
    return replace(
        taken,
        tables=tuple(
            sorted_table
            for table in taken.tables
            if (sorted_table := _in_order(table, keys[table.schema, table.name])) is not None
        ),
    )


def usable(table: LiveStatistics) -> bool:
    """Return whether a statistics file can hold all that the planner knows about a table."""
    return table.plain and all(each.usable for each in table.attributes if each.wanted)


def default_target(connection: Connection) -> int:
    """Return the number of values that ANALYZE keeps for a column without a setting of its own."""
    return int(one_row(connection, "SELECT pg_catalog.current_setting('default_statistics_target')")[0])


def _taken(connection: Connection, tables: Sequence[LiveStatistics]) -> PlannerStatistics:
    """Return the statistics of the tables for which they are complete."""
    tables = [table for table in tables if table.analyzed and usable(table)]
    asked = [
        dict(zip(("relation", "index", "number", "name"), (table.oid, *each.attribute.key), strict=True))
        for table in tables
        for each in table.attributes
        if each.wanted
    ]
    known = {
        (row.pop("relation"), row.pop("index"), row.pop("number"), row.pop("name")): row
        for row in records(connection, lambda **row: row, "statistics_values", attributes=json.dumps(asked))
    }
    return PlannerStatistics(
        server=connection.info.server_version,
        target=default_target(connection),
        tables=tuple(
            table
            for each in sorted(tables, key=lambda table: (table.schema, table.name))
            if (table := _complete(each, known)) is not None
        ),
    )


def _complete(table: LiveStatistics, known: dict[Any, dict[str, str]]) -> TableStatistics | None:
    """Return a table's statistics, None if this role may not see all of them or ANALYZE did not make all."""
    attributes = []
    for each in table.attributes:
        values = known.get((table.oid, *each.attribute.key), {})
        if each.wanted and not values:
            return None
        attributes.append(each.attribute.with_values(values))
    partial = tuple(each.index for each in table.partial)
    if any(float(index.rows) < 0 for index in partial):
        return None
    return TableStatistics(schema=table.schema, name=table.name, attributes=tuple(attributes), partial=partial)


def _in_order(table: TableStatistics, first_key: str | None) -> TableStatistics | None:
    """Return a table's statistics for rows sorted by its key, None if the rows are not stored in that order.

    Rows sorted by a random key (uuid) are in no order of any other column.
    """
    key = next((each for each in table.attributes if each.index is None and each.name == first_key), None)
    if key is None or (key.collation or "code points").partition(" ")[0] != "code":
        return None
    if float(key.values.get("correlation", "0")) >= _SORTED:
        return table
    if key.type != "uuid":
        return None
    return replace(
        table,
        attributes=tuple(
            each.with_values({**each.values, "correlation": "1" if each is key else "0"})
            if "correlation" in each.values
            else each
            for each in table.attributes
        ),
    )


def _attribute(relation: int, *, wanted: bool, usable: bool, shift: str, **row: Any) -> tuple[int, LiveAttribute]:
    attribute = Attribute(**row, values={})
    return relation, LiveAttribute(attribute=attribute, wanted=wanted, usable=usable, shift=shift)


def _partial(relation: int, dated: bool, **row: Any) -> tuple[int, LivePartialIndex]:
    return relation, LivePartialIndex(index=PartialIndex(**row), dated=dated)
