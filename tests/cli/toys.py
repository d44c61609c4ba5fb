"""Define tiny datasets for the tests of the command line, and run `snap` with them: python -m tests.cli.toys ..."""

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

from snap.schema import Schema
from snap.schema_json import read_schema_json
from snap_builder import load, locate
from snap_builder.dataset import Dataset, Inputs
from snap_builder.media import load as load_media
from snap_cli import datasets, main
from tests.paths import ROOT


def _schema(script: Path, source: bytes) -> Schema:
    schema = read_schema_json(script.with_suffix(".json").read_bytes(), source)
    assert schema is not None, "python -m tests.kept_schemas tests/toy"
    return schema


def _toy() -> Dataset:
    source = locate(ROOT, "tests/toy/dataset.py")
    assert source is not None
    return replace(load(source, _schema), part_rows={"crew": 4})


TOY = _toy()


@dataclass(frozen=True)
class Sailors:
    """The toy dataset, but line i of the log names crew `author(i, rows)`; an orphan if there is none."""

    inputs: Inputs
    author: Callable[[int, int], int]

    def require(self) -> None:
        """Accept every input."""

    def part(self, table: str, start: int, stop: int) -> pa.RecordBatch:
        plan = TOY.plan(self.inputs)
        batch = plan.part(table, start, stop)
        if table == "crew":
            return batch
        rows = self.inputs.rows["crew"]
        keys = [key.as_py().bytes for key in plan.part("crew", 0, rows).column("id")]
        crew = [self.author(i, rows) for i in range(start, stop)]
        authors = [keys[who] if who < rows else who.to_bytes(16, "big") for who in crew]
        return batch.set_column(1, batch.schema.field(1), pa.array(authors, pa.binary(16)).cast(pa.uuid()))


def _endless(_inputs: Inputs) -> Any:
    Path("started").touch()
    while True:
        time.sleep(0.05)  # one long sleep would not see a signal that came just before it


def _bug(_inputs: Inputs) -> Any:
    raise ZeroDivisionError("postgresql://me:hunter2@host/db")


def painted(key: str) -> bytes:
    return f"a picture of {key}".encode()


def album(paint: Callable[[str], bytes | None] = painted) -> Dataset:
    """Return the toy with two pictures; `paint` may return other bytes than the listed ones, or none."""
    packed = io.BytesIO()  # like a wheel that is imported without being unpacked
    with zipfile.ZipFile(packed, "w") as archive:
        listed = []
        for key in ("crew/0.jpg", "ship.png"):
            data = painted(key)
            listed.append({"key": key, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
            held = paint(key)
            if held is not None:
                archive.writestr(key, held)
        archive.writestr("files.json", json.dumps(listed))
    media = load_media(zipfile.Path(packed))
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
    """Return the toy as of another commit: the same name, but other values in one table."""
    return replace(TOY, plan=lambda inputs: Sailors(inputs, lambda i, crew: (i + 1) % crew))


if __name__ == "__main__":
    datasets.DATASETS = {**datasets.DATASETS, **DATASETS}
    raise SystemExit(main())
