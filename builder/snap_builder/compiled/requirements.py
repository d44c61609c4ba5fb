"""Check a declaration before a row is made. Errors have a place and a hint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeAlias

import pyarrow as pa

from snap.errors import UsageError
from snap.types import Logical
from snap.types.arrow import arrow_type
from snap.units import some
from snap_builder.compiled.deriving import require_children
from snap_builder.compiled.fitting import kind_of
from snap_builder.compiled.planned import PlannedTable
from snap_builder.compiled.scopes import led
from snap_builder.compiled.volumes import late
from snap_builder.declare.checked import at, require_known
from snap_builder.declare.derived import Derived, OfSeveral
from snap_builder.declare.keys import KeyOfParent
from snap_builder.declare.lifecycle import Reached
from snap_builder.declare.local_time import require_zones
from snap_builder.declare.localised import require_locales
from snap_builder.declare.made_by import MadeBy
from snap_builder.declare.maker import MOMENTS, NUMBERS, Maker
from snap_builder.declare.moments import Moment
from snap_builder.declare.polymorphic import Polymorphic
from snap_builder.declare.references import Reference
from snap_builder.declare.text import Text

Known: TypeAlias = dict[tuple[str, str], str | None]  # the derived column that each (table, column) reads


def require_all(planned: Mapping[str, PlannedTable]) -> None:
    """Raise UsageError if a word cannot keep its guarantees, or if columns wait for each other."""
    _each_word(planned, partial(require_children, planned))
    _each_word(planned, partial(_require_parents, planned))
    for table in planned.values():
        with at(table.pairs):
            _require_shared(planned, table)
    _each_word(planned, partial(_require_targets, planned))
    _each_word(planned, _require_together)
    _each_word(planned, partial(_require_order, planned, set()))
    _each_word(planned, partial(_require_underived, planned))
    _each_word(planned, partial(_require_readable, planned))
    _each_word(planned, partial(_require_zones, planned))
    _each_word(planned, partial(_require_visits, planned))
    _each_word(planned, partial(_require_locales, planned))
    _each_word(planned, partial(_require_values, planned))


def require_as_of(planned: Mapping[str, PlannedTable], as_of: int) -> None:
    """Raise UsageError if a word for moments can make none before the build's as-of."""

    def require(table: PlannedTable, name: str, word: Maker) -> None:
        word.require_as_of(f"{table.table.label}.{name}", as_of)

    _each_word(planned, require)


def _each_word(planned: Mapping[str, PlannedTable], require: Callable[[PlannedTable, str, Maker], None]) -> None:
    for table in planned.values():
        for name in (column.name for column in table.table.stored if column.name in table.makers):
            with at(table.makers[name]):
                require(table, name, table.makers[name])


def _require_parents(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, word: Maker) -> None:
    """Raise UsageError if a reference cannot guarantee its declared rows, or cannot choose parents by their columns."""
    if not isinstance(word, Reference):
        return
    label, parent = f"{table.table.label}.{name}", planned[word.parent]
    if word.tree and parent is not table:
        raise UsageError(f"{label}: tree= needs a reference to {table.table.label} itself", "leave it out")
    if parent is table and word.first_rows:
        raise UsageError(
            f"{label} references its own table, so it cannot guarantee rows for each row of {word.parent}",
            "leave out at_least= and none_have=",
        )
    if _late(planned, table, name) and (word.first_rows or word.one):
        raise UsageError(
            f"{label}: {word.parent} references {table.table.label} too, so no rows can be guaranteed for each row of "
            f"{word.parent}",
            "leave out at_least=, none_have= and one=",
        )
    columns = [column.name for column in parent.table.stored]
    for column in word.waits_for_parent():
        require_known([column], columns, f"{label}: table {word.parent} has no column")
        derived = derived_by(planned, parent, column)
        if derived is not None:
            raise UsageError(
                f"{label} chooses {word.parent} by {column}, but {derived} is derived: its value changes when a build "
                "grows",
                "choose by a column that is not derived",
            )
    for column, values in word.where:
        require_comparable(f"{label}: {word.parent}.{column}", parent, column, values)
    require_weight(label, parent, word.weight)


