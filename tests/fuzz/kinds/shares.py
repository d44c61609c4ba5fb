"""Fuzz the records and files of shares of a version: altered bytes and fields, and other things under their names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from random import Random

from tests.fuzz.ground import Ground, run_main
from tests.fuzz.mutations import aimed, altered_bytes, altered_tree
from tests.paths import ROOT


class Shares:
    """Two shares, which together are the whole version s."""

    name = "shares"
    codes = frozenset({4})

    def prepare(self, ground: Ground) -> None:
        ground.reset()
        shutil.copytree(ROOT / "tests" / "toy", ground.project / "datasets" / "ship")
        for share in ("1/2", "2/2"):
            assert run_main(ground, "build", "s", "--parts", share) == 0
        ground.keep()

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        folder = ground.project / "snapshots" / ".parts-s"
        record = folder / f"share-{rng.choice((1, 2))}.json"
        chance = rng.random()
        if chance < 0.3:
            record.write_bytes(altered_bytes(rng, record.read_bytes()))
        elif chance < 0.8:
            body = altered_tree(rng, json.loads(record.read_text()))
            record.write_bytes(json.dumps(aimed(body, str(ground.outside))).encode("utf-8", "surrogatepass"))
        else:
            below = [path for name in ("files", "sums") for path in sorted((folder / name).rglob("*"))]
            place = rng.choice((record, folder, folder / "files", folder / "sums", *below))
            shutil.rmtree(place) if place.is_dir() else place.unlink()
            if rng.random() < 0.7:
                place.symlink_to(ground.outside / rng.choice(("kept", "folder", "new")))
        return rng.choice(
            (
                *[["publish", "s", "--postgres", "none"]] * 3,
                ["build", "s", "--parts", rng.choice(("1/2", "2/2", "2/3"))],
                rng.choice((["rm", "s", "--parts", "--yes"], ["list"])),
            )
        )
