"""What a build is asked for, as one value that is handed on whole."""

from __future__ import annotations

from dataclasses import dataclass

from snap.manifest import Parameters
from snap_builder.dataset import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """A version to build. `created` is the moment that the manifest records, UTC, ISO 8601; `jobs` counts workers.

    `force` replaces a published version. `media` copies the dataset's media too, into a published version as well.
    """

    version: str
    dataset: Dataset
    parameters: Parameters
    created: str
    jobs: int = 1
    force: bool = False
    media: bool = False
