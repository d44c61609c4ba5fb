"""Compare one table's rows with DuckDB: count the differing rows, and keep their keys.

The differing rows are kept in a DuckDB table, so their number is limited by the disk and not by memory. With a key, one
full join over each job finds them. Without a key, one aggregation over both sides counts whole rows as a multiset.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from snap.compare import blocks
from snap.compare.blocks import Job
from snap.compare.model import Kind, TableDiff
from snap.compare.schema import common_columns, common_key
from snap.compare.side import Source, TableSide
from snap.duck import Views, quote
from snap.errors import SnapshotError
from snap.schema import Table
from snap.types import duckdb as equality

_numbers = itertools.count()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChanges:
    """The differing rows of two sides of one table, valid while the DuckDB that found them is open.

    `relation` is a DuckDB table with these columns: `kind`; `n`, the number of such rows (1 if there is a key); `a0`,
    `a1`, ..., the key as A stores it, and `b0`, ..., as B stores it, NULL on the side that lacks the row; `d0`, ...,
    whether each of `columns` differs. `names` is the key. If `key` is empty, whole rows are compared and `names` are
    all common columns. `counts` is the result, without samples.
    """

    duck: Views
    relation: str
    a: TableSide
    b: TableSide
    jobs: tuple[Job, ...]
    key: tuple[str, ...]
    names: tuple[str, ...]
    columns: tuple[str, ...]
    counts: TableDiff

    def table(self, of: str) -> Table:
        """Return the definition of the table on side `of`, "a" or "b"."""
        return (self.a if of == "a" else self.b).table

    def select_rows(self, picked: str, kind: Kind, of: str, columns: Sequence[str], *, tag: str = "") -> str:
        """Return a SELECT of `columns` (as c0, c1, ...) from side `of`, for the rows that `picked` lists.

        `picked` has the columns of `relation`, and all its rows are of the same kind. Each row is returned `n` times.
        `tag` is an expression over `picked` (aliased p), returned as the column `tag`.
        """
        table = self.table(of)
        read = tuple(dict.fromkeys([*self.names, *columns]))
        jobs = [job for job in self.jobs if kind is Kind.CHANGED or not job.same_keys]
        sources = [job.a if of == "a" else job.b for job in jobs]
        union = " UNION ALL ".join(f"({source.select(self.duck, read)})" for source in sources)
        aliases = ", ".join(f"c{i}" for i in range(len(read)))
        same = " AND ".join(
            f"{_expression(table, name, f't.c{i}')} IS NOT DISTINCT FROM {_expression(table, name, f'p.{of}{i}')}"
            for i, name in enumerate(self.names)
        )
        shown = ", ".join(
            [*([f"{tag} AS tag"] if tag else []), *(f"t.c{read.index(name)} AS c{i}" for i, name in enumerate(columns))]
        )
        sql = f"SELECT {shown} FROM ({union}) AS t({aliases}) JOIN {picked} AS p ON {same}"  # noqa: S608
        if not self.key:  # of rows with equal compared values, return only as many as differ
            group = ", ".join(_expression(table, name, f"t.c{i}") for i, name in enumerate(self.names))
            sql += f" QUALIFY row_number() OVER (PARTITION BY {group}) <= p.n"
        return sql


def compare_rows(
    duck: Views,
    a: TableSide,
    b: TableSide,
    *,
    key: tuple[str, ...] | None = None,
    narrow: bool = False,
) -> RowChanges:
    """Compare the rows of two sides of one table in their common columns.

    `key` replaces the key that both sides declare, and if it is empty, whole rows are compared. With `narrow`, long
    values are compared by their SHA-256, which takes longer and needs less memory. Whole rows are never narrowed.
    Errors: SnapshotError for corrupt files or a key that is not unique; QueryError.
    """
    common = common_columns(a.table, b.table)
    key = common_key(a.table, b.table) if key is None else key
    compared = tuple(name for name in common if name not in key)
    relation = quote(f"changes {next(_numbers)}")
    if not key and not compared:
        return _countable(duck, relation, a, b)
    cut = blocks.jobs(a.source, b.source, key, compared)
    parts = (
        [_joined(duck, job, a.table, b.table, key, compared, narrow=narrow) for job in cut]
        if key
        else [_counted(duck, cut, a.table, b.table, compared)]
    )
    duck.execute(f"CREATE TABLE {relation} AS {' UNION ALL '.join(parts)}")
    totals = ", ".join(f"coalesce(sum(n) FILTER (kind = '{kind}'), 0)::BIGINT" for kind in Kind)
    flags = "".join(f", count(*) FILTER (d{i})" for i in range(len(compared))) if key else ""
    [(added, removed, changed, *moved)] = duck.query(f"SELECT {totals}{flags} FROM {relation}").rows  # noqa: S608
    differing = {name: count for name, count in zip(compared, moved, strict=False) if count}
    derived = frozenset(column.name for table in (a.table, b.table) for column in table.columns if column.derived)
    return RowChanges(
        duck=duck,
        relation=relation,
        a=a,
        b=b,
        jobs=cut,
        key=key,
        names=key or compared,
        columns=compared if key else (),
        counts=TableDiff(
            name=a.table.label,
            added=added,
            removed=removed,
            changed=changed,
            unchanged=_unchanged(a, b, added, removed, changed),
            columns=tuple(differing.items()),
            derived=derived & differing.keys(),
        ),
    )


def _unchanged(a: TableSide, b: TableSide, added: int, removed: int, changed: int) -> int:
    """Count the rows that are equal on both sides. Errors: SnapshotError if the counts contradict each other."""
    ours = None if a.rows is None else a.rows - removed
    theirs = None if b.rows is None else b.rows - added
    if ours is None and theirs is None:
        raise ValueError("neither side has counted its rows")
    if ours is not None and theirs is not None and ours != theirs:
        raise SnapshotError(
            f"table {a.table.label} cannot be compared: {ours} rows of one side match {theirs} rows of the other",
            "its key is not unique, or a manifest misstates its rows; check both snapshots with: snap check",
        )
    both = ours if ours is not None else theirs
    assert both is not None
    return both - changed


def _joined(
    duck: Views, job: Job, a: Table, b: Table, key: tuple[str, ...], compared: tuple[str, ...], *, narrow: bool
) -> str:
    """Return the SELECT of one job's differing rows, with the columns of `RowChanges.relation`."""
    sides = [
        _side(duck, source, mine, other, key, job.columns, letter, narrow=narrow)
        for source, mine, other, letter in ((job.a, a, b, "a"), (job.b, b, a, "b"))
    ]
    on = " AND ".join(f"a.ak{i} = b.bk{i}" for i in range(len(key)))
    differs = {name: f"a.av{i} IS DISTINCT FROM b.bv{i}" for i, name in enumerate(job.columns)}
    both = "a.a_is AND b.b_is"
    keys = ", ".join(f"{letter}.{letter}{i}" for letter in "ab" for i in range(len(key)))
    flags = "".join(
        f", coalesce({both}, false) AND {differs.get(name, 'false')} AS d{i}" for i, name in enumerate(compared)
    )
    kinds = (
        f"CASE WHEN a.a_is IS NULL THEN '{Kind.ADDED}' WHEN b.b_is IS NULL THEN '{Kind.REMOVED}' "
        f"ELSE '{Kind.CHANGED}' END"
    )
    where = any_of(["a.a_is IS NULL", "b.b_is IS NULL", *differs.values()])
    return (
        f"SELECT {kinds} AS kind, 1::BIGINT AS n, {keys}{flags} "  # noqa: S608 - every name is ours
        f"FROM ({sides[0]}) AS a FULL JOIN ({sides[1]}) AS b ON {on} WHERE {where}"
    )


