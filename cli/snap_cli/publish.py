"""`snap publish`: prove and publish the parts that `snap build --parts` has made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from snap.store import check_name
from snap_cli import datasets
from snap_cli.build import PROVED_ROWS, BuildResult, Force, Postgres, jobs, now, proof
from snap_cli.command import Command
from snap_cli.context import Context, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap publish`. The parameters that fix the values are read from the records of the shares."""

    version: Version
    dataset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE.py:NAME",
            help="The dataset of the shares [default: the dataset whose name the shares record].",
        ),
    ] = None
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Threads that read and write files [default: processors, at most 4]."),
    ] = None
    media: Annotated[bool, typer.Option("--media", help="Also copy the image fixtures.")] = False
    postgres: Postgres = None
    force: Force = False


def run(options: Options, context: Context) -> BuildResult:
    """Publish a version from its shares, or compare the shares with the published version. Remove the shares."""
    import snap_builder  # noqa: PLC0415

    store = context.store()
    agreement = snap_builder.agreement_of(store, check_name(options.version))
    dataset = datasets.find(context, options.dataset or agreement.parameters.dataset)
    request = snap_builder.BuildRequest(
        version=options.version,
        dataset=dataset,
        parameters=agreement.parameters,
        created=now(),
        jobs=jobs(options.jobs, context),
        force=options.force,
        media=options.media,
        prove=proof(options.postgres, dataset, context),
        prove_rows=None if options.postgres == "all" else PROVED_ROWS,
    )
    with context.progress() as progress:
        built = snap_builder.publish(store, request, progress)
    return BuildResult(built=built, media=options.media, seconds=context.seconds())


COMMAND = Command(
    name="publish",
    options=Options,
    run=run,
    help="""
    Check and publish a version after snap build --parts has made all its parts.

    Columns that depend on the rows of all shares are added first. Then the steps are those of snap build. If they
    succeed, the shares are removed. If a step fails, the shares stay, and snap rm VERSION --parts removes them.
    """,
    short="Check and publish what snap build --parts has made.",
    example="snap publish v4",
    codes="""
        0 published, or reproduced
        2 a share is missing, or two shares were made differently
        3 a file of a share, or the published version, is corrupt
        4 a check failed (nothing is published), or the version was not reproduced
        5 another process builds or publishes this version now, or makes one of its shares
        6 the disk failed""",
)
