"""Run the examples in the docstrings of words. Each example declares tables of one small schema."""

from __future__ import annotations

import ast
from importlib.resources import files

import pyarrow as pa

from snap.checks import RuleSet
from snap.schema import Schema
from snap.schema_json import read_schema_json
from snap_builder import declare
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset
from snap_builder.inputs import make_inputs

AS_OF = "2026-11-01"
_FOLDER = files(__package__)


def script() -> bytes:
    """Return the SQL of the schema that all examples use."""
    return _FOLDER.joinpath("schema.sql").read_bytes()


def kept() -> bytes:
    """Return the content of the committed schema.json: the schema of the examples as a Postgres has read it."""
    return _FOLDER.joinpath("schema.json").read_bytes()


def schema() -> Schema:
    """Return the schema of the examples as a Postgres has read it."""
    read = read_schema_json(kept(), script())
    assert read is not None, "schema.json is of another schema.sql"
    return read


def declared(code: str) -> declare.Dataset:
    """Run an example, and return the dataset that it declares, or a dataset of the tables that it declares."""
    names = {name: getattr(declare, name) for name in declare.__all__}
    given: list[object] = []
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), "example", "eval"), names)  # noqa: S307 - our docstring
            given += value if isinstance(value, tuple) else (value,)
        else:
            exec(compile(ast.Module([statement], []), "example", "exec"), names)  # noqa: S102 - our docstring
    whole = next((value for value in (*given, *names.values()) if isinstance(value, declare.Dataset)), None)
    return whole or declare.Dataset(as_of=AS_OF, tables=[v for v in given if isinstance(v, declare.Table)])


def compiled(code: str) -> Dataset:
    """Return an example's dataset, compiled over the schema of the examples."""
    return compile_dataset("example", declared(code), schema(), RuleSet())


def tables_of(code: str, count: int | None = None) -> dict[str, pa.RecordBatch]:
    """Return all rows of the tables of an example's dataset, or the first `count` rows of each table."""
    dataset = compiled(code)
    inputs = make_inputs(dataset, dataset.default_parameters)
    plan = dataset.plan(inputs)
    return {
        table: plan.part(table, 0, rows if count is None else min(count, rows)) for table, rows in inputs.rows.items()
    }


def rows_of(code: str, count: int) -> pa.RecordBatch:
    """Return the first rows of the last table that an example declares: the key, and the columns that it declares."""
    table = declared(code).declared[-1]
    rows = tables_of(code, count)[table.name]
    key = next(each.primary_key for each in schema().tables if each.label == table.name)
    named = {*key, *table.columns, *(() if table.pairs is None else (table.pairs.left, table.pairs.right))}
    named |= {column for values in table.edges.values() for column in values}
    for name, maker in table.columns.items():
        named |= {*maker.waits(), *maker.others(name), *(state.column for state in getattr(maker, "states", ()))}
    return rows.select([column for column in rows.schema.names if column in named])
