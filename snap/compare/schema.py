"""What differs between two schemas. Pure: definitions in, changes out, in the order tables, their parts, enums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from snap.compare.model import Kind, SchemaChange
from snap.duck import literal
from snap.schema import Column, Enum, ForeignKey, Table


def schema_changes(
    a: Sequence[Table], b: Sequence[Table], a_enums: Sequence[Enum] = (), b_enums: Sequence[Enum] = ()
) -> tuple[SchemaChange, ...]:
    """Return what differs from `a` to `b`; the order of tables and of columns does not count."""
    return (*_tables(a, b), *_enums(a_enums, b_enums))


def common_key(a: Table, *others: Table) -> tuple[str, ...]:
    """Return the columns that name a row on all sides: a primary key, else a unique key without NULLs, else none."""
    theirs = [{frozenset(key) for key in _keys(other)} for other in others]
    return next((key for key in _keys(a) if all(frozenset(key) in keys for keys in theirs)), ())


def common_columns(a: Table, b: Table) -> tuple[str, ...]:
    """Return the columns that both sides store, in the order of `a`."""
    theirs = {column.name for column in b.stored}
    return tuple(column.name for column in a.stored if column.name in theirs)


def _keys(table: Table) -> Iterator[tuple[str, ...]]:
    never_null = {column.name for column in table.stored if not column.nullable}
    if table.primary_key and {column.name for column in table.stored}.issuperset(table.primary_key):
        yield table.primary_key
    for key in table.unique:
        if key and never_null.issuperset(key):
            yield key


def _tables(a: Sequence[Table], b: Sequence[Table]) -> Iterator[SchemaChange]:
    before, after = ({table.label: table for table in side} for side in (a, b))
    for label in union(before, after):
        if label not in after:
            yield SchemaChange(kind=Kind.REMOVED, what="table", table=label, before=label)
        elif label not in before:
            yield SchemaChange(kind=Kind.ADDED, what="table", table=label, after=label)
        else:
            yield from _columns(label, before[label], after[label])
            yield from _constraints(label, before[label], after[label])


def union(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names of both, those of `before` first, each once."""
    return tuple(dict.fromkeys([*before, *after]))


def _columns(label: str, a: Table, b: Table) -> Iterator[SchemaChange]:
    before, after = ({column.name: column for column in table.columns} for table in (a, b))
    for name in union(before, after):
        if name not in after:
            yield SchemaChange(
                kind=Kind.REMOVED, what="column", table=label, name=name, before=_definition(before[name])
            )
        elif name not in before:
            yield SchemaChange(kind=Kind.ADDED, what="column", table=label, name=name, after=_definition(after[name]))
        else:
            for what, old, new in _attributes(before[name], after[name]):
                yield SchemaChange(kind=Kind.CHANGED, what=what, table=label, name=name, before=old, after=new)


def _attributes(a: Column, b: Column) -> Iterator[tuple[str, str, str]]:
    if a.type.pg != b.type.pg:
        yield "type", a.type.pg, b.type.pg
    elif a.type.logical != b.type.logical:  # values that the type's own form cannot hold, on one side
        yield "stored", a.type.logical.value, b.type.logical.value
    if a.nullable != b.nullable:
        yield "nullable", _null(a), _null(b)
    if a.generated != b.generated:
        yield "generated", _computed(a), _computed(b)


def _definition(column: Column) -> str:
    return f"{column.type.pg}{'' if column.nullable else ' NOT NULL'}{' GENERATED' if column.generated else ''}"


def _null(column: Column) -> str:
    return "NULL" if column.nullable else "NOT NULL"


def _computed(column: Column) -> str:
    return "generated" if column.generated else "stored"


def _constraints(label: str, a: Table, b: Table) -> Iterator[SchemaChange]:
    if a.primary_key != b.primary_key:
        old, new = (_list(table.primary_key) if table.primary_key else None for table in (a, b))
        kind = Kind.ADDED if old is None else Kind.REMOVED if new is None else Kind.CHANGED
        yield SchemaChange(kind=kind, what="primary_key", table=label, before=old, after=new)
    pairs = (
        ("unique", map(_list, a.unique), map(_list, b.unique)),
        ("foreign_key", map(_reference, a.foreign_keys), map(_reference, b.foreign_keys)),
    )
    for what, olds, news in pairs:
        before, after = dict.fromkeys(olds), dict.fromkeys(news)
        for text in before:
            if text not in after:
                yield SchemaChange(kind=Kind.REMOVED, what=what, table=label, before=text)
        for text in after:
            if text not in before:
                yield SchemaChange(kind=Kind.ADDED, what=what, table=label, after=text)


def _list(names: Sequence[str]) -> str:
    return f"({', '.join(names)})"


def _reference(key: ForeignKey) -> str:
    return f"{_list(key.columns)} references {key.references} {_list(key.to)}"


def _enums(a: Sequence[Enum], b: Sequence[Enum]) -> Iterator[SchemaChange]:
    before, after = ({enum.name: ", ".join(map(literal, enum.labels)) for enum in side} for side in (a, b))
    for name in union(before, after):
        old, new = before.get(name), after.get(name)
        if old != new:
            kind = Kind.REMOVED if new is None else Kind.ADDED if old is None else Kind.CHANGED
            yield SchemaChange(kind=kind, what="enum", table=None, name=name, before=old, after=new)
