"""Tiny datasets for the command line's tests, and the `snap` program that knows them: python -m tests.cli.toys ..."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from snap_builder.dataset import Dataset, Inputs
from snap_builder.media import load
from snap_cli import datasets, main
from tests.cases import toy


@dataclass(frozen=True)
class Sailors:
    """Crew and their log; `author` says whose line i is, of so many crew."""

    inputs: Inputs
    author: Callable[[int, int], int] | None = None

    def part(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        crew = self.inputs.rows["crew"]
        if table == "crew":
            return toy.crew(stop).slice(start)
        batch = toy.log(stop, crew)
        if self.author is not None:
            authors = [toy.key(self.author(i, crew)) for i in range(stop)]
            batch = batch.set_column(1, batch.schema.field(1), pa.array(authors, pa.binary(16)).cast(pa.uuid()))
        return batch.slice(start)


def _endless(_inputs: Inputs) -> Any:
    Path("started").touch()
    while True:
        time.sleep(0.05)  # one long sleep would not see a signal that came just before it


def _bug(_inputs: Inputs) -> Any:
    raise ZeroDivisionError("postgresql://me:hunter2@host/db")


TOY = Dataset(
    name="toy",
    tables=(toy.CREW, toy.LOG),
    enums=(toy.MOOD,),
    sql=toy.SQL,
    profiles={"staging": {"crew": 10, "Log book": 20}, "large": {"crew": 1000, "Log book": 2000}},
    budget_profile="staging",
    seed=7,
    as_of="2026-11-01",
    part_rows={"crew": 4},
    plan=Sailors,
    rules=lambda: None,  # type: ignore[arg-type,return-value]
)


def painted(key: str) -> bytes:
    return f"a picture of {key}".encode()


def album(paint: Callable[[str], bytes | None] = painted) -> Dataset:
    """The toy with two pictures; `paint` may give other bytes than are listed, or none."""
    packed = io.BytesIO()  # as of an installed wheel that nobody unpacked
    with zipfile.ZipFile(packed, "w") as archive:
        listed = []
        for key in ("crew/0.jpg", "ship.png"):
            data = painted(key)
            listed.append({"key": key, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
            held = paint(key)
            if held is not None:
                archive.writestr(key, held)
        archive.writestr("files.json", json.dumps(listed))
    media = load(zipfile.Path(packed))
    return replace(TOY, name="album", media=lambda: media)


def smudged(key: str) -> bytes:
    return painted(key).replace(b"ship", b"boat")


def lost(key: str) -> bytes | None:
    return None if key == "ship.png" else painted(key)


DATASETS = {
    "album": album,
    "smudged": lambda: album(smudged),
    "toy": lambda: TOY,
    "orphans": lambda: replace(TOY, name="orphans", plan=lambda inputs: Sailors(inputs, lambda i, crew: crew + i)),
    "endless": lambda: replace(TOY, name="endless", plan=_endless),
    "bug": lambda: replace(TOY, name="bug", plan=_bug),
}


def drifted() -> Dataset:
    """The toy as another commit may have it: the same name, other values in one table."""
    return replace(TOY, plan=lambda inputs: Sailors(inputs, lambda i, crew: (i + 1) % crew))


if __name__ == "__main__":
    datasets.DATASETS = {**datasets.DATASETS, **DATASETS}
    raise SystemExit(main())
