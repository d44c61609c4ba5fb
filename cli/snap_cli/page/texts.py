"""Write entity diagrams as text: Mermaid and DBML. Characters that neither supports in names become `_`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from snap.schema import Column, Enum, Table
from snap_cli.page.entities import entities, relations

# Characters that neither format allows in quotes: Mermaid's lexer has no escape, and DBML's escapes differ by parser.
_UNQUOTABLE = re.compile(r'["\\%\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')
_NO_WORD = re.compile(r"[^A-Za-z0-9_]")
_NO_TYPE = re.compile(r"[^A-Za-z0-9_()\[\]]")
_MARKS = re.compile(r"(?i)(pk|fk|uk)(?![A-Za-z0-9_])")


def mermaid(tables: Sequence[Table]) -> str:
    """Return a Mermaid erDiagram with every table, all its columns, and every foreign key."""
    drawn, names = entities(tables), _Names()
    lines = ["erDiagram"]
    for entity in drawn:
        lines.append(f"    {names.of(entity.table.label)} {{")
        columns = _Words()
        for column in entity.table.columns:
            word = columns.of(column.name)
            marks = ", ".join(entity.marks(column.name))
            remark = "" if word == column.name else _quoted(column.name)
            lines.append("        " + " ".join(filter(None, (_type(column), word, marks, remark))))
        lines.append("    }")
    for each in relations(drawn):
        parent, child = names.of(each.parent.table.label), names.of(each.child.table.label)
        ends = f"{'|o' if each.optional else '||'}--{'o|' if each.single else 'o{'}"
        lines.append(f"    {parent} {ends} {child} : {_quoted(', '.join(each.key.columns))}")
    return "\n".join(lines) + "\n"


def dbml(tables: Sequence[Table], enums: Sequence[Enum]) -> str:
    """Return DBML with enums, every table with its keys, and every foreign key. Tables without columns are comments."""
    schemas, names, types = _Names(), {}, _Names()
    own: dict[str, _Names] = {}
    columns: dict[str, _Names] = {table.label: _Names() for table in tables}
    for table in tables:
        name = own.setdefault(table.schema, _Names()).of(table.name)
        names[table.label] = name if table.schema == "public" else f"{schemas.of(table.schema)}.{name}"
    blocks = [
        f"Enum {types.of(enum.name)} {{\n" + "".join(f"  {label}\n" for label in _Names().all(enum.labels)) + "}\n"
        for enum in enums
        if enum.labels
    ]
    for table in tables:
        named = columns[table.label]
        if not table.columns:
            blocks.append(f"// table {names[table.label]} has no columns\n")
            continue
        lines = [f"Table {names[table.label]} {{"]
        for column in table.columns:
            settings = _settings(table, column)
            lines.append(
                f"  {named.of(column.name)} {types.of(column.type.pg)}" + (f" [{settings}]" if settings else "")
            )
        several = [(each, "pk") for each in (table.primary_key,) if len(each) > 1]
        several += [
            (each, "unique") for each in dict.fromkeys(table.unique) if len(each) > 1 and each != table.primary_key
        ]
        if several:
            keys = (f"    ({', '.join(map(named.of, each))}) [{setting}]" for each, setting in several)
            lines += ["", "  indexes {", *keys, "  }"]
        blocks.append("\n".join([*lines, "}", ""]))

    def end(table: Table, listed: Sequence[str]) -> str:
        return f"{names[table.label]}.{_tuple(columns[table.label], listed)}"

    references = [
        f"Ref: {end(each.child.table, each.key.columns)} {'-' if each.single else '>'} "
        f"{end(each.parent.table, each.key.to)}\n"
        for each in relations(entities(tables))
    ]
    return "\n".join([*blocks, *(["".join(references)] if references else [])])


class _Names:
    """Quoted names for a diagram. Each name differs from all names before."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def of(self, name: str) -> str:
        """Return the written name for `name`, which is the same in every call."""
        if name not in self._given:
            shown = self._shown(name)
            while shown in self._given.values():
                shown += "_"
            self._given[name] = shown
        return self._written(self._given[name])

    def all(self, names: Sequence[str]) -> list[str]:
        return list(map(self.of, names))

    def _shown(self, name: str) -> str:
        return _UNQUOTABLE.sub("_", name) or "_"

    def _written(self, shown: str) -> str:
        return f'"{shown}"'


class _Words(_Names):
    """Names of attributes in a Mermaid diagram. Mermaid does not support quotes around such names."""

    def _shown(self, name: str) -> str:
        return _word(_NO_WORD.sub("_", name))

    def _written(self, shown: str) -> str:
        return shown


def _quoted(text: str) -> str:
    return f'"{_UNQUOTABLE.sub("_", text)}"'


def _type(column: Column) -> str:
    return _word(_NO_TYPE.sub("_", column.type.pg))


def _word(text: str) -> str:
    """Return a word that begins with a letter or `_` and is not a mark of a key."""
    return text if text[:1].isalpha() and not _MARKS.match(text) else f"_{text.removeprefix('_')}"


def _settings(table: Table, column: Column) -> str:
    alone = (column.name,)
    held = (
        ("pk", table.primary_key == alone),
        ("unique", alone in table.unique and table.primary_key != alone),
        ("not null", not column.nullable),
    )
    return ", ".join(setting for setting, holds in held if holds)


def _tuple(names: _Names, columns: Sequence[str]) -> str:
    listed = ", ".join(names.all(columns))
    return listed if len(columns) == 1 else f"({listed})"
