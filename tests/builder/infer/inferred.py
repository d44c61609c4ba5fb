"""Make the values of one inferred column."""

from __future__ import annotations

from snap.schema import Column, Details, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built


def values_of(name: str, kind: str, details: Details, *, unique: bool = False) -> tuple[list[str], str]:
    """Return the values of a column of table `things`, and how the column was recognised."""
    columns = tuple(Column(name=n, type=parse(k), nullable=False) for n, k in (("id", "bigint"), (name, kind)))
    keys = ((name,),) if unique else ()
    schema = Schema(
        tables=(Table(name="things", columns=columns, primary_key=("id",), unique=keys),),
        enums=(),
        sql="",
        details=(details,),
    )
    dataset = declare.Dataset(as_of="2026-11-01")
    how = understand("things", dataset, schema).inferred["things"].how[name]
    return built(dataset, 100, schema)["things"][name].to_pylist(), how