def _side(
    duck: Views,
    source: Source,
    mine: Table,
    other: Table,
    key: tuple[str, ...],
    columns: tuple[str, ...],
    letter: str,
    *,
    narrow: bool,
) -> str:
    """Return a SELECT of the key as stored (a0, ...) and as compared (ak0, ...), and the compared values (av0, ...)."""
    read = (*key, *columns)
    shown = [f"true AS {letter}_is"]
    for i, name in enumerate(read):
        form = equality.narrow if narrow and i >= len(key) else equality.comparable
        value = form(f"c{i}", mine.column(name).type, other.column(name).type)
        if i < len(key):
            shown += [f"c{i} AS {letter}{i}", f"{value} AS {letter}k{i}"]
        else:
            shown.append(f"{value} AS {letter}v{i - len(key)}")
    aliases = ", ".join(f"c{i}" for i in range(len(read)))
    return f"SELECT {', '.join(shown)} FROM ({source.select(duck, read)}) AS t({aliases})"  # noqa: S608


def _counted(duck: Views, cut: Sequence[Job], a: Table, b: Table, compared: tuple[str, ...]) -> str:
    """Return the SELECT of the rows that one side has more often than the other, with the columns of `relation`."""
    everything, aliases = range(len(compared)), ", ".join(f"c{i}" for i in range(len(compared)))
    types = [(a.column(name).type, b.column(name).type) for name in compared]
    parts = []
    for of, weight in (("a", -1), ("b", 1)):
        shown = []
        for i, (ours, theirs) in enumerate(types):
            pair = (ours, theirs) if of == "a" else (theirs, ours)
            shown.append(f"{equality.comparable(f'c{i}', *pair)} AS k{i}")
            if not equality.compares_stored(ours, theirs):  # stored and compared values differ in form: keep both
                shown += [f"{f'c{i}' if letter == of else 'NULL'} AS {letter}{i}" for letter in "ab"]
        for job in cut:
            source = job.a if of == "a" else job.b
            parts.append(
                f"SELECT {', '.join(shown)}, {weight} AS w "  # noqa: S608
                f"FROM ({source.select(duck, compared)}) AS t({aliases})"
            )
    stored = []
    for letter in "ab":
        for i, pair in enumerate(types):
            value = f"k{i}" if equality.compares_stored(*pair) else f"any_value({letter}{i})"
            stored.append(f"{value} AS {letter}{i}")
    return (
        f"SELECT CASE WHEN sum(w) > 0 THEN '{Kind.ADDED}' ELSE '{Kind.REMOVED}' END AS kind, "  # noqa: S608
        f"abs(sum(w))::BIGINT AS n, {', '.join(stored)} FROM ({' UNION ALL '.join(parts)}) "
        f"GROUP BY {', '.join(f'k{i}' for i in everything)} HAVING sum(w) <> 0"
    )


def _countable(duck: Views, relation: str, a: TableSide, b: TableSide) -> RowChanges:
    """Compare two tables without a common column. All their rows are equal, so only the number of rows can differ."""
    if a.rows is None or b.rows is None:
        raise ValueError(f"table {a.table.label} has no column to count rows by")
    duck.execute(f"CREATE TABLE {relation} (kind VARCHAR, n BIGINT)")
    added, removed = max(0, b.rows - a.rows), max(0, a.rows - b.rows)
    counts = TableDiff(name=a.table.label, added=added, removed=removed, unchanged=min(a.rows, b.rows))
    return RowChanges(duck=duck, relation=relation, a=a, b=b, jobs=(), key=(), names=(), columns=(), counts=counts)


def _expression(table: Table, name: str, value: str) -> str:
    kind = table.column(name).type
    return equality.comparable(value, kind, kind)


def any_of(terms: Sequence[str]) -> str:
    """Join terms by OR as a balanced tree: DuckDB limits expression depth, and tables have up to 1,600 columns."""
    if len(terms) <= 8:
        return " OR ".join(terms)
    half = len(terms) // 2
    return f"({any_of(terms[:half])}) OR ({any_of(terms[half:])})"
