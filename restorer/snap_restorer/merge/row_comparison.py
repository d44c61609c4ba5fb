"""Find the rows of a snapshot that a live table lacks, and the reverse, without reading whole rows.

For each live row an entry of a few bytes is read: its identity (its key as canonical bytes, or the SHA-256 of those
bytes, or the SHA-256 of the whole row) and its location (its ctid). Entries are read by ranges of the table's blocks,
each range as one value. So neither side holds more than one range, and no Python runs per row. The caller's locks keep
rows at their ctids.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import sql
from psycopg.sql import Composable, Composed

from snap import parquet
from snap.digest import TableDigest, row_hashes, sum_of_hashes
from snap.schema import Column
from snap.store import Snapshot
from snap.types import Logical
from snap.types.canonical import canonical_field
from snap_restorer.load.restore_plan import TablePlan
from snap_restorer.merge import multisets
from snap_restorer.pg import transaction
from snap_restorer.pg.introspect import TargetColumn
from snap_restorer.pg.row_relations import Leaf
from snap_restorer.pg.target import Connection
from snap_restorer.values import canonical_sql

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Tags = np.ndarray[Any, np.dtype[np.int64]]

# A table up to this size (256 MB, so at most 7 million rows) is read as one value, which Postgres computes in parallel.
# Ranges of ctid are read by one process.
_WHOLE_BLOCKS = 32_768
_RANGE_BLOCKS = 8192
_AHEAD = 3  # the most tables that the server may be ahead, so that it does not wait while one large table is compared
_HASH = 32
_TID = 6  # bytes of a ctid: its block, and its place there


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnGroup:
    """Columns that are compared together, as their canonical bytes if `fixed`, else as the SHA-256 of these."""

    columns: tuple[Column, ...]
    fixed: bool

    @property
    def width(self) -> int:
        return sum(column.type.facts.canonical_width or 0 for column in self.columns) if self.fixed else _HASH


@dataclass(frozen=True, slots=True, kw_only=True)
class RowQuestion:
    """The columns by which the rows of one table are compared.

    `key` identifies rows. In rows with equal keys, the columns `others` must be equal, too. They are compared only in
    rows of the snapshot that have no NULL in them. `digest`: the key's hashes are row hashes, whose sum may be that of
    the table's digest.
    """

    table: TablePlan
    leaves: tuple[Leaf, ...]
    key: ColumnGroup
    others: tuple[ColumnGroup, ...] = ()
    digest: bool = False
    shift_days: int = 0


@dataclass(slots=True, kw_only=True)
class RowAnswer:
    """The result of comparing one table. `lacking`: ascending numbers of the snapshot's rows that the table lacks.

    `extra`: tags of the table's rows that the snapshot lacks. `taken`: for each of the others, the numbers of the
    snapshot's rows whose key is in the table with different values. `live`: the number of the table's rows. `sum`: the
    sum of the hashes of the lacking rows.
    """

    lacking: Tags
    extra: Tags
    taken: tuple[Tags, ...]
    live: int
    sum: int = 0


def column_group(columns: Sequence[Column], target_columns: Sequence[TargetColumn]) -> ColumnGroup:
    """Return how to compare `columns`, which are `target_columns` in the target."""
    fixed = len(columns) > 0 and all(
        ours.type.facts.canonical_width is not None
        and ours.type.logical is canonical_sql.natural(theirs).logical
        and theirs.not_null
        for ours, theirs in zip(columns, target_columns, strict=True)
    )
    return ColumnGroup(columns=tuple(columns), fixed=fixed)


def compare(connection: Connection, snapshot: Snapshot, questions: Sequence[RowQuestion]) -> Iterator[RowAnswer]:
    """Yield the answers in the order of the questions.

    While one table's files are read, the server reads the next table.
    """
    with _ahead(connection, questions) as live:
        for question, theirs in zip(questions, live, strict=True):
            try:
                yield _answer(snapshot, question, theirs)
            finally:
                theirs.result().pile.close()


@dataclass(slots=True, kw_only=True)
class _Live:
    pile: multisets.Multiset
    sum: int = 0


@contextmanager
def _ahead(connection: Connection, questions: Sequence[RowQuestion]) -> Iterator[Iterator[Future[_Live]]]:
    """Yield an iterator over each question's live entries, which a thread reads a few tables ahead."""
    stopped = threading.Event()

    def read() -> Iterator[Future[_Live]]:
        waiting: list[Future[_Live]] = []
        for question in questions:
            if _printed(question):  # runs under another search path, and so must run alone
                yield from waiting
                waiting.clear()
                with transaction.printed_types(connection):
                    alone = pool.submit(_read, connection, question, stopped)
                    wait([alone])
                    alone.result()
                yield alone
                continue
            waiting.append(pool.submit(_read, connection, question, stopped))
            if len(waiting) > _AHEAD:
                yield waiting.pop(0)
        yield from waiting

    with ThreadPoolExecutor(1, thread_name_prefix="snap-read") as pool:
        try:
            yield read()
        finally:
            stopped.set()


