"""Fuzz backups in a folder: altered records, with an old or a valid seal, and altered dumps."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import zstandard

from tests.fuzz.ground import Ground, run_main
from tests.fuzz.mutations import aimed, altered_bytes, altered_tree

SETTINGS = '[target]\nallowed = ["127.0.0.1/*"]\n[backup]\nto = "backups"\nexclude = ["outside"]\n'


class Backups:
    """A backup of the database that holds v1."""

    name = "backups"
    codes = frozenset({4})  # the database then differs from the record

    def prepare(self, ground: Ground) -> None:
        ground.reset()
        (ground.project / "snap.toml").write_text(SETTINGS)
        # A dump needs Postgres' programs; the law does not care where they are.
        ground.environment.pop("SNAP_PG_BIN")
        assert run_main(ground, "backup", "create", "--db", ground.full) == 0
        ground.keep()

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        folder = ground.project / "backups"
        [record], [dump] = folder.glob("*.json"), folder.glob("*.zst")
        name = record.stem
        chance = rng.random()
        if chance < 0.2:
            record.write_bytes(altered_bytes(rng, record.read_bytes()))
        elif chance < 0.6:
            body = altered_tree(rng, json.loads(record.read_text()))
            _seal(record, aimed(body, str(ground.outside)))
        elif chance < 0.9:
            _alter_dump(rng, dump, record)
        else:
            _replace(rng, ground, rng.choice((record, dump, folder / f"{name}.dump")))
        return rng.choice(
            (
                *(["backup", "list"], ["backup", "prune"]),
                *[["backup", "restore", name, "--yes", "--db", ground.full]] * 3,
            )
        )


def _seal(record: Path, body: Any) -> None:
    if isinstance(body, dict):
        body.pop("seal", None)
        body["seal"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    record.write_bytes(json.dumps(body, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _alter_dump(rng: Random, dump: Path, record: Path) -> None:
    """Alter pg_dump's output or the stored file, in most cases with a record that fits it."""
    stored = dump.read_bytes()
    dumped = zstandard.ZstdDecompressor().decompressobj().decompress(stored)
    if rng.random() < 0.7:
        dumped = altered_bytes(rng, dumped)
        stored = zstandard.ZstdCompressor().compress(dumped)
    else:
        stored = altered_bytes(rng, stored)
    dump.write_bytes(stored)
    if rng.random() < 0.8:
        body = json.loads(record.read_text())
        body |= {"bytes": len(stored), "sha256": hashlib.sha256(stored).hexdigest()}
        body |= {"dumped_bytes": len(dumped), "dumped_sha256": hashlib.sha256(dumped).hexdigest()}
        _seal(record, body)


def _replace(rng: Random, ground: Ground, path: Path) -> None:
    path.unlink(missing_ok=True)
    how = rng.choice(("gone", "folder", "fifo", "link", "dangling", "device"))
    if how == "folder":
        path.mkdir()
    elif how == "fifo":
        os.mkfifo(path)
    elif how != "gone":
        to = {"link": ground.outside / "kept", "dangling": ground.outside / "new"}
        path.symlink_to(to.get(how, "/dev/zero"))
