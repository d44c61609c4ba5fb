"""`snap compose`: print or write a compose service that runs an image of a snapshot."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from snap import durable
from snap.errors import UsageError
from snap.manifest import Manifest
from snap.version import __version__
from snap_cli.command import Command
from snap_cli.context import Context, Version
from snap_cli.image import FOLDER, Database
from snap_cli.render import Line, Result, View
from snap_cli.target import embedded_name

if TYPE_CHECKING:
    from snap_cli.forms.images import ComposeForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `snap compose`."""

    version: Version
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The file to write [default: stdout].", show_default=False),
    ] = None
    image: Annotated[
        Path | None,
        typer.Option(
            "--image", metavar="DIR", help="The image's folder [default: images/VERSION].", show_default=False
        ),
    ] = None
    database: Database = None
    port: Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535, help="The port on 127.0.0.1.")] = 5432
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeResult(Result):
    """The text of a compose file, and the file that it was written to."""

    answer: ClassVar[bool] = True
    version: str
    digest: str
    file: Path | None
    text: str

    def document(self) -> ComposeForm:
        return {
            "version": self.version,
            "digest": self.digest,
            "file": None if self.file is None else str(self.file),
            "text": self.text,
        }

    def view(self) -> View:
        if self.file is None:
            return (Line(self.text.removesuffix("\n")),)
        return (Line(f"wrote {self.file}"),)


def run(options: Options, context: Context) -> ComposeResult:
    """Print or write the compose service. A note says if its image is missing or holds another version.

    Errors: UsageError, ServiceError.
    """
    from snap_restorer import ComposeRequest, compose  # noqa: PLC0415

    manifest = context.resolve(context.store(), options.version).manifest
    out = options.out
    if out is not None and os.path.lexists(out) and (out.is_dir() or not options.force):
        raise UsageError(f"{out} is there already", option="out" if out.is_dir() else "replace")
    folder = options.image if options.image is not None else Path(FOLDER) / manifest.version
    text = compose(
        manifest,
        ComposeRequest(
            context=folder if folder.is_absolute() or out is None else _seen_from(out.absolute().parent, folder),
            database=options.database if options.database is not None else embedded_name(manifest),
            port=options.port,
            written_by=f"snap {__version__}",
        ),
    )
    _note_image(manifest, folder, context)
    if out is not None:
        with durable.explained(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            durable.write(out, text.encode())
    return ComposeResult(version=manifest.version, digest=manifest.digest, file=out, text=text)


def _seen_from(base: Path, folder: Path) -> Path:
    return Path(os.path.relpath(folder.absolute(), base))


def _note_image(manifest: Manifest, folder: Path, context: Context) -> None:
    from snap_restorer import digest_of  # noqa: PLC0415

    digest = digest_of(folder)
    if digest is None:
        context.note(f"{folder} holds no image yet; make it with: snap image {manifest.version} --out {folder}")
    elif digest != manifest.digest:
        context.warn(
            f"the image in {folder} does not hold {manifest.version} as published; make it again with: "
            f"snap image {manifest.version} --out {folder} --force"
        )


COMMAND = Command(
    name="compose",
    options=Options,
    run=run,
    help="""
    Print a compose file with a service that runs the image of a snapshot.

    The file holds no password: compose reads POSTGRES_PASSWORD from the environment when it runs.
    """,
    short="Print a compose service for an image.",
    example="snap image v3 && snap compose v3 --out compose.yaml && docker compose up --wait",
    codes="""
        0 printed, or written
        2 the file exists already
        3 the snapshot is missing, or its manifest is corrupt
        6 the disk failed""",
)