def _printed(question: RowQuestion) -> bool:
    """Return whether values are compared as their type prints them, which for a regclass depends on the search path."""
    parts = (question.key, *question.others)
    return any(column.type.scalar.logical is Logical.TEXT for part in parts for column in part.columns)


def _read(connection: Connection, question: RowQuestion, stopped: threading.Event) -> _Live:
    """Read the entries of the live rows of one table."""
    parts = (question.key, *question.others)
    width = sum(each.width for each in parts)
    live = _Live(pile=multisets.Multiset(width, question.key.width))
    for number, leaf in enumerate(question.leaves):
        for statement in _statements(question, leaf):
            if stopped.is_set():
                return live
            (found,) = connection.cursor(binary=True).execute(statement).fetchone() or (None,)
            rows = np.frombuffer(found or b"", np.uint8).reshape(-1, width + _TID)
            tags = np.zeros((len(rows), 8), np.uint8)
            tags[:, 0:2] = np.frombuffer(number.to_bytes(2, "big"), np.uint8)
            tags[:, 2:] = rows[:, width:]
            live.pile.add(rows[:, :width], tags.view(">i8").reshape(-1).astype(np.int64))
            if question.digest:
                live.sum += sum_of_hashes(rows[:, :_HASH].tobytes())
    return live


def tids(tags: Tags) -> tuple[Tags, Bytes]:
    """Return the leaf numbers in tags of live rows, and the bytes of their ctids, of shape (n, 6)."""
    return tags >> 48, tags.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 2:]


def _statements(question: RowQuestion, leaf: Leaf) -> Iterator[Composed]:
    """Yield SELECTs of one value each: the concatenated entries of a range of rows."""
    target_columns = {column.name: column for column in question.table.target.columns}
    entry = sql.SQL(" OPERATOR(pg_catalog.||) ").join(
        [
            *(piece for each in (question.key, *question.others) for piece in _pieces(each, target_columns, question)),
            sql.SQL("pg_catalog.tidsend(ctid)"),
        ]
    )
    template = sql.SQL("SELECT pg_catalog.string_agg({}, ''::pg_catalog.bytea) FROM ONLY {}{}")
    blocks = leaf.blocks or 0
    starts = range(0, max(1, blocks), _RANGE_BLOCKS if blocks > _WHOLE_BLOCKS else _WHOLE_BLOCKS)
    for start in starts:
        bounds = [] if start == 0 else [f"ctid OPERATOR(pg_catalog.>=) '({start},0)'"]
        bounds += [] if start == starts[-1] else [f"ctid OPERATOR(pg_catalog.<) '({start + _RANGE_BLOCKS},0)'"]
        where = sql.SQL(f" WHERE {' AND '.join(bounds)}" if bounds else "")
        yield template.format(entry, sql.Identifier(*leaf.name), where)


def _pieces(each: ColumnGroup, target_columns: dict[str, TargetColumn], question: RowQuestion) -> list[Composable]:
    payloads = [
        canonical_sql.payload(
            column.type,
            canonical_sql.natural(target_columns[column.name]),
            sql.Identifier(column.name),
            shift_days=question.shift_days,
            printed=question.digest,
        )
        for column in each.columns
    ]
    return payloads if each.fixed else [canonical_sql.row_hash(payloads)]


def _answer(snapshot: Snapshot, question: RowQuestion, live: Future[_Live]) -> RowAnswer:
    if question.digest and _agrees(question, live.result()):
        none = np.empty(0, np.int64)
        return RowAnswer(lacking=none, extra=none, taken=(), live=live.result().pile.rows)
    ours = _ours(snapshot, question)
    try:
        return _compared(question, ours, live.result())
    finally:
        ours.pile.close()


