"""Compare two schemas. Pure: definitions in, changes out, in the order tables, their parts, enums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from snap.compare.model import Kind, SchemaChange
from snap.duck import literal
from snap.schema import Column, Enum, ForeignKey, Table


def schema_changes(
    a: Sequence[Table], b: Sequence[Table], a_enums: Sequence[Enum] = (), b_enums: Sequence[Enum] = ()
) -> tuple[SchemaChange, ...]:
    """Return the changes from `a` to `b`. The order of tables and of columns does not count."""
    return (*_tables(a, b), *_enums(a_enums, b_enums))


def common_key(a: Table, *others: Table) -> tuple[str, ...]:
    """Return the columns of a key that all given tables have: the primary key, else a unique key without NULLs.

    Return no column if they share no such key.
    """
    theirs = [{frozenset(key) for key in _keys(other)} for other in others]
    return next((key for key in _keys(a) if all(frozenset(key) in keys for keys in theirs)), ())


def common_columns(a: Table, b: Table) -> tuple[str, ...]:
    """Return the columns that both tables store, in the order of table `a`."""
    theirs = {column.name for column in b.stored}
    return tuple(column.name for column in a.stored if column.name in theirs)


def _keys(table: Table) -> Iterator[tuple[str, ...]]:
    never_null = {column.name for column in table.stored if not column.nullable}
    if table.primary_key and {column.name for column in table.stored}.issuperset(table.primary_key):
        yield table.primary_key
    for key in table.unique:
        if key and never_null.issuperset(key):
            yield key


def _change(
    what: str, table: str | None, before: str | None, after: str | None, *, name: str = ""
) -> Iterator[SchemaChange]:
    """Yield the change from one text to another, if they differ. None means that the object is missing."""
    if before != after:
        kind = Kind.ADDED if before is None else Kind.REMOVED if after is None else Kind.CHANGED
        yield SchemaChange(kind=kind, what=what, table=table, name=name, before=before, after=after)


def _tables(a: Sequence[Table], b: Sequence[Table]) -> Iterator[SchemaChange]:
    before, after = ({table.label: table for table in side} for side in (a, b))
    for label in _union(before, after):
        if label in before and label in after:
            yield from _columns(label, before[label], after[label])
            yield from _constraints(label, before[label], after[label])
        else:
            yield from _change("table", label, label if label in before else None, label if label in after else None)


def _union(before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    """Return the names of both sides, each name once, first the names of `before`."""
    return tuple(dict.fromkeys([*before, *after]))


def _columns(label: str, a: Table, b: Table) -> Iterator[SchemaChange]:
    before, after = ({column.name: column for column in table.columns} for table in (a, b))
    for name in _union(before, after):
        old, new = before.get(name), after.get(name)
        if old and new:
            for what, was, is_now in _attributes(old, new):
                yield from _change(what, label, was, is_now, name=name)
        else:
            texts = (_definition(column) if column else None for column in (old, new))
            yield from _change("column", label, *texts, name=name)


def _attributes(a: Column, b: Column) -> Iterator[tuple[str, str, str]]:
    yield "type", a.type.pg, b.type.pg
    if a.type.pg == b.type.pg:  # they differ if one side's values need another logical type
        yield "stored", a.type.logical.value, b.type.logical.value
    yield "nullable", _null(a), _null(b)
    yield "generated", _computed(a), _computed(b)


def _definition(column: Column) -> str:
    return f"{column.type.pg}{'' if column.nullable else ' NOT NULL'}{' GENERATED' if column.generated else ''}"


def _null(column: Column) -> str:
    return "NULL" if column.nullable else "NOT NULL"


def _computed(column: Column) -> str:
    return "generated" if column.generated else "stored"


def _constraints(label: str, a: Table, b: Table) -> Iterator[SchemaChange]:
    old_key, new_key = (_list(table.primary_key) if table.primary_key else None for table in (a, b))
    yield from _change("primary_key", label, old_key, new_key)
    for what, before, after in (
        ("unique", list(map(_list, a.unique)), list(map(_list, b.unique))),
        ("foreign_key", list(map(_reference, a.foreign_keys)), list(map(_reference, b.foreign_keys))),
    ):
        for text in _union(before, after):
            yield from _change(what, label, text if text in before else None, text if text in after else None)


def _list(names: Sequence[str]) -> str:
    return f"({', '.join(names)})"


def _reference(key: ForeignKey) -> str:
    return f"{_list(key.columns)} references {key.references} {_list(key.to)}"


def _enums(a: Sequence[Enum], b: Sequence[Enum]) -> Iterator[SchemaChange]:
    before, after = ({enum.name: ", ".join(map(literal, enum.labels)) for enum in side} for side in (a, b))
    for name in _union(before, after):
        yield from _change("enum", None, before.get(name), after.get(name), name=name)
