"""Build a snapshot: plan, make every part, write it, check what was written, publish."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from snap import __version__, checks, datapackage, parquet
from snap.digest import TableDigest, snapshot_digest
from snap.errors import CheckError, UsageError
from snap.manifest import DataFile, Finding, Manifest, Parameters, TableData
from snap.progress import Progress
from snap.schema import Table
from snap.store import Snapshot, Stage, Store
from snap.types.arrow import storage
from snap_builder import media as fixtures
from snap_builder.dataset import Dataset, Inputs, Plan
from snap_builder.engine.times import midnight

PACKAGE = "datapackage.json"
_DEFAULT_PART_ROWS = 131_072
_MOST_ROWS = 100_000_000  # a plan holds about 60 bytes a row in memory
_FIRST_AS_OF = "1975-01-01"  # people join in the two years before as-of, and times count from 1970
_LAST_AS_OF = "9000-01-01"
_WRITERS = ("duckdb", "numpy", "pyarrow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a build gave. `reproduced` is None for a new version; `differs` names the tables whose digests moved."""

    manifest: Manifest
    reproduced: bool | None
    differs: tuple[str, ...] = ()


def volumes(dataset: Dataset, parameters: Parameters) -> Inputs:
    """Return the rows of every table. Errors: UsageError for an unknown table or profile, or an impossible volume."""
    if parameters.profile not in dataset.profiles:
        raise UsageError(
            f"dataset {dataset.name} has no profile {parameters.profile!r}",
            f"choose one of: {', '.join(dataset.profiles)}",
        )
    base = dataset.profiles[parameters.profile]
    scale = Fraction(parameters.scale)
    rows = {table: int(count * scale + Fraction(1, 2)) for table, count in base.items()}
    proportions = {table: Fraction(count) for table, count in base.items()}
    for table, count in parameters.sets:
        if table not in rows:
            raise UsageError(f"dataset {dataset.name} has no table {table!r}", f"its tables are: {', '.join(rows)}")
        rows[table], proportions[table] = count, count / scale
    huge = [f"{count:,} of {table}" for table, count in rows.items() if count > _MOST_ROWS]
    if huge:
        raise UsageError(
            f"{' and '.join(huge)} are more rows than a table may have", f"stay below {_MOST_ROWS + 1:,} rows a table"
        )
    empty = [table for table, count in rows.items() if count < 1]
    if empty:
        raise UsageError(f"no rows would be left of {', '.join(empty)}", "choose a larger scale", option="scale")
    try:
        as_of = midnight(parameters.as_of)
    except ValueError:
        raise UsageError(f"{parameters.as_of!r} is not a date", "write it as 2026-11-01") from None
    if not _FIRST_AS_OF <= parameters.as_of <= _LAST_AS_OF:
        raise UsageError(
            f"as-of {parameters.as_of} is out of range", f"choose a day from {_FIRST_AS_OF} to {_LAST_AS_OF}"
        )
    return Inputs(
        rows=rows,
        proportions=proportions,
        seed=parameters.seed,
        as_of=as_of,
    )


def parse_scale(text: str) -> str:
    """Return a scale (`2`, `0.5`, `1/3`) as a reduced fraction. Errors: UsageError."""
    try:
        scale = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"{text!r} is not a scale", "give a positive number or fraction: 2, 0.5, 1/3") from None
    if scale <= 0:
        raise UsageError(f"scale {text} is not above 0", "give a positive number or fraction: 2, 0.5, 1/3")
    return str(scale)


