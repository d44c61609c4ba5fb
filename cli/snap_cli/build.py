"""`snap build`: make a version, prove it and publish it, or make a published one again and compare."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snap.config import BuildSettings
from snap.errors import CheckError, SnapshotError, UsageError
from snap.manifest import MEDIA, STATISTICS, Manifest, Parameters
from snap.store import Snapshot, Store, check_name
from snap.units import size
from snap_cli import datasets
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.findings import media_summary
from snap_cli.published import published_document, published_grid, published_summary
from snap_cli.render import Line, TimedResult, View
from snap_cli.shared import SharedResult

if TYPE_CHECKING:
    from snap_builder import Built, Dataset, Prove, Proved, Share
    from snap_cli.forms.snapshots import BuildForm

Proof = Literal["none", "sample", "all"]
Postgres = Annotated[
    Proof | None,
    typer.Option(
        help="Load the rows into an embedded Postgres before they are published. sample: at most 50,000 rows, of a "
        "smaller build if the version has more. all: all rows; their planner's statistics are published too, and added "
        "to a published version that has none. none: no rows [default: sample; none for a dataset that comes with "
        "snap].",
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace a published version.")]
PROVED_ROWS = 50_000  # the most rows to load into Postgres, unless the smallest build has more; takes seconds
_MOST_JOBS = 4  # with more threads the parts of one build wait for each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap build`: first the flags that fix a version's values, then how it is built."""

    version: Version
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.py:NAME",
            help="The dataset: one in datasets/NAME, a variable of FILE.py, or one that comes with snap [default: "
            f"dataset in section [build], else the project's only dataset, else {datasets.DEFAULT} if the project has "
            "none].",
        ),
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A named set of volumes of the dataset [default: its first]."),
    ] = None
    scale: Annotated[str | None, typer.Option(metavar="X", help="Multiply the volumes: 2, 0.5, 1/3 [default: 1].")] = (
        None
    )
    sets: Annotated[
        tuple[str, ...],
        typer.Option("--set", metavar="TABLE=ROWS", help="Rows of one table; repeatable."),
    ] = ()
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Another seed makes other data [default: the dataset's].")
    ] = None
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day on which the data end [default: the dataset's].")
    ] = None
    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Threads; the data do not depend on them [default: processors, at most 4].",
        ),
    ] = None
    executor: Annotated[
        str | None,
        typer.Option(
            metavar="dask:ADDRESS|MODULE:FACTORY",
            help="Let other processes make the parts: a dask cluster, or the concurrent.futures.Executor that a "
            "function returns. They must see the project's folder under the same path. The data are the same.",
        ),
    ] = None
    parts: Annotated[
        str | None,
        typer.Option(
            metavar="K/N",
            help="Make only every N-th part, starting with the K-th, and keep them below snapshots/ for snap publish.",
        ),
    ] = None
    media: Annotated[
        bool, typer.Option("--media", help="Also copy the image fixtures; add them to the version if it is published.")
    ] = False
    postgres: Postgres = None
    force: Force = False

    @property
    def fixes_values(self) -> bool:
        """Return whether a flag was given that fixes the values of a dataset."""
        return bool(self.sets) or {self.profile, self.scale, self.seed, self.as_of} != {None}

    def parameters(self, dataset: Dataset) -> Parameters:
        """Return the parameters from the flags and the defaults of `dataset`; without flags, those of the version.

        Errors: UsageError.
        """
        from snap_builder import parse_scale  # noqa: PLC0415

        if not self.fixes_values and self.version in dataset.versions:
            return dataset.versions[self.version].parameters
        return Parameters(
            dataset=dataset.name,
            profile=self.profile or dataset.default_profile,
            scale=parse_scale(self.scale or "1"),
            sets=_sets(self.sets),
            seed=dataset.seed if self.seed is None else self.seed,
            as_of=_day(self.as_of) if self.as_of else dataset.as_of,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult(TimedResult):
    """The result of a build. `media`: the dataset's image fixtures were copied, too."""

    built: Built
    media: bool

    @property
    def failure(self) -> CheckError | None:
        if self.built.reproduced is not False:
            return None
        return CheckError(
            f"{self.built.manifest.version} was not reproduced: "
            f"{', '.join(self.built.differs) or 'its definition'} differs",
            "the published snapshot is unchanged; find what changed the values, or build under another name",
        )

    def document(self) -> BuildForm:
        manifest = self.built.manifest
        return {
            **published_document(manifest, self.seconds),
            "dataset": manifest.parameters.dataset if manifest.parameters else None,
            "reproduced": self.built.reproduced,
            "statistics": self.built.statistics,
        }

    def view(self) -> View:
        manifest, reproduced = self.built.manifest, self.built.reproduced
        words = {None: "published", True: "reproduced", False: "not reproduced"}
        size_in_postgres = f"about {size(manifest.estimated_db_bytes)}"
        line = f"{words[reproduced]} {manifest.version}: {published_summary(manifest, size_in_postgres, self.seconds)}"
        media = f"media in snapshots/{manifest.version}/{MEDIA}: {media_summary(manifest)}"
        statistics = f"the planner's statistics in snapshots/{manifest.version}/{STATISTICS}"
        return (
            published_grid(manifest, self.built.differs),
            Line(line, "bad" if reproduced is False else "good"),
            *((Line(media, "good"),) if self.media and reproduced is not False else ()),
            *((Line(statistics, "good"),) if self.built.statistics else ()),
            Line(f"digest {manifest.digest}", "dim"),
        )


def run(options: Options, context: Context) -> BuildResult | SharedResult:
    """Build and publish a version, or build a published one again and compare the two.

    With `media` also copy the version's images. With `parts` make only a share of the version's parts.
    """
    import snap_builder  # noqa: PLC0415

    share = None if options.parts is None else _share(options)
    store = context.store()
    published = _published(context, store, check_name(options.version), force=options.force)
    recorded = published.parameters if published and not options.dataset and not options.fixes_values else None
    dataset = datasets.find(context, recorded.dataset if recorded else options.dataset)
    request = snap_builder.BuildRequest(
        version=options.version,
        dataset=dataset,
        parameters=recorded or options.parameters(dataset),
        created=now(),
        jobs=jobs(options.jobs, context),
        force=options.force,
        media=options.media,
        prove=proof(options.postgres, dataset, context),
        prove_rows=None if options.postgres == "all" else PROVED_ROWS,
        workers=snap_builder.workers_of(options.executor, context.root()),
    )
    with context.progress() as progress:
        if share is not None:
            shared = snap_builder.build_share(store, request, share, progress)
            return SharedResult(shared=shared, seconds=context.seconds())
        built = snap_builder.build(store, request, progress)
    return BuildResult(built=built, media=options.media, seconds=context.seconds())


def _share(options: Options) -> Share:
    """Return the share of the version's parts that --parts requests.

    Errors: UsageError for an option that applies only to a whole version.
    """
    from snap_builder import parse_share  # noqa: PLC0415

    for name, given in (("media", options.media), ("postgres", options.postgres is not None)):
        if given:
            raise UsageError(
                f"{name} applies to a whole version, not to a share of its parts",
                f"use it with: snap publish {options.version}",
            )
    return parse_share(options.parts or "")


def proof(postgres: Proof | None, dataset: Dataset, context: Context) -> Prove | None:
    """Return the proof in Postgres. Datasets that come with snap have tests of their own and need a request for it."""
    if (postgres or ("none" if dataset.name in datasets.DATASETS else "sample")) == "none":
        return None
    return in_postgres(context, statistics=postgres == "all")


def in_postgres(context: Context, *, statistics: bool = False) -> Prove:
    """Return a function that proves a snapshot in the embedded Postgres.

    The function loads the whole snapshot, and loads the snapshot `few` once more with triggers. With `statistics` it
    also returns the planner's statistics of all rows.
    """

    def prove(snapshot: Snapshot, few: Snapshot) -> Proved:
        from snap.planner_statistics import to_text  # noqa: PLC0415
        from snap_builder import Proved  # noqa: PLC0415
        from snap_restorer import prove_in_postgres  # noqa: PLC0415

        proved = prove_in_postgres(
            snapshot, few, statistics=statistics, environment=context.environment, project=context.project()
        )
        return Proved(
            findings=proved.findings,
            statistics=None if proved.statistics is None else to_text(proved.statistics),
            hint=proved.hint,
        )

    return prove


def now() -> str:
    """Return the current time in the form that a manifest records."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(text: str) -> str:
    """Return a date as YYYY-MM-DD, so that each day has one spelling. Errors: UsageError."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is not a date", "write it as 2026-11-01") from None


