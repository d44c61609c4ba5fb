"""Describe tables, and make their rows by what is inferred."""

from __future__ import annotations

from snap.schema import Check, Column, Details, Enum, ForeignKey, Schema, Table
from snap.types import parse
from snap_builder import declare
from tests.builder.compiled.declarations import built

ENUMS = (Enum(name="mood", labels=("sad", "ok", "glad")),)


def described(
    name: str, *columns: str, key: str = "id", unique: tuple[tuple[str, ...], ...] = (), **references: str
) -> Table:
    parted = [text.rstrip("?").split(" ", 1) for text in columns]
    return Table(
        name=name,
        columns=tuple(
            Column(name=n, type=parse(kind, {"mood"}), nullable=text.endswith("?"))
            for (n, kind), text in zip(parted, columns, strict=True)
        ),
        primary_key=tuple(key.split(",")) if key else (),
        unique=unique,
        foreign_keys=tuple(
            ForeignKey(columns=(column,), references=parent, to=("id",)) for column, parent in references.items()
        ),
    )


def made(
    *tables: Table, checks: dict[str, list[Check]] | None = None, details: tuple[Details, ...] = (), scale: int = 1
):
    listed = details or tuple(Details(table=name, checks=tuple(each)) for name, each in (checks or {}).items())
    schema = Schema(tables=tables, enums=ENUMS, sql="", details=listed)
    return built(declare.Dataset(as_of="2026-11-01"), scale, schema)
