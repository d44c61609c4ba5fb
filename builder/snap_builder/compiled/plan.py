"""The plan of a declared dataset: makes any column of any rows of any table, on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from snap.schema import Column
from snap.types.arrow import schema_of
from snap_builder.compiled.arrays import array_of, integers_of, scale_of, taken, text_of, typed
from snap_builder.compiled.children import computed
from snap_builder.compiled.fixed_rows import integers_of_fixed
from snap_builder.compiled.groups import Places, grouped, require_turns
from snap_builder.compiled.joins import join, join_within, tested
from snap_builder.compiled.kept import Kept
from snap_builder.compiled.links import Ends, References
from snap_builder.compiled.made_rows import MadeRows
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.scopes import pair_groups, pair_scopes, scope_of
from snap_builder.compiled.several import of_several
from snap_builder.compiled.spilled import let_go, spilled_array
from snap_builder.compiled.sums import add_up, sums_of
from snap_builder.compiled.together import has_integers, together
from snap_builder.compiled.volumes import ends_of, whole_blocks
from snap_builder.compiled.whole import make_whole
from snap_builder.dataset import EarlyPart, Inputs, ReadSums
from snap_builder.declare.checked import at
from snap_builder.declare.derived import Derived
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.made_by import MadeBy
from snap_builder.declare.maker import NULL, Maker
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.references import Reference
from snap_builder.engine.blocks import NONE, cuts
from snap_builder.engine.grouped_pairs import GroupedPairs
from snap_builder.engine.streams import Ints, Seeds
from snap_builder.engine.unique_pairs import UniquePairs
from snap_builder.infer.joint import Coupled, over
from snap_builder.infer.references import Parent

T = TypeVar("T")
_STEP = 1 << 14  # rows that are read at a time when a whole table is read


class DeclaredPlan:
    """The plan of a declared dataset.

    Values that couple rows are computed once, when they are first needed. Parts are then made in any order.
    """

    def __init__(self, tables: Mapping[str, PlannedTable], inputs: Inputs) -> None:
        self.tables, self._inputs = tables, inputs
        self.made = whole_blocks(tables, inputs)  # how many rows of each table can be asked for
        self._kept = Kept()
        self._local = threading.local()

    def part(self, table: str, start: int, stop: int, columns: Collection[str] | None = None) -> pa.RecordBatch:
        """Make rows [start, stop) of `table`, with all columns that files hold or with some of them."""
        with self._remembered():
            return self._batch(table, start, stop, columns)

    def early_part(self, table: str, start: int, stop: int, columns: Collection[str]) -> EarlyPart:
        """Make some columns of rows [start, stop) of `table`, and the sums over these rows by parent."""
        with self._remembered():
            rows = self._batch(table, start, stop, columns)
            return EarlyPart(rows=rows, sums=tuple(sums_of(self, table, start, stop)))

    def add_up(self, read: ReadSums) -> None:
        """Take the sums over the children in all parts, which `read` returns."""
        add_up(self, read)

    def require(self) -> None:
        """Raise UsageError if a resource has more bookings than turns. Only all rows together show this."""
        require_turns(self)

    def integers(self, planned: PlannedTable, path: str, start: int, stop: int) -> Ints:
        """Return the integers of a column, or of a parent's column (`org.created_at`). Rows without one have NULL."""
        name, _, rest = path.partition(".")
        if not rest:
            return self.values(planned, name, start, stop)
        column = planned.reference(name)
        rows = self.values(planned, column, start, stop)
        known = rows != NULL
        values = self.whole(planned.parents[column].label, rest)
        return np.where(known, values[np.where(known, rows, 0)], NULL)

    def texts(self, planned: PlannedTable, path: str, start: int, stop: int) -> pa.StringArray:
        """Return the values of a column, or of a parent's column (`org.slug`), as texts."""
        name, _, rest = path.partition(".")
        if not rest:
            return text_of(self._array(planned, planned.table.column(name), start, stop))
        column = planned.reference(name)
        rows = self.values(planned, column, start, stop)
        parent = planned.parents[column].label
        return taken(self.keep(("texts", parent, rest), lambda: spilled_array(text_of(self._all(parent, rest)))), rows)

    def whole(self, table: str, column: str) -> Ints:
        """Return the integers of a column, or of a parent's column, for all rows of a table.

        The vector is kept: 8 bytes a row, memory-mapped. Columns that are made together with it are kept too: those of
        one function, and both sides of pairs. Parts read the kept vectors.
        """

        found: Ints | None = self._kept.get(("integers", table, column))
        return make_whole(self, self._kept, self.tables[table], column) if found is None else found

    def array(self, table: str, column: str) -> pa.Array:
        """Return a column of all rows of a table as files store it. The array is kept."""
        return self.keep(("keys", table, column), lambda: spilled_array(self._all(table, column)))

    def arrays(self, table: str, column: str) -> Iterator[pa.Array]:
        """Yield a column or a parent's column of all rows of a table, as files store it, cut by cut."""
        planned = self.tables[table]
        return self.in_turn(self.made[table], partial(self.array_of, planned, column))

    def distinct(self, table: str, column: str) -> pa.Array:
        """Return the distinct values of a column, without NULL. The array is kept."""

        def make() -> pa.Array:
            array = self.array(table, column)
            return (array.storage if isinstance(array, pa.ExtensionArray) else array).unique().drop_null()

        return self.keep(("distinct", table, column), make)

    def grouped(self, planned: PlannedTable, columns: tuple[str, ...]) -> tuple[Places, Places]:
        """For each row, return how many earlier rows have the same values in `columns`, and the first of these rows.

        The number is -1 if one of the columns is NULL. The result is kept: 8 bytes a row, memory-mapped.
        """
        return self.keep(("grouped", planned.table.label, *columns), lambda: grouped(self, planned, columns))

    def array_of(self, planned: PlannedTable, path: str, start: int, stop: int) -> pa.Array:
        """Return the values of a column, or of a parent's column (`org.region`), as files store them."""
        name, _, rest = path.partition(".")
        if not rest:
            return self._array(planned, planned.table.column(name), start, stop)
        column = planned.reference(name)
        return taken(self.array(planned.parents[column].label, rest), self.values(planned, column, start, stop))

    # -- user-defined functions

    def test(self, table: str, column: str, start: int, stop: int) -> None:
        """Make a column of rows [start, stop), and call the function that makes it for cuts of these rows too.

        Errors: UsageError if the function gives a row another value in a cut, or a value that the column cannot have.
        """
        self._local.testing = (table, column)
        try:
            with self._remembered():
                self.values(self.tables[table], column, start, stop)
        finally:
            self._local.testing = None

    def _tested(self, planned: PlannedTable, column: str, start: int) -> bool:
        """Return whether a column's function is tested for rows from `start` on: the first made rows always are."""
        return start <= planned.fixed_rows(column) or self._asked(planned, column)

    def _asked(self, planned: PlannedTable, column: str) -> bool:
        return getattr(self._local, "testing", None) == (planned.table.label, column)

    # -- columns

    def _batch(self, table: str, start: int, stop: int, columns: Collection[str] | None) -> pa.RecordBatch:
        planned = self.tables[table]
        chosen = [each for each in planned.filed.stored if columns is None or each.name in columns]
        made = [self._array(planned, column, start, stop) for column in chosen]
        let_go()
        return pa.RecordBatch.from_arrays(made, schema=schema_of(replace(planned.table, columns=tuple(chosen))))

    def _array(self, planned: PlannedTable, column: Column, start: int, stop: int) -> pa.Array:
        made = self._made_array(planned, column, start, stop)
        rows, values = planned.edges_within(column.name, start, stop)
        if not rows:
            return made
        places = np.arange(stop - start)
        places[rows] = np.arange(len(made), len(made) + len(rows))
        return pa.concat_arrays([made, *values]).take(pa.array(places))

    def _made_array(self, planned: PlannedTable, column: Column, start: int, stop: int) -> pa.Array:
        fixed = min(planned.fixed_rows(column.name), stop)
        if start < fixed:
            kept = planned.fixed.column(column.name).slice(start, fixed - start)
            return kept if fixed == stop else pa.concat_arrays([kept, self._array(planned, column, fixed, stop)])
        maker = planned.makers.get(column.name)
        if isinstance(maker, MadeBy):
            return typed(self._together(planned, column.name, maker, start, stop), column.type)
        values = self.values(planned, column.name, start, stop)
        if column.name in planned.parents and not isinstance(values, pa.Array):
            return typed(self._of_parents(planned.parents[column.name], values), column.type)
        kind = planned.kind(column.name)
        own = typed(array_of(values, kind, planned.makers[column.name].choices), column.type)
        joint = planned.joints.get(column.name)
        if joint is None or not isinstance(values, pa.Array):
            return own
        codes = self._codes(planned, joint, column.name, start, stop)
        options = joint.options(column.name)
        if options:
            own = pa.concat_arrays([own, typed(pa.array(options), column.type)])
        places = np.where(codes > 0, stop - start + codes - 1, np.arange(stop - start))
        return own.take(pa.array(places, mask=codes < 0))

    def values(self, planned: PlannedTable, name: str, start: int, stop: int) -> Any:
        """Return a column's values for rows [start, stop). Values are made once for all columns that read them."""
        whole = self._kept.get(("integers", planned.table.label, name))
        if whole is not None and stop <= len(whole) and not self._asked(planned, name):
            return whole[start:stop]
        key = (planned.table.label, name, start, stop)
        return self._once_a_cut(key, lambda: self._make(planned, name, start, stop))

    def _once_a_cut(self, key: tuple[str, str, int, int], make: Callable[[], Any]) -> Any:
        made = self._local.made
        if key not in made:
            made[key] = make()
        return made[key]

    def _make(self, planned: PlannedTable, name: str, start: int, stop: int) -> Any:
        fixed = min(planned.fixed_rows(name), stop)
        if start < fixed:
            kept = self._fixed(planned, name)[start:fixed]
            return kept if fixed == stop else np.concatenate([kept, self.values(planned, name, fixed, stop)])
        made = self._with_edges(planned, name, start, stop, self._base(planned, name, start, stop))
        joint = planned.joints.get(name)
        if joint is None or isinstance(made, pa.Array):
            return made
        codes = self._codes(planned, joint, name, start, stop)
        return over(codes, made, joint.options(name), planned.makers[name].choices)

    def _with_edges(self, planned: PlannedTable, name: str, start: int, stop: int, made: Any) -> Any:
        """Return a column's integers, with the integers of its edge cases in the rows that hold them.

        An Arrow array is returned unchanged, because its edge cases are added when files store it.
        """
        rows, values = planned.edges_within(name, start, stop)
        if not rows or isinstance(made, pa.Array):
            return made
        kind, edged = planned.kind(name), made.copy()
        edged[rows] = integers_of(pa.concat_arrays(values), kind, planned.makers[name].choices)
        return edged

    def _codes(self, planned: PlannedTable, joint: Coupled, name: str, start: int, stop: int) -> Ints:
        """Return for each row the code of the column's value in the combination that CHECKs allow (see Coupled)."""
        classes = []
        for driver in joint.drivers:
            of = driver.column
            made = self._base(planned, of, start, stop)
            classes.append(driver.classes(made, planned.makers[of].choices, scale_of(planned.kind(of))))
        return joint.of(name, self.seeds(planned), start, stop, classes)

    def _base(self, planned: PlannedTable, name: str, start: int, stop: int) -> Any:
        """Return the values of a column's own maker, before edge cases and the combinations of CHECKs."""
        table, pairs = planned.table, planned.pairs
        if pairs is not None and name in (pairs.left, pairs.right):
            made = self.pairs(planned)
            with at(pairs):
                if isinstance(made, UniquePairs) and self._tested(planned, pairs.left, start):
                    made = tested(made)
                both = dict(zip((pairs.left, pairs.right), made.rows(start, stop), strict=True))
            self._local.made |= {(table.label, side, start, stop): rows for side, rows in both.items()}
            return both[name]
        maker = planned.makers[name]
        if isinstance(maker, Reference):
            return self._references(planned, name, maker).rows(start, stop)
        if isinstance(maker, Polymorphic):
            return of_several(self, planned, name, maker, start, stop)
        if isinstance(maker, KeyOfParent):
            rows = self.values(planned, maker.reference, start, stop)
            parent = planned.parents[maker.reference].label
            if name in planned.parents:  # also a reference: the row that the parent names
                return np.where(rows == NULL, NULL, self.whole(parent, maker.to)[np.where(rows == NULL, 0, rows)])
            return self._of_parents(Parent(label=parent, to=maker.to), rows)
        if isinstance(maker, Derived):
            return computed(self, planned, name, maker, start, stop)
        if isinstance(maker, MadeBy):
            kind, values = planned.kinds[name], self._together(planned, name, maker, start, stop)
            return integers_of(values, kind, None) if has_integers(kind) else values
        with at(maker):
            return maker.values(self._made_rows(planned, table.column(name), maker, start, stop))

    def _together(self, planned: PlannedTable, name: str, word: MadeBy, start: int, stop: int) -> pa.Array:
        """Return one of the columns that a function makes. The function is called once for all columns of the rows."""
        columns = word.together(name)

        def make() -> Mapping[str, pa.Array]:
            with at(word):
                return together(self._made_rows(planned, planned.table.column(columns[0]), word, start, stop), word)

        return self._once_a_cut((planned.table.label, f"{columns[0]}\0together", start, stop), make)[name]

    def _made_rows(self, planned: PlannedTable, column: Column, maker: Maker, start: int, stop: int) -> MadeRows:
        return MadeRows(
            plan=self,
            planned=planned,
            seeds=self.seeds(planned),
            name=maker.stream or column.name,
            column=column,
            start=start,
            stop=stop,
            as_of=self._inputs.as_of,
            tested=self._tested(planned, column.name, start),
        )

    def _fixed(self, planned: PlannedTable, name: str) -> Ints:
        """Return the integers of a column for the table's fixed rows. The vector is kept."""
        key = ("fixed", planned.table.label, name)
        return self.keep(key, lambda: integers_of_fixed(self.tables, planned, name))

    # -- values that are made once and kept

    def pairs(self, planned: PlannedTable) -> UniquePairs | GroupedPairs:
        pairs, name = planned.pairs, planned.table.label
        assert pairs is not None
        ends = (self.ends(planned, pairs.left), self.ends(planned, pairs.right))
        fixed = self._fixed(planned, pairs.left), self._fixed(planned, pairs.right)

        def make() -> UniquePairs | GroupedPairs:
            seeds = self.seeds(planned)
            if not pairs.within:
                return join(seeds, name, ends, pairs, pair_scopes(self, planned, pairs), self.whole, fixed)
            return join_within(seeds, name, ends, pairs, pair_groups(self, planned, pairs), self.made[name], fixed)

        with at(pairs):
            return self.keep(("pairs", name), make)

    def _references(self, planned: PlannedTable, name: str, word: Reference) -> References:
        label = f"{planned.table.label}.{name}"
        with at(word):
            return self.keep(
                ("reference", planned.table.label, name),
                lambda: References(
                    self.seeds(planned),
                    word.stream or name,
                    label,
                    self.ends(planned, name),
                    word,
                    scope_of(self, planned, name, word),
                    nullable=planned.table.column(name).nullable,
                    fixed=self._fixed(planned, name),
                    made=self.made[planned.table.label],
                ),
            )

    def _of_parents(self, parent: Parent, rows: Ints) -> pa.Array:
        """Return the values of the parent's column that child rows store, for these parent rows. NULL stays NULL."""
        return taken(self.array(parent.label, parent.to), rows)

    def _all(self, table: str, column: str) -> pa.Array:
        return pa.chunked_array(list(self.arrays(table, column))).combine_chunks()

    def keep(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        return self._kept.keep(key, make)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        """Keep the values that this thread makes in the block, so that other columns of the same rows can read them."""
        before = getattr(self._local, "made", None)
        self._local.made = {}
        try:
            yield
        finally:
            self._local.made = before

    def cuts(self, table: str) -> Iterator[tuple[int, int]]:
        """Yield the ranges of rows (cuts) in which a whole table is read."""
        for cut in cuts(self._inputs.rows[table], _STEP):
            yield cut
            let_go()

    def in_turn(self, rows: int, make: Callable[[int, int], T], begins: Ints = NONE) -> Iterator[T]:
        """Yield what `make` returns for each cut of a table, and discard the other values that were made for the cut.

        Threads that wait for the value that these cuts are for make some of them.
        """

        def one(start: int, stop: int) -> T:
            with self._remembered():
                made = make(start, stop)
            let_go()
            return made

        return self._kept.in_turn(cuts(rows, _STEP, begins), one)

    # -- the build

    def seeds(self, planned: PlannedTable) -> Seeds:
        return Seeds(self._inputs.seed, planned.stream)

    def ends(self, planned: PlannedTable, column: str) -> Ends:
        return self.ends_between(planned.table.label, planned.parents[column].label)

    def ends_between(self, child: str, parent: str) -> Ends:
        return ends_of(self.tables, self._inputs, self.made, child, parent)
