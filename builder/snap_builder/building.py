"""Build a version: make and write every part, check the files, then publish or compare them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from snap import checks, scratch, writer
from snap.edge_cases import edges_json
from snap.errors import CheckError, TargetError, UsageError
from snap.manifest import Finding, Manifest, TableData
from snap.planner_statistics import room_for
from snap.progress import Progress, phase
from snap.store import Snapshot, Stage, Store
from snap.verify import require_intact
from snap_builder import media
from snap_builder.agreement import require_agreement
from snap_builder.dataset import Dataset, Inputs
from snap_builder.edges import listed
from snap_builder.engine.blocks import SIZE
from snap_builder.inputs import make_inputs
from snap_builder.parts import write_tables
from snap_builder.proof import prove, reading
from snap_builder.refusals import advice, explained
from snap_builder.request import BuildRequest, Proved
from snap_builder.sharing import gather
from snap_builder.workers import LIBRARIES

_Make: TypeAlias = Callable[[Path, checks.EachRow], tuple[TableData, ...]]
_FEW_ROWS = 5_000  # the most rows of the smaller build, which is inserted row by row, so that triggers run


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The result of a build.

    `reproduced` is None for a new version. `differs` names the tables whose digests differ from the published ones.
    `statistics` is true if the planner's statistics were published with the version or added to it.
    """

    manifest: Manifest
    reproduced: bool | None
    differs: tuple[str, ...] = ()
    statistics: bool = False


def build(store: Store, request: BuildRequest, progress: Progress) -> Built:
    """Build and publish a version, or rebuild a published version and compare its digests.

    The files of a published version are verified first, and the rebuild does not touch them. The planner's statistics
    that the request's `prove` returns are published with a new version, and added to a published version that has none.

    Raise SnapshotError if a published file is corrupt. Raise UsageError for impossible volumes, for parameters other
    than the published ones, or if there are no media to copy. Raise CheckError, with nothing published or changed, if
    the data break a rule or the media are not the bytes that the manifest lists.
    """

    def make(stage: Path, rows: checks.EachRow) -> tuple[TableData, ...]:
        return write_tables(stage, request, _inputs(request), progress, rows)

    return _published(store, request, progress, make)


def publish(store: Store, request: BuildRequest, progress: Progress) -> Built:
    """Publish the parts that the shares of a version have made, or compare them with the published version.

    The shares are removed afterwards, unless the published version was not reproduced.

    Raise as `build` does. Also raise UsageError if shares are missing or do not agree with the request, and
    SnapshotError if a file of a share differs from its record. After an error, the shares stay.
    """
    shared = store.shared(request.version)

    def make(stage: Path, rows: checks.EachRow) -> tuple[TableData, ...]:
        return gather(shared, stage, request, progress, rows)

    built = _published(store, request, progress, make)
    if built.reproduced is not False:
        with contextlib.suppress(TargetError):  # another process is making shares again
            store.remove_shared(request.version)
    return built


def _published(store: Store, request: BuildRequest, progress: Progress, make: _Make) -> Built:
    """Make a version in a staging folder, check it, then publish it or compare it with the published one."""
    version, dataset = request.version, request.dataset
    with store.stage(version) as stage:
        existing = store.resolve(version) if store.exists(version) and not request.force else None
        published = None if existing is None else existing.manifest
        known = None if existing is not None or request.force else dataset.versions.get(version)
        require_agreement(published, request)
        if existing is not None:
            require_intact(existing, progress)
        wanted = media.require_media(dataset.name, _media(request), published) if request.media else None
        with reading(stage.folder, request.parameters, dataset) as rows:
            tables = make(stage.folder, rows)
            with phase(progress, "write the manifest"):
                manifest = _written(stage, request, tables)
            staged = Snapshot(manifest=manifest, folder=stage.folder)
            proved = _further(staged, request, progress)
            statistics = _wanted(proved, published or manifest)
            if published is None and statistics is not None:
                manifest = writer.with_statistics(stage, manifest, statistics)
                staged = replace(staged, manifest=manifest)
            findings = (*prove(staged, dataset, rows, progress), *proved.findings)
        todo = proved.hint or advice(proved.findings, dataset)
        todo = todo or "ask for other volumes, or correct the dataset's declarations"
        checks.require_sound(findings, f"nothing was published; {todo}")
        manifest = replace(manifest, checks=findings, estimated_db_bytes=_estimate(findings))
        if known is not None and manifest.digest != known.digest:
            raise CheckError(
                f"{version} was not reproduced: its digest is {manifest.digest[:12]}, but {version} of dataset "
                f"{dataset.name} has digest {known.digest[:12]}",
                "use the release of snap that makes the same values, or build under another name",
                unchanged=True,
            )
        built = Built(manifest=manifest, reproduced=None) if published is None else _compare(published, manifest)
        if wanted is not None and built.reproduced is not False:
            media.copy(wanted, published or manifest, stage.folder)
        built = replace(built, statistics=statistics is not None and built.reproduced is not False)
        if published is None:
            with phase(progress, "publish"):
                store.publish(stage, manifest)
        elif statistics is not None and built.statistics:
            store.publish_more(stage, writer.with_statistics(stage, published, statistics))
        elif wanted is not None and built.reproduced:
            store.install_media(stage)
        return built


