"""For each foreign key, count how many child rows each parent row has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from snap.duck import Views, quote, relation
from snap.manifest import TableData
from snap.overview.model import FanOut
from snap.schema import ForeignKey, Table


def fan_outs(views: Views, data: TableData, table: Table, parents: Mapping[str, TableData]) -> Iterator[FanOut]:
    """Yield the fan-out of each foreign key of `table` whose columns are stored on both sides. Errors: QueryError.

    `parents` maps the labels of the tables that `data` references to these tables.
    """
    stored = {column.name for column in data.table.stored}
    for key, own in zip(data.table.foreign_keys, table.foreign_keys, strict=True):
        parent = parents.get(key.references)
        if parent is not None and stored.issuperset(key.columns) and _stored(parent).issuperset(key.to):
            ((count, childless, *spread),) = views.query(_sql(data, key, parent)).rows
            least, median, p95, most = (int(each or 0) for each in spread)
            yield FanOut(key=own, parents=count, childless=childless, least=least, median=median, p95=p95, most=most)


def _stored(data: TableData) -> set[str]:
    return {column.name for column in data.table.stored}


def _sql(data: TableData, key: ForeignKey, parent: TableData) -> str:
    own, to = list(map(quote, key.columns)), list(map(quote, key.to))
    picked = ", ".join(f"{name} AS k{number}" for number, name in enumerate(own))
    known = " AND ".join(f"{name} IS NOT NULL" for name in own)
    same = " AND ".join(f"p.{name} = c.k{number}" for number, name in enumerate(to))
    named = " AND ".join(f"p.{name} IS NOT NULL" for name in to)
    return (
        f"WITH c AS (SELECT {picked}, count(*) AS number FROM {relation(data)} WHERE {known} GROUP BY ALL), "  # noqa: S608
        f"n AS (SELECT coalesce(c.number, 0) AS number FROM {relation(parent)} AS p LEFT JOIN c ON {same} "
        f"WHERE {named}) "
        "SELECT count(*), count(*) FILTER (number = 0), min(number), quantile_disc(number, 0.5), "
        "quantile_disc(number, 0.95), max(number) FROM n"
    )
