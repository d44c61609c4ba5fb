"""Build a version: make and write every part, check the files, then publish them or compare them with the published."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from snap import checks, writer
from snap.errors import UsageError
from snap.manifest import Manifest, Parameters
from snap.progress import Progress
from snap.store import Snapshot, Stage, Store
from snap.verify import require_intact
from snap_builder import media
from snap_builder.inputs import make_inputs
from snap_builder.parts import write_tables
from snap_builder.proof import prove
from snap_builder.request import BuildRequest

_LIBRARIES = ("duckdb", "numpy", "pyarrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """The result of a build. `reproduced` is None for a new version; `differs` names the tables with other digests."""

    manifest: Manifest
    reproduced: bool | None
    differs: tuple[str, ...] = ()


def build(store: Store, request: BuildRequest, progress: Progress) -> Built:
    """Build and publish a version; where it is published already, verify its files, rebuild it aside, compare digests.

    Raise SnapshotError where a published file is corrupt; raise UsageError for impossible volumes, for other parameters
    than the published ones, or where there are no media to copy; raise CheckError, with nothing published or changed,
    if the data break a rule or the media are not the bytes that the manifest lists.
    """
    version, dataset = request.version, request.dataset
    with store.stage(version) as stage:
        existing = store.resolve(version) if store.exists(version) and not request.force else None
        published = None if existing is None else existing.manifest
        if existing is not None:
            _require_same(existing.manifest, request.parameters)
            require_intact(existing)
        wanted = media.require_media(dataset.name, _media(request), published) if request.media else None
        manifest = _write(stage, request, progress)
        manifest = replace(manifest, checks=prove(Snapshot(manifest=manifest, folder=stage.folder), dataset))
        checks.require_sound(
            manifest.checks, "nothing was published; ask for other volumes, or mend the dataset's declarations"
        )
        built = Built(manifest=manifest, reproduced=None) if published is None else _compare(published, manifest)
        if wanted is not None and built.reproduced is not False:
            media.copy(wanted, published or manifest, stage.folder)
        if published is None:
            store.publish(stage, manifest)
        elif wanted is not None and built.reproduced:
            store.install_media(stage)
        return built


def _write(stage: Stage, request: BuildRequest, progress: Progress) -> Manifest:
    """Write every file of the version but its media, and return its manifest without checks."""
    dataset, listed = request.dataset, _media(request)
    tables = write_tables(stage.folder, request, make_inputs(dataset, request.parameters), progress)
    provenance = writer.Provenance(
        name=dataset.name,
        created=request.created,
        schema_sql=dataset.sql,
        enums=dataset.enums,
        parameters=request.parameters,
        media=listed.files if listed else (),
        written_by=writer.written_by(*_LIBRARIES),
    )
    manifest = writer.finish(stage, provenance, tables)
    return replace(manifest, estimated_db_bytes=checks.estimate_db_bytes(manifest, stage.folder))


def _media(request: BuildRequest) -> media.Media | None:
    return request.dataset.media() if request.dataset.media else None


def _require_same(published: Manifest, parameters: Parameters) -> None:
    """Raise UsageError if a published version has other parameters, or none because it was captured."""
    version, recorded = published.version, published.parameters
    if recorded is None:
        raise UsageError(
            f"{version} was captured from a database and cannot be rebuilt",
            "choose another version name",
            option="force",
            version=version,
        )
    if recorded != parameters:
        words, wanted = {"sets": "set", "as_of": "as-of"}, asdict(parameters)
        different = [
            f"{words.get(name, name)} {_text(value)}, not {_text(wanted[name])}"
            for name, value in asdict(recorded).items()
            if value != wanted[name]
        ]
        raise UsageError(
            f"{version} is published with other parameters: " + "; ".join(different),
            "a published version is immutable: choose another name",
            option="force",
            version=version,
        )


def _text(value: object) -> str:
    """Return the value of a parameter as people write it."""
    return " ".join(f"{table}={rows}" for table, rows in value) or "nothing" if isinstance(value, tuple) else str(value)


def _compare(published: Manifest, rebuilt: Manifest) -> Built:
    before = {data.table.label: data.digest for data in published.tables}
    after = {data.table.label: data.digest for data in rebuilt.tables}
    differs = tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
    return Built(manifest=rebuilt, reproduced=published.digest == rebuilt.digest, differs=differs)
