"""What a build is asked for, as one value that is handed on whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from snap.manifest import Finding, Parameters
from snap.store import Snapshot
from snap_builder.dataset import Dataset
from snap_builder.executors import Workers


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a proof found, and the text of the planner's statistics of all rows, None where those were not taken."""

    findings: tuple[Finding, ...]
    statistics: str | None = None


Prove = Callable[[Snapshot, Snapshot], Proved]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """A version to build. `created` is the moment that the manifest records, UTC, ISO 8601; `jobs` counts threads.

    `force` replaces a published version. `media` copies the dataset's media too, into a published version as well.
    With a `part` of 1 only tables have as many rows as the parameters say, else as large a part of them at least.
    `prove` makes checks more: of what was built, or of a smaller build where that has over `prove_rows` rows, and of
    one of few rows; the planner's statistics that it gives are published with the version, and added to a published one
    that has none. `workers` make the parts in other processes, in place of threads of this one.
    """

    version: str
    dataset: Dataset
    parameters: Parameters
    created: str
    jobs: int = 1
    force: bool = False
    media: bool = False
    part: Fraction = Fraction(1)
    prove: Prove | None = None
    prove_rows: int | None = None
    workers: Workers | None = None