def _sets(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Return the numbers of rows that --set gives, by table.

    Errors: UsageError for a table with two different numbers.
    """
    rows: dict[str, int] = {}
    for table, count in map(parse_set, texts):
        if rows.setdefault(table, count) != count:
            raise UsageError(
                f"{table} has two numbers of rows: {rows[table]} and {count}", "keep one of them", option="set"
            )
    return tuple(sorted(rows.items()))


def parse_set(text: str) -> tuple[str, int]:
    """Parse TABLE=ROWS. Errors: UsageError."""
    table, equals, rows = text.partition("=")
    if not table or not equals or not rows.isascii() or not rows.isdigit():
        raise UsageError(f"{text!r} is not TABLE=ROWS", "write it as users=500", option="set")
    return table, int(rows)


def jobs(given: int | None, context: Context) -> int:
    """Return the number of threads that make parts. Errors: UsageError."""
    return given or _configured_jobs(context) or _processors()


def _configured_jobs(context: Context) -> int | None:
    """Return the number of workers that the environment or else snap.toml sets. Errors: UsageError."""
    settings, text = context.settings(), context.environment.get("SNAP_JOBS")
    jobs = text or settings.section(BuildSettings, "build").jobs
    if jobs is None:
        return None
    try:
        count = int(jobs)
    except ValueError:
        count = 0
    if count < 1:
        name = "$SNAP_JOBS" if text else "jobs in section [build]"
        raise UsageError(f"{name} is {jobs!r}, not a number of workers", "set it to 1 or more")
    return count


def _processors() -> int:
    """Return the number of processors that this process may use, but at most _MOST_JOBS."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, _MOST_JOBS)


def _published(context: Context, store: Store, version: str, *, force: bool) -> Manifest | None:
    """Return the published manifest, or None. With `force` a corrupt manifest counts as none."""
    if not store.exists(version):
        return None
    try:
        return store.resolve(version).manifest
    except SnapshotError as error:
        if not force:
            raise
        context.warn(f"{error.message}; its parameters are unknown, so the build uses the given flags and the defaults")
        return None


COMMAND = Command(
    name="build",
    options=Options,
    run=run,
    help="""
    Make a version, check it, and publish it.

    A published version is immutable. If you build it again, snap makes it in a scratch folder from its recorded
    parameters, and says whether the values are the same.

    --parts 3/16 makes one of 16 shares of a new version. Run such a command for each share, with the same flags, on any
    machines that see the same folder. Then run snap publish. A share that exists is not made again.
    """,
    example="snap build v4 --scale 1/3",
    codes="""
        0 published, or reproduced; or the share is made
        3 the published manifest or files are corrupt
        4 a check failed (nothing is published), or the version or its media were not reproduced
        5 another process builds or publishes this version now, or makes the same share
        6 the disk, or workers of an executor, failed""",
)
