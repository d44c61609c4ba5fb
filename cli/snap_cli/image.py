"""`snap image`: write a Dockerfile and its context, with a snapshot in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snap.units import size
from snap.verify import require_intact
from snap.version import __version__
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.render import Line, TimedResult, View
from snap_cli.target import embedded_name

if TYPE_CHECKING:
    from snap_cli.forms.images import ImageForm
    from snap_restorer import Image

FOLDER = "images"  # below the current folder, with a subfolder for each version
Database = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="NAME", help="The image's database [default: the dataset's name].", show_default=False
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap image`."""

    version: Version
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="The folder to write [default: images/VERSION].", show_default=False),
    ] = None
    database: Database = None
    force: Annotated[bool, typer.Option("--force", help="Replace an image that is already in the folder.")] = False
    trust_code: Annotated[
        bool,
        typer.Option(
            "--trust-code",
            help="Let code of the snapshot run with a superuser's rights while the rows are loaded. Read the code "
            "first: snap show VERSION --schema.",
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageResult(TimedResult):
    """The folder of a Docker image, after it was written."""

    version: str
    digest: str
    folder: Path
    tag: str
    image: Image

    def document(self) -> ImageForm:
        data = self.image.data
        return {
            "version": self.version,
            "digest": self.digest,
            "folder": str(self.folder),
            "tag": self.tag,
            "database": data.database,
            "user": data.owner,
            "postgres": data.version,
            "rows": data.rows,
            "bytes": self.image.bytes,
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        data = self.image.data
        return (
            Line(
                f"wrote {self.folder}: {self.version}, {data.rows:,} rows in database {data.database}, "
                f"{size(self.image.bytes)}, Postgres {data.major}"
            ),
            Line(f"build: docker build -t {self.tag} {self.folder}", "dim"),
            Line(f"run:   docker run -dp 127.0.0.1:5432:5432 -e POSTGRES_PASSWORD {self.tag}", "dim"),
            Line(f"then:  psql postgresql://{data.owner}@127.0.0.1/{data.database}", "dim"),
        )


def run(options: Options, context: Context) -> ImageResult:
    """Write the image's folder. The folder and the snapshot's files are checked before a server is started."""
    from snap_restorer import ImageRequest, require_free, tag, write_image  # noqa: PLC0415

    snapshot = context.resolve(context.store(), options.version)
    manifest = snapshot.manifest
    folder = options.out if options.out is not None else Path(FOLDER) / manifest.version
    request = ImageRequest(
        folder=folder,
        database=options.database if options.database is not None else embedded_name(manifest),
        written_by=f"snap {__version__}",
        force=options.force,
        trust_code=options.trust_code,
    )
    require_free(folder, force=options.force)
    require_intact(snapshot)
    with context.progress() as progress:
        image = write_image(snapshot, request, environment=context.environment, progress=progress)
    return ImageResult(
        version=manifest.version,
        digest=manifest.digest,
        folder=folder,
        tag=tag(request.database, manifest.version),
        image=image,
        seconds=context.seconds(),
    )


COMMAND = Command(
    name="image",
    options=Options,
    run=run,
    help="""
    Write a Dockerfile and its context: a Postgres whose containers start with the snapshot's rows.

    Docker is not needed to write them. They hold no password: POSTGRES_PASSWORD sets the password of the database's
    owner when a container starts for the first time. git ignores the folder.
    """,
    short="Write a Dockerfile and its context, with a snapshot in it.",
    example="snap image v3 && docker build -t app-db:v3 images/v3",
    codes="""
        0 written
        2 the folder is not free
        3 the snapshot is missing or corrupt
        4 what was loaded is not what the snapshot holds
        5 the snapshot's schema needs a superuser's rights
        6 Postgres or the disk failed""",
)
