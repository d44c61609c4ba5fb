"""The JSON of images of a snapshot, and of their compose files."""

from __future__ import annotations

from typing import TypedDict

from snap_cli.forms.common import Bytes, Rows, Seconds


class ImageForm(TypedDict):
    """The JSON form of an image that was written; `tag` is a name for it, `user` the database's owner."""

    version: str
    digest: str
    folder: str
    tag: str
    database: str
    user: str
    postgres: str
    rows: Rows
    bytes: Bytes
    seconds: Seconds


class ComposeForm(TypedDict):
    """The JSON form of a compose file; `file` is null if it was not written."""

    version: str
    digest: str
    file: str | None
    text: str