def _require_shared(planned: Mapping[str, PlannedTable], table: PlannedTable) -> None:
    """Raise UsageError if the sides of pairs share a path that does not begin with the left side."""
    pairs, label = table.pairs, table.table.label
    for shared in () if pairs is None else pairs.within:
        assert pairs is not None
        path = led(table, shared.path, pairs.left)
        if path is None:
            raise UsageError(
                f"{label}: the path {shared.path} does not begin with the reference {pairs.left}",
                "write a path that begins with it, such as project.org_id",
            )
        for side, column in ((pairs.left, path), (pairs.right, shared.column)):
            parent = planned[table.parents[side].label]
            if column:
                columns = [each.name for each in parent.table.stored]
                require_known([column], columns, f"{label}: table {parent.table.label} has no column")
            derived = derived_by(planned, parent, column) if column else None
            if derived is not None:
                raise UsageError(f"{label} pairs within {derived}, which is derived", "choose another column")


def _require_underived(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, word: Maker) -> None:
    """Raise UsageError if a reference chooses parents by a derived value of the row's own."""
    for shared in word.within if isinstance(word, Reference) else ():
        derived = derived_by(planned, table, shared.path)
        if derived is not None:
            raise UsageError(
                f"{table.table.label}.{name} shares {shared.path} with its parent, but {derived} is derived: its value "
                "changes when a build grows",
                "share a column that is not derived",
            )


def _require_targets(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, word: Maker) -> None:
    """Raise UsageError if a polymorphic column cannot store the keys of one of its target tables."""
    if not isinstance(word, Polymorphic):
        return
    for target in word.targets:
        label, parent = f"{table.table.label}.{name}", planned[target.table].table
        if target.column is None and len(parent.primary_key) != 1:
            raise UsageError(
                f"{label}: {target.table} has no primary key of one column",
                f'name a column of it: "{target.table}.id"',
            )
        column = target.column or parent.primary_key[0]
        require_known([column], [each.name for each in parent.stored], f"{label}: table {target.table} has no column")
        here, there = table.kinds[name], planned[target.table].kinds[column]
        if here.logical not in (there.logical, Logical.STRING):
            raise UsageError(
                f"{label} is of type {here.pg}, and {target.table}.{column} of type {there.pg}",
                "name a column of the same type, or let the column be text",
            )


def _require_together(table: PlannedTable, name: str, word: Maker) -> None:
    """Raise UsageError if a function that makes several columns makes a reference, or repeats facts of the schema."""
    if not isinstance(word, MadeBy):
        return
    if name in table.parents:
        raise UsageError(
            f"{table.table.label}.{name} references another row, and made_by() makes values", "write ref()"
        )
    if name not in table.traits and (word.types or word.null):
        raise UsageError(
            f"{table.table.label}.{name}: types= and null= of made_by() are for traits only",
            "leave them out: for columns, the schema says the type and NOT NULL",
        )


def require_weight(label: str, parent: PlannedTable, column: str | None) -> None:
    """Raise UsageError if parents cannot be weighed by a column: it has no numbers, or a list of other values."""
    if column is None:
        return
    maker, message = parent.makers.get(column), f"{label}: {parent.table.label}.{column} cannot be used as a weight"
    if column in parent.parents or parent.kind(column).logical not in NUMBERS:
        raise UsageError(message, "name a column of numbers")
    if maker is not None and maker.choices is not None:
        raise UsageError(message, "give it whole numbers to choose from")


def require_comparable(label: str, parent: PlannedTable, column: str, values: tuple[object, ...]) -> None:
    kind = parent.table.column(column).type
    for value in values:
        try:
            pa.scalar(value, arrow_type(kind))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            raise UsageError(
                f"{label} is of type {kind.pg}, and {value!r} is not a value of it", "write a value of that type"
            ) from None
    choices = parent.makers[column].choices if column in parent.makers else None
    strange = [value for value in values if value is not None and value not in (choices or values)]
    if strange:
        listed = some([str(choice) for choice in choices or ()])
        raise UsageError(f"{label} never has the value {strange[0]!r}", f"its values are: {listed}")


