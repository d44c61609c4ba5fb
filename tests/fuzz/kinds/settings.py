"""Fuzz snap.toml: altered bytes, and altered values in valid TOML."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from random import Random
from typing import Any

from tests.fuzz.ground import Ground, run_main
from tests.fuzz.mutations import aimed, altered_bytes, altered_tree

# Every section that needs no network.
TEXT = """
[target]
db = "env:FUZZ_DB"
allowed = ["127.0.0.1/*"]
protected = ["*/production"]

[nightly]
version = "v1"
skip = ["storage"]
limit = "5 min"
lease = "30 s"

[nightly.limits]
restore = "1 min"

[backup]
to = "backups"
keep_days = 7

[reset]
schemas = ["public", "ship"]
drop = ["app"]
allow_cascade = ["trigger t on auth.users"]

[migrations]
folder = "migrations"

[restore]
as_of = "now"
lock_timeout = "2 s"

[storage]

[health]
size = "50 MB"
cache_hits = 0.9
p95 = "200 ms"

[health.settings]
"request.jwt.claims" = '{"role": "authenticated"}'

[report]
folder = "reports"
keep_days = 7

[notify]
"""


class Settings:
    """The settings of a project."""

    name = "settings"
    codes = frozenset({1, 4})  # a database may be unhealthy under other settings

    def prepare(self, ground: Ground) -> None:
        ground.environment["FUZZ_DB"] = ground.full
        ground.reset()
        (ground.project / "migrations").mkdir()
        (ground.project / "migrations" / "1_nothing.sql").write_text("SELECT 1;")
        (ground.project / "snap.toml").write_text(TEXT)
        assert run_main(ground, "health", "--version", "v1") == 0
        assert run_main(ground, "nightly", "--dry-run") == 0
        ground.keep()

    def plant(self, ground: Ground, rng: Random) -> Sequence[str]:
        path = ground.project / "snap.toml"
        if rng.random() < 0.4:
            path.write_bytes(altered_bytes(rng, TEXT.encode()))
        else:
            tree = aimed(altered_tree(rng, tomllib.loads(TEXT)), str(ground.outside))
            path.write_bytes(_toml(tree).encode("utf-8", "surrogatepass"))
        return rng.choice(
            (
                *(["list"], ["backup", "list"], ["backup", "prune"], ["diff", "v1"], ["show", "v1"]),
                *(["health", "--version", "v1"], ["nightly", "--dry-run"], ["nightly", "--dry-run"]),
                ["restore", "v1", "--dry-run", "--db", ground.full],
            )
        )


def _toml(tree: Any) -> str:
    """Return a mapping as TOML; return anything else as text."""
    if not isinstance(tree, dict):
        return _value(tree)
    lines = [f"{_key(name)} = {_value(value)}\n" for name, value in tree.items() if not isinstance(value, dict)]
    for name, section in tree.items():
        if isinstance(section, dict):
            plain = {key: value for key, value in section.items() if not isinstance(value, dict)}
            lines.append(f"[{_key(name)}]\n" + "".join(f"{_key(key)} = {_value(v)}\n" for key, v in plain.items()))
            lines += [
                f"[{_key(name)}.{_key(key)}]\n" + "".join(f"{_key(k)} = {_value(v)}\n" for k, v in inner.items())
                for key, inner in section.items()
                if isinstance(inner, dict)
            ]
    return "".join(lines)


def _key(name: Any) -> str:
    return json.dumps(str(name), ensure_ascii=False)


def _value(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_key(name)} = {_value(item)}' for name, item in value.items())}}}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
