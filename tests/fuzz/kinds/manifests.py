"""Fuzz manifests: altered bytes, which the seal reveals, and altered fields with a valid seal."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.fuzz.ground import Ground, emptied
from tests.fuzz.mutations import aimed, altered_bytes, altered_tree

OPTIONAL = {  # the fields of format 2
    "sequences": [{"schema": "outside", "name": "numbers", "last_value": 7, "is_called": True}],
    "revision": "1",
    "statistics": {"crew": {"rows": [1, None, 0.5, "x"]}},
    "edge_cases": {"crew": {"name": ["", "é"]}},
}


def sealed(body: dict[str, Any]) -> bytes:
    """Return the text of a manifest with a valid seal."""
    body.pop("sha256", None)
    text = json.dumps(body, indent=2, ensure_ascii=False)[: -len("\n}")].encode("utf-8", "surrogatepass")
    return text + f',\n  "sha256": "{hashlib.sha256(text).hexdigest()}"\n}}\n'.encode()


def reading(ground: Ground, rng: Random) -> Sequence[str]:
    """Return a command that reads v1."""
    choices: list[Sequence[str]] = [
        *(["list"], ["show", "v1"], ["show", "v1", "--schema"], ["check", "v1"], ["diff", "v1", "v2"]),
        ["restore", "v1", "--dry-run", "--db", "@empty"],
        ["restore", "v1", "--db", "@empty"],
        ["restore", "v1", "--mode", "sync", "--yes", "--db", ground.full],
        ["diff", "v1", "--db", ground.full],
        ["rm", "v1", "--yes"],
    ]
    return [emptied(ground.empty) if word == "@empty" else word for word in rng.choice(choices)]


class RawManifest:
    """The bytes of a manifest, or something else under its name."""

    name = "manifest"
    codes = frozenset({1, 4})  # for a harmless alteration: versions differ (1), or a check fails (4)

    def prepare(self, ground: Ground) -> None:
        pass

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        path = ground.manifest
        data = altered_bytes(rng, path.read_bytes())
        if rng.random() < 0.9:
            path.write_bytes(data)
            return reading(ground, rng)
        path.unlink()
        how = rng.choice(("folder", "fifo", "link", "dangling", "loop", "device", "socket"))
        if how == "folder":
            path.mkdir()
        elif how == "fifo":
            os.mkfifo(path)
        else:
            to = {"link": ground.outside / "kept", "dangling": ground.outside / "new", "loop": path}
            path.symlink_to(to.get(how, "/dev/zero"))
        return reading(ground, rng)


class SealedManifest:
    """Fields of a manifest with a valid seal: whoever can write a manifest can also seal it."""

    name = "sealed"
    codes = frozenset({1, 4})

    def prepare(self, ground: Ground) -> None:
        pass

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        body = json.loads(ground.manifest.read_text())
        if rng.random() < 0.5:
            schema_sql = body.pop("schema_sql")
            body |= {"format": 2, **OPTIONAL, "schema_sql": schema_sql}
        body = altered_tree(rng, body)
        ground.manifest.write_bytes(sealed(aimed(body, str(ground.outside))))
        return reading(ground, rng)
