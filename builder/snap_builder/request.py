"""The request for a build, as one value that is passed on whole."""

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
    """The findings of a proof, and the planner's statistics of all rows as text, or None if none were taken.

    `hint` says what to do if a finding does not concern the rows.
    """

    findings: tuple[Finding, ...]
    statistics: str | None = None
    hint: str = ""


Prove = Callable[[Snapshot, Snapshot], Proved]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """A version to build, with all options of the build.

    `created` is the moment that the manifest records, UTC, ISO 8601. `jobs` is the number of threads. `force` replaces
    a published version. `media` copies the dataset's media too, also into a published version. With a `part` of 1,
    tables have as many rows as the parameters say. With a smaller part, each table has at least that part of its rows.

    `prove` runs further checks, on two builds: the whole one, or a smaller one if the whole has over `prove_rows` rows;
    and one of few rows. The planner's statistics that it returns are published with the version, and added to a
    published version that has none. `workers` make the parts in other processes, in place of threads of this process.
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