def derived_by(
    planned: Mapping[str, PlannedTable], table: PlannedTable, path: str, known: Known | None = None
) -> str | None:
    """Return the derived column that a path reads directly or through other columns, or None if it reads none.

    `known` keeps the answers of earlier calls, because several columns may read the same one.
    """
    known = {} if known is None else known
    name, _, rest = path.partition(".")
    column = _column_of(table, name)
    place = (table.table.label, column)
    if place not in known:
        known[place] = None  # until it is found out: columns do not wait for themselves
        if isinstance(table.makers.get(column), Derived):
            known[place] = ".".join(place)
        else:
            reads = (derived_by(planned, there, read, known) for there, read in _reads(planned, table, column))
            known[place] = next(filter(None, reads), None)
    if known[place] is None and rest:
        return derived_by(planned, planned[table.parents[column].label], rest, known)
    return known[place]


def _reads(planned: Mapping[str, PlannedTable], table: PlannedTable, column: str) -> Iterator[tuple[PlannedTable, str]]:
    """Yield the paths that a column's values are made from, each with the table where it begins."""
    maker, joint, parent = table.makers.get(column), table.joints.get(column), table.parents.get(column)
    yield from ((table, path) for path in (() if maker is None else maker.waits()))
    yield from ((table, driver.column) for driver in (() if joint is None else joint.drivers))
    if parent is not None:
        yield planned[parent.label], parent.to
    if isinstance(maker, KeyOfParent):
        yield planned[table.parents[maker.reference].label], maker.to
    if isinstance(maker, Polymorphic):
        targets = ((planned[target.table], target.column) for target in maker.targets)
        yield from ((there, name or there.table.primary_key[0]) for there, name in targets)


def _require_readable(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, maker: Maker) -> None:
    """Raise UsageError if a word reads columns of types that it cannot use."""
    for part in maker.parts():
        readable = part.readable(table.kind(name).scalar.logical)
        if readable is not None:
            _require_kinds(planned, table, name, part, readable)


def _require_kinds(
    planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, maker: Maker, readable: tuple[Logical, ...]
) -> None:
    for path in maker.compares():
        there, column = _reached(planned, table, path)
        kind = there.kind(column)
        if kind.logical not in readable:
            raise UsageError(
                f"{table.table.label}.{name} reads {path}, which is {kind.pg} and holds {kind_of(kind)}",
                "name a column of moments" if readable == MOMENTS else "name a column of a kind that it can use",
            )


def _require_zones(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, maker: Maker) -> None:
    """Raise UsageError if a column of time zones has a listed value that names no time zone."""
    for part in maker.parts():
        if isinstance(part, Moment) and part.local is not None and part.local.column is not None:
            there, column = _reached(planned, table, part.local.column)
            named = there.makers[column].choices if column in there.makers else None
            require_zones(named or (), f"{table.table.label}.{name}: {part.local.column} names")


def _require_visits(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, maker: Maker) -> None:
    """Raise UsageError if a word for moments at visits names a column that is not a reference."""
    for part in maker.parts():
        if isinstance(part, Moment) and part.visits is not None:
            there, column = _reached(planned, table, part.visits.by)
            *steps, last = part.visits.by.split(".")
            if last not in there.parents:
                right = ".".join([*steps, column])
                hint = f"write {right!r}" if column in there.parents else 'name a reference, such as "user_id"'
                raise UsageError(
                    f"{table.table.label}.{name} has visits of {part.visits.by}, which references no row", hint
                )


def _reached(planned: Mapping[str, PlannedTable], table: PlannedTable, path: str) -> tuple[PlannedTable, str]:
    """Return the table and the column that a path leads to."""
    *steps, last = path.split(".")
    for step in steps:
        table = planned[table.parents[_column_of(table, step)].label]
    return table, _column_of(table, last)


def _require_values(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, _: Maker) -> None:
    """Raise UsageError if a word may give NULL to a column that is NOT NULL."""
    source = None if table.table.column(name).nullable else null_source(planned, table, name)
    if source is not None:
        label = f"{table.table.label}.{name}"
        why = "its word gives NULL" if source == label else f"it reads {source}, which may be NULL"
        raise UsageError(f"{label} is NOT NULL, and {why}", "leave out none= there, or read another column")