def _estimate(findings: Sequence[Finding]) -> int:
    """Return the estimated size in bytes of the version's database, from the finding about its budget."""
    return next(int(finding.value) for finding in findings if finding.name == "database_bytes")


def _wanted(proved: Proved, manifest: Manifest) -> str | None:
    """Return the planner's statistics to add to a version, or None if none are to be added.

    None are added if none were taken, if the version already has statistics, or if a table's file has their path.
    """
    return proved.statistics if manifest.planner_statistics is None and room_for(manifest) else None


def further_findings(staged: Snapshot, request: BuildRequest, progress: Progress) -> tuple[Finding, ...]:
    """Return the findings of the request's `prove`, for a smaller build if this one is too large.

    Each table begins with the rows of the smaller build, so a property that more rows cannot break holds for both.
    """
    return _further(staged, request, progress).findings


def _further(staged: Snapshot, request: BuildRequest, progress: Progress) -> Proved:
    if request.prove is None:
        return Proved(findings=())
    with scratch.folder() as folder:
        whole = _smaller(staged, request, request.prove_rows, folder / "whole", progress)
        few = _smaller(staged, request, _FEW_ROWS, folder / "few", progress)
        with phase(progress, "prove in Postgres"):
            proved = request.prove(whole, few)
        return replace(proved, findings=explained(proved.findings, request.dataset))


def _smaller(snapshot: Snapshot, request: BuildRequest, most: int | None, folder: Path, progress: Progress) -> Snapshot:
    """Return a smaller build of a snapshot's dataset, with at most `most` rows, or the snapshot if it is so small.

    If the dataset cannot be built with so few rows, return the next larger build that is possible.
    """
    rows = snapshot.manifest.rows_total
    if most is None or rows <= most:
        return snapshot
    kept = sum(min(data.rows, SIZE) for data in snapshot.manifest.tables)  # rows that tables keep in any case
    part = Fraction(max(1, most - kept), rows)
    while part < 1:
        try:
            stage = Stage(version=request.version, folder=folder)
            fewer = replace(request, part=part, media=False, workers=None)  # workers do not see a temporary folder
            tables = write_tables(folder, fewer, _inputs(fewer), progress)
            return Snapshot(manifest=_written(stage, fewer, tables), folder=folder)
        except UsageError:  # too few rows for some table
            part *= 2
    return snapshot


def _inputs(request: BuildRequest) -> Inputs:
    """Return the inputs of a build. With a `part` below 1, tables have fewer rows and the same proportions.

    A table with few rows keeps all of them, because many rows of other tables may reference them.
    """
    dataset = request.dataset
    inputs = make_inputs(dataset, request.parameters)
    if request.part == 1:
        return inputs
    rows = {table: max(int(count * request.part), min(count, SIZE)) for table, count in inputs.rows.items()}
    return replace(inputs, rows=dict(dataset.settle(rows, inputs.proportions)))


def _written(stage: Stage, request: BuildRequest, tables: tuple[TableData, ...]) -> Manifest:
    """Write a version's files other than tables' files, and return its manifest without checks or size estimate."""
    dataset, photos = request.dataset, _media(request)
    provenance = writer.Provenance(
        name=dataset.name,
        created=request.created,
        schema_sql=dataset.sql,
        enums=dataset.enums,
        parameters=request.parameters,
        media=photos.files if photos else (),
        written_by=writer.written_by(*LIBRARIES),
    )
    return replace(
        writer.finish(stage, provenance, tables),
        revision=dataset.revision,
        edge_cases=_edge_cases(dataset, tables, stage.folder),
    )


def _edge_cases(dataset: Dataset, tables: tuple[TableData, ...], folder: Path) -> dict[str, Any] | None:
    """Return a manifest's entry about fixed rows and edge cases, or None if there are none."""
    said: dict[str, Any] = {"fixed_rows": dict(dataset.fixed)} if dataset.fixed else {}
    if dataset.edges:
        said["edges"] = edges_json(listed(dataset.edges, tables, folder))
    return said or None


def _media(request: BuildRequest) -> media.Media | None:
    return request.dataset.media() if request.dataset.media else None


def _compare(published: Manifest, rebuilt: Manifest) -> Built:
    before = {data.table.label: data.digest for data in published.tables}
    after = {data.table.label: data.digest for data in rebuilt.tables}
    differs = tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
    return Built(manifest=rebuilt, reproduced=published.digest == rebuilt.digest, differs=differs)
