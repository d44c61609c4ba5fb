"""The rules that every manifest implies: keys, references, nullability, labels, lengths, JSON. Pure: tables to SQL.

Each rule is one SELECT over all tables. It returns offending rows as (at, row): the constraint and the row's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from snap.checks.rules import Rule
from snap.duck import literal, quote, relation
from snap.edge_cases import Edge
from snap.manifest import TableData
from snap.schema import Column, Enum, ForeignKey, Table
from snap.types.duckdb import invalid

_Part = Callable[[TableData], Iterator[str]]


def generic_rules(tables: Sequence[TableData], enums: Sequence[Enum], edges: Sequence[Edge] = ()) -> tuple[Rule, ...]:
    """Return the rules for `tables` and their edge cases. A rule without any constraint to check is left out."""
    labels = {enum.name: enum.labels for enum in enums}
    known = {data.table.label: data for data in tables}
    kinds: tuple[tuple[str, str, _Part, bool], ...] = (  # name, about, SQL of a table, whether about single rows
        ("primary_keys", "no primary key occurs twice", _primary_keys, False),
        ("unique_keys", "no unique key occurs twice", _unique_keys, False),
        ("not_null", "columns that are NOT NULL hold no NULL", _not_null, True),
        ("references", "every reference leads to a row", lambda data: _references(data, known), False),
        ("enum_labels", "enum columns hold labels of their type", lambda data: _enum_labels(data, labels), True),
        ("lengths", "texts are no longer than their type", _lengths, True),
        ("json", "JSON columns hold JSON", _json, True),
        ("edge_cases", "the rows of edge cases are there, and hold them", lambda data: _edge_cases(data, edges), False),
    )
    rules = []
    for name, about, part, of_rows in kinds:
        by_table = {data.table.label: tuple(part(data)) for data in tables}
        parts = tuple(sql for of_table in by_table.values() for sql in of_table)
        if parts:
            each = tuple(label for label, of_table in by_table.items() if of_table) if of_rows else ()
            rules.append(Rule(name=name, about=about, sql="\nUNION ALL\n".join(parts), parts=parts, each=each))
    return tuple(rules)


def rules_of_rows(data: TableData, enums: Sequence[Enum]) -> tuple[Rule, ...]:
    """Return the rules about single rows of one table."""
    return tuple(rule for rule in generic_rules((data,), enums) if rule.each)


def _offending(data: TableData, at: str, row: str, condition: str) -> str:
    # Every name went through quote() or literal().
    return f"SELECT {literal(at)} AS at, {row} AS row FROM {relation(data)} AS t WHERE {condition}"  # noqa: S608


def _twice(data: TableData, columns: tuple[str, ...]) -> str:
    names = ", ".join(f"t.{quote(name)}" for name in columns)
    known = " AND ".join(f"t.{quote(name)} IS NOT NULL" for name in columns)
    return f"{_offending(data, _at(data, columns), _row(columns), known)} GROUP BY {names} HAVING count(*) > 1"


def _primary_keys(data: TableData) -> Iterator[str]:
    if data.table.primary_key:
        yield _twice(data, data.table.primary_key)


def _unique_keys(data: TableData) -> Iterator[str]:
    for columns in data.table.unique:
        yield _twice(data, columns)


def _not_null(data: TableData) -> Iterator[str]:
    required = [column.name for column in data.table.stored if not column.nullable]
    missing = [f"CASE WHEN t.{quote(name)} IS NULL THEN {literal(name)} END" for name in required]
    if required:
        condition = " OR ".join(f"t.{quote(name)} IS NULL" for name in required)
        row = f"concat({_key(data.table)}, ': ', concat_ws(', ', {', '.join(missing)}))"
        yield _offending(data, data.table.label, row, condition)


def _references(data: TableData, known: Mapping[str, TableData]) -> Iterator[str]:
    for key in data.table.foreign_keys:
        parent = known.get(key.references)
        if parent is not None:
            yield _offending(data, _at(data, key.columns), _row(key.columns), _orphaned(key, parent))


def _orphaned(key: ForeignKey, parent: TableData) -> str:
    pairs = list(zip(key.columns, key.to, strict=True))
    set_ = " AND ".join(f"t.{quote(own)} IS NOT NULL" for own, _ in pairs)
    # The names of the parent's columns are ours: in t."a", DuckDB would take a JSON column t of the parent for t.
    keys = ", ".join(f"{quote(theirs)} AS k{place}" for place, (_, theirs) in enumerate(pairs))
    same = " AND ".join(f"p.k{place} = t.{quote(own)}" for place, (own, _) in enumerate(pairs))
    parents = f"(SELECT {keys} FROM {relation(parent)}) AS p"  # noqa: S608 - quoted
    return f"{set_} AND NOT EXISTS (SELECT 1 FROM {parents} WHERE {same})"  # noqa: S608 - quoted


def _enum_labels(data: TableData, labels: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for column in data.table.stored:
        if column.type.enum is None:
            continue
        name = f"t.{quote(column.name)}"
        known = f"[{', '.join(map(literal, labels.get(column.type.enum, ())))}]::VARCHAR[]"
        if column.type.item is None:
            yield _violation(data, column, f"{name} IS NOT NULL AND NOT list_contains({known}, {name})")
        else:
            yield _violation(data, column, f"NOT list_has_all({known}, {name})")


def _lengths(data: TableData) -> Iterator[str]:
    for column in data.table.stored:
        if column.type.length is not None:
            yield _violation(data, column, f"length(t.{quote(column.name)}) > {column.type.length}")


def _json(data: TableData) -> Iterator[str]:
    # DuckDB may refuse to read a column that holds no JSON. Then the whole rule fails with DuckDB's reason.
    for column in data.table.stored:
        condition = invalid(f"t.{quote(column.name)}", column.type)
        if condition:
            yield _violation(data, column, condition)


def _edge_cases(data: TableData, edges: Sequence[Edge]) -> Iterator[str]:
    for edge in edges:
        if edge.table != data.table.label:
            continue
        holds = [f"t.{quote(column)} = {literal(text)}" for column, text in edge.key.items()]
        holds += [
            f"t.{quote(column)} IS NULL" if text is None else f"t.{quote(column)} = {literal(text)}"
            for column, text in edge.values.items()
        ]
        at = f"{literal(data.table.label)} AS at, {literal(edge.name)} AS row"
        rows = f"SELECT 1 FROM {relation(data)} AS t WHERE {' AND '.join(holds)}"  # noqa: S608 - quoted
        yield f"SELECT {at} WHERE NOT EXISTS ({rows})"


def _violation(data: TableData, column: Column, condition: str) -> str:
    row = f"concat({_key(data.table)}, ': ', t.{quote(column.name)}::VARCHAR)"
    return _offending(data, _at(data, (column.name,)), row, condition)


def _at(data: TableData, columns: tuple[str, ...]) -> str:
    return f"{data.table.label}.{'+'.join(columns)}"


def _key(table: Table) -> str:
    return _row(table.primary_key or (table.stored[0].name,))


def _row(columns: tuple[str, ...]) -> str:
    return f"concat_ws(' ', {', '.join(f't.{quote(name)}::VARCHAR' for name in columns)})"
