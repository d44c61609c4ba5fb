"""`snap build`: make a version, prove it, publish it; or make a published one again and compare."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from snap.errors import CheckError, SnapshotError, UsageError
from snap.manifest import MEDIA, Manifest, Parameters
from snap.store import Store, check_name
from snap.units import duration, size
from snap_cli import datasets
from snap_cli.context import Action, Config, Context, Json, Quiet, Root, Version, epilog, given
from snap_cli.findings import finding_documents, media_summary, summary
from snap_cli.render import Grid, Line, Result, View
from snap_cli.settings import default_jobs

if TYPE_CHECKING:
    from snap_builder.dataset import Dataset

FIELDS = (
    *("version", "dataset", "digest", "reproduced", "rows", "bytes", "estimated_db_bytes", "checks"),
    "seconds",
)
EPILOG = epilog(
    example="snap build v4 --scale 1/3",
    codes="""
        0 published, or reproduced
        3 the published manifest is corrupt
        4 a check failed (nothing is published), or the version or its media were not reproduced
        5 another process builds this version now
        6 the disk failed""",
    fields=FIELDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The flags that fix a version's values, as given; None where not given."""

    dataset: str | None
    profile: str | None
    scale: str | None
    sets: tuple[tuple[str, int], ...]
    seed: int | None
    as_of: str | None

    @property
    def empty(self) -> bool:
        return not self.sets and {self.dataset, self.profile, self.scale, self.seed, self.as_of} == {None}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult(Result):
    """What was built. `reproduced` is None for a newly published version; `differs` names the tables that moved.

    `media`: the fixtures were copied too.
    """

    manifest: Manifest
    reproduced: bool | None
    differs: tuple[str, ...]
    media: bool
    seconds: float

    @property
    def failure(self) -> CheckError | None:
        if self.reproduced is not False:
            return None
        return CheckError(
            f"{self.manifest.version} was not reproduced: {', '.join(self.differs) or 'its definition'} differs",
            "the published snapshot is unchanged; find what moved the values, or build under another name",
        )

    def document(self) -> dict[str, Any]:
        manifest = self.manifest
        return {
            "version": manifest.version,
            "dataset": manifest.parameters.dataset if manifest.parameters else None,
            "digest": manifest.digest,
            "reproduced": self.reproduced,
            "rows": {data.table.label: data.rows for data in manifest.tables},
            "bytes": manifest.bytes,
            "estimated_db_bytes": manifest.estimated_db_bytes,
            "checks": finding_documents(manifest.checks),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        manifest = self.manifest
        rows = [
            (
                data.table.label,
                f"{data.rows:,}",
                size(sum(file.bytes for file in data.files)),
                *(("differs" if data.table.label in self.differs else "",) if self.differs else ()),
            )
            for data in manifest.tables
        ]
        tables = sum(file.bytes for data in manifest.tables for file in data.files)
        total = ("total", f"{manifest.rows_total:,}", size(tables), *(("",) if self.differs else ()))
        grid = Grid(
            columns=("table", "rows", "bytes", *(("",) if self.differs else ())),
            rows=(*rows, total),
            right=frozenset({"rows", "bytes"}),
            total=True,
        )
        about = (
            f"{summary(manifest.checks)}, about {size(manifest.estimated_db_bytes)} in Postgres, "
            f"{duration(self.seconds)}"
        )
        words: dict[bool | None, Line] = {
            None: Line(f"published {manifest.version}: {about}", "good"),
            True: Line(f"reproduced {manifest.version}: {about}", "good"),
            False: Line(f"not reproduced {manifest.version}: {about}", "bad"),
        }
        made = f"media in snapshots/{manifest.version}/{MEDIA}: {media_summary(manifest)}"
        return (
            grid,
            words[self.reproduced],
            *((Line(made, "good"),) if self.media and self.reproduced is not False else ()),
            Line(f"digest {manifest.digest}", "dim"),
        )


def build(
    ctx: typer.Context,
    version: Version,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"What to build [default: {datasets.DEFAULT}].")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Volumes: staging or poc2 [default: staging].")
    ] = None,
    scale: Annotated[
        str | None, typer.Option(metavar="X", help="Multiply the volumes: 2, 0.5, 1/3 [default: 1].")
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="TABLE=ROWS", help="Rows of one table; repeatable.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Other data [default: the dataset's].")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day that the data end with [default: the dataset's].")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Workers; the data are the same [default: processors, 4 at most]."),
    ] = None,
    media: Annotated[
        bool, typer.Option("--media", help="Copy the image fixtures too; of a published version, add them to it.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a published version.")] = False,
    root: Root = None,
    config: Config = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Action:
    """Make a version, check it, and publish it.

    A published version is immutable: building it again makes it aside, from its recorded parameters, and says whether
    the same values came out.
    """
    request = Request(
        dataset=dataset,
        profile=profile,
        scale=scale,
        sets=tuple(map(parse_set, sets or ())),
        seed=seed,
        as_of=as_of,
    )
    run = partial(run_build, version=version, request=request, jobs=jobs, media=media, force=force)
    return Action(given(ctx, root, config, as_json, quiet), run)


def run_build(
    context: Context, *, version: str, request: Request, jobs: int | None, media: bool = False, force: bool
) -> BuildResult:
    """Build and publish `version`, or rebuild it aside and compare; with `media` copy its fixtures."""
    import snap_builder

    started = time.monotonic()
    store = context.store()
    published = _published(context, store, check_name(version), force=force)
    recorded = published.parameters if published is not None and request.empty else None
    dataset = datasets.find(recorded.dataset if recorded else request.dataset or datasets.DEFAULT)
    parameters = recorded or _parameters(request, dataset)
    with context.progress() as progress:
        asked = snap_builder.Request(
            version=version,
            dataset=dataset,
            parameters=parameters,
            created=dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            jobs=jobs or context.settings().jobs or default_jobs(),
            force=force,
            media=media,
        )
        built = snap_builder.build(store, asked, progress)
    return BuildResult(
        manifest=built.manifest,
        reproduced=built.reproduced,
        differs=built.differs,
        media=media,
        seconds=time.monotonic() - started,
    )


def _day(text: str) -> str:
    """Return a date as YYYY-MM-DD, so that one day has one name. Errors: UsageError."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is not a date", "write it as 2026-11-01") from None


def parse_set(text: str) -> tuple[str, int]:
    """Read TABLE=ROWS. Errors: UsageError."""
    table, equals, rows = text.partition("=")
    if not table or not equals or not rows.isascii() or not rows.isdigit():
        raise UsageError(f"--set {text!r} is not TABLE=ROWS", "write it as --set users=500")
    return table, int(rows)


def _published(context: Context, store: Store, version: str, *, force: bool) -> Manifest | None:
    """Return the manifest that is published; with `force` a corrupt one counts as none."""
    if not store.exists(version):
        return None
    try:
        return store.resolve(version).manifest
    except SnapshotError as error:
        if not force:
            raise
        context.warn(f"{error.message}; its parameters are unknown, so the flags given and the defaults count")
        return None


def _parameters(request: Request, dataset: Dataset) -> Parameters:
    from snap_builder import parse_scale

    return Parameters(
        dataset=dataset.name,
        profile=request.profile or dataset.budget_profile,
        scale=parse_scale(request.scale or "1"),
        sets=tuple(sorted(dict(request.sets).items())),
        seed=dataset.seed if request.seed is None else request.seed,
        as_of=_day(request.as_of) if request.as_of else dataset.as_of,
    )
