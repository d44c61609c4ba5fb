"""The proof of a snapshot: every check on its files, with the rules, volumes and budget of its dataset."""

from __future__ import annotations

from fractions import Fraction

from snap import checks
from snap.manifest import Finding
from snap.store import Snapshot
from snap_builder.dataset import Dataset
from snap_builder.inputs import make_inputs


def prove(snapshot: Snapshot, dataset: Dataset | None) -> tuple[Finding, ...]:
    """Run every check on a snapshot's files, and the rules of `dataset` where the snapshot comes from one.

    The budget is enforced for the dataset's own volumes and smaller ones; else its findings only report.
    """
    manifest, parameters = snapshot.manifest, snapshot.manifest.parameters
    if dataset is None or parameters is None:
        return checks.check_files(manifest, snapshot.folder)
    return checks.check_files(
        manifest,
        snapshot.folder,
        dataset.rules(),
        enforce_budget=parameters.profile == dataset.budget_profile and Fraction(parameters.scale) <= 1,
        volumes=make_inputs(dataset, parameters).rows,
    )
