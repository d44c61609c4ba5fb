"""Fuzz the files of a publication in progress: planted locks, stages, journals and replaced folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.fuzz.ground import Ground
from tests.fuzz.kinds.manifests import reading
from tests.fuzz.mutations import altered_bytes

_NAMES = (
    *("snapshots/.lock-v1", "snapshots/.lock-v2", "snapshots/.stage-v1", "snapshots/.old-v1", "snapshots/.old-zz"),
    *("snapshots/.stage-../../outside", "snapshots/.stage-zz", "manifests/.v1.json.next", "manifests/.zz.json.next"),
    *("manifests/.v1.json.next.tmp", "manifests/.zz.json.next.tmp", "manifests/.v1.json", "manifests/zz.json"),
    *("snapshots/v1", "snapshots/zz", "snapshots", "manifests", ".snap", ".snap/journal", "snapshots/v1/media"),
)


class Journals:
    """One to three names that a publication uses or may use, planted as something else."""

    name = "journals"
    codes = frozenset({1, 4})

    def prepare(self, ground: Ground) -> None:
        pass

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        for _ in range(rng.choice((1, 1, 2, 3))):
            _plant(rng, ground, ground.project / rng.choice(_NAMES))
        if rng.random() < 0.2:
            return ["capture", rng.choice(("v1", "zz")), "--db", ground.full]
        return reading(ground, rng)


def _plant(rng: Random, ground: Ground, path: Path) -> None:
    """Plant something else under a name, in half of all cases a link."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        how = rng.choice(("file", "manifest", "altered", "folder", "fifo", "link", "link", "into", "dangling", "loop"))
        if how == "file":
            path.write_bytes(rng.randbytes(rng.choice((0, 10, 5_000))))
        elif how in {"manifest", "altered"}:
            data = (ground.base / "pristine/manifests/v2.json").read_bytes()
            path.write_bytes(altered_bytes(rng, data) if how == "altered" else data)
        elif how == "folder":
            shutil.copytree(ground.base / "pristine/snapshots/v2", path)
        elif how == "fifo":
            os.mkfifo(path)
        else:
            to = {
                "link": ground.outside / "kept",
                "into": ground.outside / "folder",
                "dangling": ground.outside / "new",
            }
            path.symlink_to(to.get(how, path))
    except OSError:
        return  # something planted before is in the way
