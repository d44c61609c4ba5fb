"""Measure `snap build` of WorldChef with many rows: seconds, processor time, peak memory and bytes on disk.

    python bench/large.py --scale 1/6 --runs 1               # does the harness work?
    python bench/large.py --scale 1 --scale 10               # how time and memory grow with the rows
    python bench/large.py --beside before=DIR/.venv/bin/python    # the same by another checkout, in turn
    python bench/large.py --shares 4 --shares 16             # also in shares, one after the other, each with one worker

Every check runs in DuckDB (`--postgres none`). Each run builds into an empty project, and all runs must give the same
digest.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from measure import Case, Failed, Group, Taken, arguments, command, heading, measure, table


def main() -> None:
    parser = arguments(__doc__, 3)
    parser.add_argument("--scale", action="append", help="multiples of poc2, a million rows; repeatable [default: 1]")
    parser.add_argument("--jobs", type=int, action="append", help="workers; repeatable [default: snap's own]")
    parser.add_argument("--shares", action="append", default=[], type=int, help="divide the build too; repeatable")
    parser.add_argument(
        "--beside", action="append", default=[], metavar="NAME=PYTHON", help="another checkout's Python"
    )
    options = parser.parse_args()
    pythons = {"snap": sys.executable, **dict(text.split("=", 1) for text in options.beside)}
    print(heading(options.runs))
    with tempfile.TemporaryDirectory(prefix="snap-bench-") as scratch:
        for scale in options.scale or ["1"]:
            built = Build(Path(scratch), scale)
            cases = [
                Case(
                    f"{name}{f' --jobs {jobs}' if jobs else ''}",
                    partial(built.run, python, jobs),
                    prepare=built.clear,
                    confirm=built.confirm,
                    base=name == "before" or (not options.beside and jobs == (options.jobs or [None])[0]),
                )
                for name, python in pythons.items()
                for jobs in options.jobs or [None]
            ] + [
                Case(
                    f"{name}, {shares} shares",
                    partial(built.shared, python, shares),
                    prepare=built.clear,
                    confirm=built.confirm,
                )
                for name, python in pythons.items()
                for shares in options.shares
            ]
            group = Group(name=f"poc2 × {scale}", cases=cases)
            document = measure(group, options.runs)
            print(table({**document, "notes": built.notes(document)}))


class Build:
    """One version, which each run builds into an empty project."""

    def __init__(self, root: Path, scale: str) -> None:
        self.root, self.scale = root, scale
        self.digest, self.rows, self.bytes = "", 0, 0

    def clear(self) -> None:
        for name in ("manifests", "snapshots"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()

    def run(self, python: str, jobs: int | None) -> Taken:
        return self._snap(python, "build", *self._flags(), "--postgres", "none", *_jobs(jobs))

    def shared(self, python: str, shares: int) -> Taken:
        """Make all shares one after the other and publish them. Return sums, and the memory of the largest process."""
        flags = [*self._flags(), *_jobs(1)]
        taken = [self._snap(python, "build", *flags, "--parts", f"{k}/{shares}") for k in range(1, shares + 1)]
        taken.append(self._snap(python, "publish", "--postgres", "none"))
        return Taken(
            seconds=sum(each.seconds for each in taken),
            processor=sum(each.processor or 0 for each in taken),
            megabytes=max(each.megabytes or 0 for each in taken),
        )

    def _flags(self) -> list[str]:
        return ["--dataset", "worldchef", "--profile", "poc2", "--scale", self.scale]

    def _snap(self, python: str, name: str, *flags: str) -> Taken:
        return command([python, "-P", "-m", "snap", "--root", str(self.root), name, "large", *flags])

    def confirm(self) -> None:
        manifest = json.loads((self.root / "manifests" / "large.json").read_text())
        if self.digest not in ("", manifest["digest"]):
            raise Failed(f"the digest is {manifest['digest'][:12]}, and was {self.digest[:12]}")
        self.digest, self.rows = manifest["digest"], sum(each["rows"] for each in manifest["tables"])
        self.bytes = sum(path.stat().st_size for path in (self.root / "snapshots" / "large").rglob("*.parquet"))

    def notes(self, document: dict) -> list[str]:
        busy = ", ".join(f"{case['name']} {case['processor']}" for case in document["cases"])
        return [f"{self.rows:,} rows, {self.bytes / 1e6:,.1f} MB of Parquet; processor s: {busy}"]


def _jobs(jobs: int | None) -> list[str]:
    return [] if jobs is None else ["--jobs", str(jobs)]


if __name__ == "__main__":
    main()