def build(
    store: Store,
    version: str,
    dataset: Dataset,
    parameters: Parameters,
    *,
    jobs: int,
    created: str,
    force: bool,
    progress: Progress,
    media: bool = False,
) -> Built:
    """Build and publish `version`; where it is published already, rebuild it aside and compare digests.

    `created` is the moment that the manifest records, ISO 8601. `media`: copy the dataset's media too, into a
    published version as well. Errors: UsageError for impossible volumes, for other parameters than the published
    ones, or where there are no media to copy; CheckError, with nothing published or changed, when the data break a rule
    or the media are not the bytes that the manifest lists.
    """
    with store.stage(version) as stage:
        published = store.resolve(version).manifest if store.exists(version) and not force else None
        if published is not None:
            _require_same(published, parameters)
        wanted = fixtures.require_media(dataset.name, _media(dataset), published) if media else None
        manifest = _make(stage, dataset, parameters, jobs=jobs, created=created, progress=progress)
        _require_sound(manifest)
        built = Built(manifest=manifest, reproduced=None) if published is None else _compare(published, manifest)
        if wanted is not None and built.reproduced is not False:
            fixtures.copy(wanted, published or manifest, stage.folder)
        if published is None:
            store.publish(stage, manifest)
        elif wanted is not None and built.reproduced:
            store.install_media(stage)
        return built


def prove(snapshot: Snapshot, dataset: Dataset | None) -> tuple[Finding, ...]:
    """Run every check on a snapshot's files; the dataset's own rules where it comes from one."""
    return _prove(snapshot.manifest, snapshot.folder, dataset)


def _require_same(published: Manifest, parameters: Parameters) -> None:
    version, recorded = published.version, published.parameters
    if recorded is None:
        raise UsageError(
            f"{version} was captured from a database and cannot be rebuilt",
            "choose another version name",
            option="force",
        )
    if recorded != parameters:
        fields = {"dataset": "dataset", "profile": "profile", "scale": "scale", "sets": "set", "seed": "seed"}
        different = [
            f"{flag} {_shown(getattr(recorded, name))}, not {_shown(getattr(parameters, name))}"
            for name, flag in (fields | {"as_of": "as-of"}).items()
            if getattr(recorded, name) != getattr(parameters, name)
        ]
        raise UsageError(
            f"{version} is published with other parameters: " + "; ".join(different),
            "a published version is immutable: choose another name",
            option="force",
        )


def _shown(value: object) -> str:
    """Return a parameter as a command line would say it."""
    return " ".join(f"{table}={rows}" for table, rows in value) or "nothing" if isinstance(value, tuple) else str(value)


def _media(dataset: Dataset) -> fixtures.Media | None:
    return dataset.media() if dataset.media else None


def _require_sound(manifest: Manifest) -> None:
    failed = [finding for finding in manifest.checks if not finding.ok]
    if failed:
        raise CheckError(
            f"{len(failed)} of {len(manifest.checks)} checks failed: "
            + "; ".join(
                f"{f.name} is {f.value}, limit {f.limit}" + (f" ({f.detail})" if f.detail else "") for f in failed
            ),
            "nothing was published; ask for other volumes, or mend the dataset's declarations",
        )


def _compare(published: Manifest, rebuilt: Manifest) -> Built:
    before = {data.table.label: data.digest for data in published.tables}
    after = {data.table.label: data.digest for data in rebuilt.tables}
    differs = tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
    return Built(manifest=rebuilt, reproduced=published.digest == rebuilt.digest, differs=differs)


def _make(
    stage: Stage, dataset: Dataset, parameters: Parameters, *, jobs: int, created: str, progress: Progress
) -> Manifest:
    inputs = volumes(dataset, parameters)
    media = _media(dataset)
    plan = dataset.plan(inputs)
    tables = _write_tables(stage.folder, dataset, inputs, plan, jobs, progress)
    package = stage.folder / PACKAGE
    package.write_text(
        datapackage.render(dataset.name, stage.version, tables, dataset.enums), encoding="utf-8", newline="\n"
    )
    manifest = Manifest(
        version=stage.version,
        parameters=parameters,
        created=created,
        digest=snapshot_digest((data.table, data.rows, data.digest) for data in tables),
        estimated_db_bytes=0,
        enums=dataset.enums,
        tables=tables,
        extra_files=(parquet.data_file(package, stage.folder), *(media.files if media else ())),
        checks=(),
        schema_sql=dataset.sql,
        written_by=(("snap", __version__), *((name, installed(name)) for name in _WRITERS)),
    )
    manifest = replace(manifest, estimated_db_bytes=checks.estimate_db_bytes(manifest, stage.folder))
    return replace(manifest, checks=_prove(manifest, stage.folder, dataset))


