"""Interrupt whole nights at random instants, so that every step is interrupted."""

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
    """Return how long each step of a night took, from the command's JSON."""
    return {step["name"]: step["seconds"] for step in told["steps"]}


def instants(count: int, seconds: Mapping[str, float], seed: int) -> Iterator[tuple[str, float]]:
    """Yield `count` instants, spread evenly over the steps, each a random number of seconds within the step's time."""
    drawn = random.Random(seed)
    for number in range(count):
        step = STEPS[(2 * number + 1) * len(STEPS) // (2 * count)]
        yield step, drawn.uniform(0, seconds[step])


def wait_for(process: subprocess.Popen[str], step: str, delay: float) -> list[str]:
    """Return the output of a night until `delay` seconds after it began a step, or until its end."""
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
    """Return the state of the database after a repair: "old", "put back" (old, from a backup) or "new".

    Raise AssertionError if the database is in any other state, or if the command's report is wrong.
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
