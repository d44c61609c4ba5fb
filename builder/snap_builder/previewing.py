"""Make the first rows of a table as a build would make them, without writing a file."""

from __future__ import annotations

import difflib

import pyarrow as pa

from snap.errors import UsageError
from snap_builder.dataset import Dataset
from snap_builder.inputs import make_inputs


def preview(dataset: Dataset, table: str, rows: int) -> pa.RecordBatch:
    """Return up to `rows` rows of `table`, at the dataset's default volumes.

    Errors: UsageError for an unknown table.
    """
    inputs = make_inputs(dataset, dataset.default_parameters)
    if table not in inputs.rows:
        near = difflib.get_close_matches(table.removeprefix("public."), inputs.rows, n=1)
        known = f"its tables are: {', '.join(inputs.rows)}"
        raise UsageError(
            f"dataset {dataset.name} has no table {table!r}", f"did you mean {near[0]!r}? {known}" if near else known
        )
    return dataset.plan(inputs).part(table, 0, min(rows, inputs.rows[table]))