def _prove(manifest: Manifest, folder: Path, dataset: Dataset | None) -> tuple[Finding, ...]:
    parameters = manifest.parameters
    enforced = (
        dataset is not None
        and parameters is not None
        and parameters.profile == dataset.budget_profile
        and Fraction(parameters.scale) <= 1
    )
    return checks.run(
        manifest,
        folder,
        dataset.rules() if dataset else None,
        enforce_budget=enforced,
        volumes=volumes(dataset, parameters).rows if dataset and parameters else None,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    table: Table
    start: int
    stop: int
    path: Path


def _write_tables(
    folder: Path, dataset: Dataset, inputs: Inputs, plan: Plan, jobs: int, progress: Progress
) -> tuple[TableData, ...]:
    """Make and write every part, `jobs` at a time; the result does not depend on which is done first."""
    parts = [part for table in dataset.tables for part in _parts(table, dataset, inputs, folder)]
    progress.start("build", sum(inputs.rows.values()))

    def work(part: _Part) -> tuple[DataFile, TableDigest]:
        batch = plan.part(part.table.name, part.start, part.stop)
        digest = TableDigest(part.table)
        digest.update(batch)
        size, sha256 = parquet.write(part.path, part.table, [batch])
        low, high = _key_range(batch, part.table)
        file = DataFile(
            path=part.path.relative_to(folder).as_posix(),
            bytes=size,
            sha256=sha256,
            rows=batch.num_rows,
            key_min=low,
            key_max=high,
        )
        return file, digest

    done: dict[str, list[tuple[DataFile, TableDigest]]] = {table.name: [] for table in dataset.tables}
    with _workers(jobs) as mapper:
        for part, made in zip(parts, mapper(work, parts), strict=True):
            done[part.table.name].append(made)
            progress.advance("build", part.stop - part.start)
    return tuple(_table_data(table, done[table.name]) for table in dataset.tables)


def _table_data(table: Table, made: list[tuple[DataFile, TableDigest]]) -> TableData:
    digest = TableDigest(table)
    for _, part in made:
        digest.merge(part)
    return TableData(table=table, rows=digest.rows, digest=digest.hexdigest(), files=tuple(file for file, _ in made))


def _parts(table: Table, dataset: Dataset, inputs: Inputs, folder: Path) -> Iterator[_Part]:
    size = dataset.part_rows.get(table.name, _DEFAULT_PART_ROWS)
    rows = inputs.rows[table.name]
    for number, start in enumerate(range(0, rows, size)):
        path = folder / table.name / f"part-{number:04d}.parquet"
        yield _Part(table, start, min(start + size, rows), path)


@contextmanager
def _workers(jobs: int) -> Iterator[Callable[..., Any]]:
    """Return a `map`: threads, because the work is NumPy's and Arrow's, which let go of the interpreter's lock."""
    if jobs == 1:
        yield map
        return
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield pool.map
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _key_range(batch: Any, table: Table) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return the first and last primary key, ordered by the values' bytes or numbers, as texts."""
    import pyarrow as pa

    if not table.primary_key or not batch.num_rows:
        return None, None
    keys = pa.table({name: storage(batch.column(name)) for name in table.primary_key})
    order = keys.sort_by([(name, "ascending") for name in table.primary_key])
    first, last = order.slice(0, 1).to_pylist()[0], order.slice(len(order) - 1, 1).to_pylist()[0]

    def texts(row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(_key_text(row[name]) for name in table.primary_key)

    return texts(first), texts(last)


def _key_text(value: Any) -> str:
    if isinstance(value, bytes):
        text = value.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])) if len(value) == 16 else text
    return str(value)