def _ours(snapshot: Snapshot, question: RowQuestion) -> _Ours:
    """Read the entries of the snapshot's rows of one table."""
    data, ours = question.table.data, _Ours(question)
    if not data.table.stored:
        blank = np.frombuffer(hashlib.sha256(b"").digest() * data.rows, np.uint8).reshape(-1, _HASH)
        ours.pile.add(blank, np.arange(data.rows))
        return ours
    names = tuple(dict.fromkeys(c.name for each in (question.key, *question.others) for c in each.columns))
    for file in data.files:
        for batch in parquet.read(snapshot.path(file), data.table, names):
            ours.add(batch)
    return ours


def _agrees(question: RowQuestion, live: _Live) -> bool:
    if len(question.key.columns) != len(question.table.data.table.stored):
        return False
    digest = TableDigest(question.table.data.table)
    digest.add(live.pile.rows, live.sum)
    return digest.rows == question.table.data.rows and digest.hexdigest() == question.table.data.digest


@dataclass(slots=True)
class _Ours:
    """The entries of the snapshot's rows of one table.

    `never` are the numbers of rows with NULL in a fixed key. Such rows equal no row.
    """

    question: RowQuestion
    rows: int = 0
    never: list[Tags] = field(default_factory=list)
    pile: multisets.Multiset = field(init=False)

    def __post_init__(self) -> None:
        width = sum(each.width for each in (self.question.key, *self.question.others))
        # Each of the others has one more byte: whether it has no NULL. The key comes first in both piles.
        self.pile = multisets.Multiset(width + len(self.question.others), self.question.key.width)

    def add(self, batch: pa.RecordBatch) -> None:
        numbers = np.arange(self.rows, self.rows + batch.num_rows)
        self.rows += batch.num_rows
        blocks, valid = _block(self.question.key, batch)
        others = [_block(each, batch) for each in self.question.others]
        flags = [whole.astype(np.uint8).reshape(-1, 1) for _, whole in others]
        data = np.concatenate([blocks, *(block for block, _ in others), *flags], axis=1)
        if self.question.key.fixed and not valid.all():
            self.never.append(numbers[~valid])
            data, numbers = data[valid], numbers[valid]
        self.pile.add(data, numbers)


def _block(each: ColumnGroup, batch: pa.RecordBatch) -> tuple[Bytes, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Return the entries of one column group, of shape (rows, width), and a mask of rows without NULL in it."""
    whole = np.ones(batch.num_rows, np.bool_)
    for column in each.columns:
        array = batch.column(column.name)
        if array.null_count:
            whole &= array.is_valid().to_numpy(zero_copy_only=False)
    if not each.fixed:
        return np.frombuffer(row_hashes(batch, each.columns), np.uint8).reshape(-1, _HASH), whole
    fields = [canonical_field(batch.column(column.name), column.type).block for column in each.columns]
    return np.concatenate([block for block in fields if block is not None], axis=1), whole


def _compared(question: RowQuestion, ours: _Ours, live: _Live) -> RowAnswer:
    key, flags = question.key.width, ours.pile.width - len(question.others)
    lacking, extra, total = list(ours.never), [], 0
    taken: list[list[Tags]] = [[] for _ in question.others]
    for mine, theirs in multisets.pairs(ours.pile, live.pile):
        partner = multisets.partners(mine.data[:, :key], theirs.data[:, :key])
        missing = partner < 0
        lacking.append(mine.tags[missing])
        extra.append(theirs.tags[multisets.alone(partner, len(theirs.tags))])
        if question.digest:
            total += sum_of_hashes(mine.data[missing, :_HASH].tobytes())
        start = key
        for i, other in enumerate(question.others):
            asked = np.flatnonzero(~missing & (mine.data[:, flags + i] == 1))
            end = start + other.width
            unlike = (mine.data[asked, start:end] != theirs.data[partner[asked], start:end]).any(axis=1)
            taken[i].append(mine.tags[asked[unlike]])
            start = end
    return RowAnswer(
        lacking=np.sort(np.concatenate(lacking)),
        extra=np.concatenate(extra),
        taken=tuple(np.sort(np.concatenate(each)) for each in taken),
        live=live.pile.rows,
        sum=total,
    )
