"""Whole nights that are cut: at drawn instants of every step, so that each kind of instant is among them."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.fingerprint import Fingerprint
from tests.ops.staging import Staging
from tests.postgres import execute

STEPS = ("backup", "diff", "survey", "reset", "migrate", "restore", "losses", "storage", "health", "report")


def seconds_of(told: Mapping[str, Any]) -> dict[str, float]:
    """Return how long each step of a night took, by what the command printed."""
    return {step["name"]: step["seconds"] for step in told["steps"]}


def instants(count: int, seconds: Mapping[str, float], seed: int) -> Iterator[tuple[str, float]]:
    """Return `count` instants: a step, in turn, and the seconds since it began, drawn within its length."""
    drawn = random.Random(seed)
    for number in range(count):
        step = STEPS[number % len(STEPS)]
        yield step, drawn.uniform(0, seconds[step])


def wait_for(process: subprocess.Popen[str], step: str, delay: float) -> list[str]:
    """Return what a night said until `delay` seconds after it began a step, or until its end."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith(f"note: {step} "):
            break
    time.sleep(delay)
    return said


def require_old_or_new(
    place: Staging, told: Mapping[str, Any], old: Fingerprint, new: Fingerprint, changes: Callable[[Fingerprint], Any]
) -> str:
    """Return which night the database holds after a repair: "old", "put back" (the old one, from a backup) or "new".

    Raises AssertionError where it is neither, or where what was said is not so.
    """
    back = told["rolled_back"]
    since = changes(old)
    if since == []:
        left = "put back" if back else "old"
    else:
        other = changes(new)
        assert other == [], (since, told)
        assert back == ""
        left = "new"
    assert execute(place.url, "SELECT count(*) FROM snap.night WHERE ended IS NULL") == [(0,)]
    kept, broken = place.backups()
    assert broken == ()
    named = re.search(r"what was there before is in safety backup (\S+)$", back)
    assert (named is not None) == (back != "")
    assert named is None or named[1] in {backup.id for backup in kept if backup.safety}
    return left
