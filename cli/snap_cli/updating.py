"""`snap init --update`: read the schema of the project's dataset again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snap import durable
from snap.errors import UsageError
from snap.redact import clean
from snap.schema import Column, Schema, Table
from snap.schema_json import read_schema_json, schema_json
from snap.units import some
from snap_cli import datasets
from snap_cli.context import Context
from snap_cli.render import Line, Result, View

if TYPE_CHECKING:
    from snap_cli.forms.snapshots import InitForm


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedResult(Result):
    """The overwritten files, the changes of the schema, and new constraints that generated rows may violate."""

    dataset: str
    files: tuple[str, ...]
    changes: tuple[str, ...]
    left: tuple[tuple[str, str], ...]

    def document(self) -> InitForm:
        return {
            "dataset": self.dataset,
            "files": list(self.files),
            "tables": [],
            "left": [{"table": table, "check": check} for table, check in self.left],
            "changes": list(self.changes),
        }

    def view(self) -> View:
        if not self.files:
            return (Line(f"the schema of {self.dataset} has not changed; nothing was written"),)
        return (
            *(Line(clean(change)) for change in self.changes),
            *left_view(self.left),
            Line(f"wrote {some(self.files)}"),
            Line("build the next version, and compare both versions with snap diff", "dim"),
        )


def left_view(left: Iterable[tuple[str, str]]) -> View:
    """Return a line for each CHECK or exclusion constraint that generated rows may violate, with its table."""
    return tuple(
        Line(f"look at {clean(table)}: nothing ensures that its rows satisfy {clean(check)}{_hint(check)}", "bad")
        for table, check in left
    )


def _hint(check: str) -> str:
    """Return what to declare so that rows meet an exclusion constraint, which random rows rarely do."""
    return ": declare its columns, times with booking()" if check.startswith("EXCLUDE ") else ""


def update(
    name: str, read: Callable[[], tuple[bytes, Schema]], read_from: str | None, context: Context
) -> UpdatedResult:
    """Write the schema of a dataset again, with the SQL and schema that `read` returns. The dataset.py stays.

    `read_from` is the path of the source to remember. A warning names a declaration that no longer fits the schema.
    Errors: UsageError if there is no such dataset.
    """
    from snap_builder import locate, names  # noqa: PLC0415

    root = context.root()
    source = locate(root, name)
    if source is None:
        raise UsageError(
            f"there is no dataset {name!r} to update",
            f"name one with --name: {some(names(root)) or 'there is none'}",
        )
    script, schema = read()
    kept = source.schema.with_suffix(".json")
    before_script = source.schema.read_bytes() if source.schema.is_file() else b""
    before = read_schema_json(kept.read_bytes(), before_script) if kept.is_file() else None
    if before_script == script and before is not None:
        return UpdatedResult(dataset=name, files=(), changes=(), left=())
    contents = {source.schema: script, kept: schema_json(schema, script, read_from=read_from).encode()}
    for path, content in contents.items():
        durable.write(path, content)
    left: tuple[tuple[str, str], ...] = ()
    try:
        left = datasets.find(context, name).left
    except UsageError as error:
        context.warn(f"{error.message}; {error.hint}")
    return UpdatedResult(
        dataset=name,
        files=tuple(str(_below(path, root)) for path in contents),
        changes=() if before is None else tuple(_changes(before, schema)),
        left=tuple(each for each in left if each not in _checks(before)),
    )


def _checks(schema: Schema | None) -> set[tuple[str, str]]:
    """Return the CHECKs and exclusion constraints of a schema, each with its table."""
    details = () if schema is None else schema.details
    return {(detail.table, check.sql) for detail in details for check in detail.checks}


def _below(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def _changes(before: Schema, after: Schema) -> Iterator[str]:
    """Yield the tables and columns that were added, removed, or got another type."""
    old, new = ({table.label: table for table in schema.tables} for schema in (before, after))
    yield from (f"table {label} is gone" for label in old if label not in new)
    yield from (f"table {label} is new" for label in new if label not in old)
    for label in old:
        if label in new:
            yield from _columns(label, old[label], new[label])


def _columns(label: str, before: Table, after: Table) -> Iterator[str]:
    old, new = ({column.name: column for column in table.columns} for table in (before, after))
    yield from (f"column {label}.{name} is gone" for name in old if name not in new)
    yield from (f"column {label}.{name} is new" for name in new if name not in old)
    for name in old:
        if name in new and _kind(old[name]) != _kind(new[name]):
            yield f"column {label}.{name} is now {_kind(new[name])}; it was {_kind(old[name])}"


def _kind(column: Column) -> str:
    return column.type.pg + ("" if column.nullable else " NOT NULL")
