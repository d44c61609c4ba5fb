"""The proof of a snapshot: every check on its files, with the rules, volumes and budget of its dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

from snap import checks
from snap.checks import EachRow
from snap.manifest import Finding, Parameters, TableData
from snap.progress import Progress
from snap.store import Snapshot
from snap_builder.dataset import Dataset
from snap_builder.inputs import make_inputs
from snap_builder.parts import pieces_of
from snap_builder.workers import Piece


@contextmanager
def reading(
    folder: Path, parameters: Parameters, dataset: Dataset, pieces: Iterable[Piece] | None = None
) -> Iterator[EachRow]:
    """Yield a reader that reads each part of a build in `folder` while other parts are still being made.

    With `pieces`, only these become parts there, without their late columns.
    """
    inputs = make_inputs(dataset, parameters)
    facts = checks.Facts(rules=dataset.rules(), folder=folder, enums=dataset.enums, as_of=parameters.as_of)
    tables = [TableData(table=each, rows=inputs.rows[each.label], digest="", files=()) for each in dataset.tables]
    lacking = pieces is not None
    paths = [piece.path for piece in (pieces_of(dataset, inputs) if pieces is None else pieces)]
    with checks.reading_each(facts, tables, paths, dataset.late, lacking=lacking) as rows:
        yield rows


def prove(
    snapshot: Snapshot, dataset: Dataset | None, rows: EachRow | None = None, progress: Progress | None = None
) -> tuple[Finding, ...]:
    """Run every check on a snapshot's files, and the rules of `dataset` if the snapshot comes from one.

    `rows` is a reader that has already read the files, if there is one. The budget is enforced if the dataset has one
    and the volumes are the default volumes or smaller. Otherwise the findings about the budget cannot fail.
    """
    manifest, parameters = snapshot.manifest, snapshot.manifest.parameters
    if dataset is None or parameters is None:
        return checks.check_files(manifest, snapshot.folder, progress=progress)
    return checks.check_files(
        manifest,
        snapshot.folder,
        dataset.rules(),
        enforce_budget=dataset.budgeted and _of_default_volumes(dataset, parameters),
        volumes=make_inputs(dataset, parameters).rows,
        rows=rows,
        progress=progress,
    )


def _of_default_volumes(dataset: Dataset, parameters: Parameters) -> bool:
    return parameters.profile == dataset.default_profile and Fraction(parameters.scale) <= 1
