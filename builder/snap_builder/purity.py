"""Test that a dataset's functions are pure in every part, which is law 5 of datasets.

A build tests the functions in the first part only.
"""

from __future__ import annotations

from collections.abc import Iterator

from snap.errors import UsageError
from snap.manifest import Finding, Manifest, Parameters
from snap.progress import Progress
from snap.writer import PART_ROWS
from snap_builder.dataset import Dataset, Function, Inputs, Tester
from snap_builder.inputs import make_inputs


def purity_of(manifest: Manifest, parameters: Parameters, dataset: Dataset, progress: Progress) -> tuple[Finding, ...]:
    """Return a finding for each user-defined function, called for every part as a whole and in two cuts.

    The parts are made again, and the version's files are not read. Errors: UsageError for a version of another revision
    of the dataset.
    """
    if manifest.revision not in (None, dataset.revision):
        raise UsageError(
            f"{manifest.version} is of revision {str(manifest.revision)[:12]} of dataset {dataset.name}, but the "
            f"dataset is of revision {str(dataset.revision)[:12]} now: other functions may have made it",
            "build the next version and check that one, or check out the commit that made this one",
            version=manifest.version,
        )
    if not dataset.functions or dataset.purity is None:
        none = f"dataset {dataset.name} has no functions of its own"
        return (Finding(name="purity", ok=True, value=0, limit=0, detail=none),)
    inputs = make_inputs(dataset, parameters)
    plan = dataset.purity(inputs)
    progress.start("call functions", sum(inputs.rows[each.table] for each in dataset.functions))
    return tuple(_tested(each, plan, dataset, inputs, progress) for each in dataset.functions)


def _tested(function: Function, plan: Tester, dataset: Dataset, inputs: Inputs, progress: Progress) -> Finding:
    name, found = f"purity {function.table}.{function.column}", ""
    parts = bad = 0
    for start, stop in _parts(dataset, inputs, function.table):
        try:
            plan.test(function.table, function.column, start, stop)
        except UsageError as error:
            found = found or f"part {parts} (rows {start:,} to {stop - 1:,}): {error.message}"
            bad += 1
        parts += 1
        progress.advance("call functions", stop - start)
    said = f"{function.name}, {found}" if found else f"{function.name}: the same in {parts} parts and their cuts"
    return Finding(name=name, ok=not bad, value=bad, limit=0, detail=said)


def _parts(dataset: Dataset, inputs: Inputs, table: str) -> Iterator[tuple[int, int]]:
    rows, size = inputs.rows[table], dataset.part_rows.get(table, PART_ROWS)
    return ((start, min(start + size, rows)) for start in range(0, rows, size))