def null_source(planned: Mapping[str, PlannedTable], table: PlannedTable, path: str) -> str | None:
    """Return a column on a path whose NULLs make the path NULL in some rows, or None if the path is never NULL."""
    name, _, rest = path.partition(".")
    column = _column_of(table, name)
    maker = table.makers.get(column)
    if maker is None:
        return None  # a pair always names two rows
    if isinstance(maker, MadeBy):  # a function may read NULL and give a value
        return f"{table.table.label}.{column}" if table.table.column(column).nullable else None
    if maker.gives_null or _own(table, column) or _late(planned, table, column):
        return f"{table.table.label}.{column}"
    if rest:
        parent = planned[table.parents[column].label]
        reached = parent.makers.get(rest)
        if isinstance(reached, Reached) and isinstance(maker, Reference) and reached.known(dict(maker.where)):
            return None
        return null_source(planned, parent, rest)
    if isinstance(maker, OfSeveral):
        own = [null_source(planned, table, read) for read in maker.own]
        return own[0] if all(own) else None
    return next(filter(None, (null_source(planned, table, read) for read in maker.reads())), None)


def _own(table: PlannedTable, column: str) -> bool:
    """Return whether a column is a nullable reference to its own table. The first row finds no earlier row there."""
    parent = table.parents.get(column)
    return parent is not None and parent.label == table.table.label and table.table.column(column).nullable


def _late(planned: Mapping[str, PlannedTable], table: PlannedTable, column: str) -> bool:
    """Return whether a column references a later table of a cycle. Its first rows may find no row in that table."""
    parent = table.parents.get(column)
    return parent is not None and late(planned, table.table.label, parent.label)


def _require_locales(planned: Mapping[str, PlannedTable], table: PlannedTable, name: str, maker: Maker) -> None:
    """Raise UsageError if a listed value of a column with locales names no locale."""
    for part in maker.parts():
        path = part.locale_path if isinstance(part, Text) else None
        if path is None:
            continue
        at_table, last = _reached(planned, table, path)
        source = at_table.makers.get(last)
        try:
            require_locales(
                str(value) for value in (source.constants if source is not None else ()) if value is not None
            )
        except UsageError as error:
            raise UsageError(f"{table.table.label}.{name}, by {path}: {error.message}", error.hint) from None


def _column_of(table: PlannedTable, name: str) -> str:
    """Return the column that one name of a path stands for: the column itself, or the reference `org_id` for `org`."""
    return name if name in table.makers or _in_pairs(table, name) else f"{name}_id"


def _require_order(
    planned: Mapping[str, PlannedTable], done: set[tuple[str, str]], table: PlannedTable, name: str, _: Maker
) -> None:
    """Raise UsageError if a column waits for itself. `done` are the columns that were checked already."""

    def visit(table: PlannedTable, path: str, waiting: tuple[str, ...]) -> None:
        name, _, rest = path.partition(".")
        column = _column_of(table, name)
        if column not in table.makers and not _in_pairs(table, column):
            require_known([name], list(table.makers), f"table {table.table.label} has no column")
        label = f"{table.table.label}.{column}"
        if label in waiting:
            raise UsageError(
                f"columns depend on each other: {' → '.join([*waiting[waiting.index(label) :], label])}",
                "remove one of these dependencies",
            )
        if rest:
            if column not in table.parents:
                raise UsageError(f"{label} references no table, so it has no {rest}", "name a reference before the dot")
            visit(planned[table.parents[column].label], rest, (*waiting, label))
        elif (table.table.label, column) not in done and column in table.makers:
            maker = table.makers[column]
            with at(maker):
                for read in maker.waits():
                    visit(table, read, (*waiting, label))
                if isinstance(maker, Reference):
                    for read in maker.waits_for_parent():
                        visit(planned[maker.parent], read, (*waiting, label))
                for child in maker.of_children() if isinstance(maker, Derived) else ():
                    if child.column is not None:
                        visit(planned[child.child], child.column, (*waiting, label))
            done.add((table.table.label, column))

    visit(table, name, ())


def _in_pairs(table: PlannedTable, column: str) -> bool:
    return table.pairs is not None and column in (table.pairs.left, table.pairs.right)
