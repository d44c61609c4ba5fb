"""Test nights that are killed or stopped at any instant: the next night finds the old or the new rows and objects.

If the next night finds another state, it puts the database back, although it knows only the journal in the database.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from snap.errors import ServiceError
from snap.progress import Silent
from snap_ops.night.run import run_night
from snap_restorer import Target
from snap_restorer.pg import journal
from tests.ops.night import killed
from tests.ops.night.bed import NOW, Bed, Sql, states
from tests.params import KILLS, few
from tests.paths import ROOT
from tests.postgres import execute

pytestmark = pytest.mark.slow

LEASE_S = 2.0
SEED = 20261123


class Killed:
    """A night in a separate process."""

    def __init__(self, bed: Bed) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ops.night.killed", str(bed.root), bed.url, str(LEASE_S)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )

    def until(self, step: str) -> None:
        """Wait until a step begins."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(f"{step} …"):
                return
        raise AssertionError(f"{step} never began")

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.ends()

    def ends(self) -> int:
        assert self.process.stdout is not None
        self.process.stdout.read()
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


def next_night(bed: Bed, *steps: Any) -> Any:
    """Run a night as the scheduler does next, with the configured way to put a database back."""
    whole = killed.pipeline(bed.root, bed.url, LEASE_S)
    return bed.night(*steps, lease_s=LEASE_S, put_back=whole.put_back, save=whole.save)


def new(bed: Bed) -> bool:
    """Return whether the rows are those of the night: none is missing, and no change of people remains."""
    found = execute(bed.url, "SELECT count(*), count(*) FILTER (WHERE name = 'changed by people') FROM crew")
    (log,) = execute(bed.url, 'SELECT count(*) FROM ship."Log book"')
    return (found[0], log) == ((10, 0), (20,))


def whole(bed: Bed, before: Any) -> str:
    """Run another night, which repairs. Return "old" or "new", the rows and objects that the database then holds."""
    record = next_night(bed)
    assert record.ok, record
    assert bed.unsettled() is None
    lines = bed.changes(before)
    if lines == []:
        return "old"
    assert new(bed), lines
    return "new"


@pytest.fixture
def lived(bed: Bed) -> Bed:
    """Return a database in which a complete night ran, and which people have changed since."""
    killed.prepare(bed.root)
    assert run_night(killed.pipeline(bed.root, bed.url, LEASE_S), now=NOW, progress=Silent()).ok
    change(bed)
    return bed


def change(bed: Bed) -> None:
    """Change a row, as people do."""
    execute(bed.url, "UPDATE crew SET name = 'changed by people' WHERE id = (SELECT min(id::text)::uuid FROM crew)")


MOMENTS = few([("restore", 0.06), ("backup", 0.0), ("reset", 0.0), ("migrate", 0.02)], 1)


@pytest.mark.parametrize(("step", "seconds"), MOMENTS)
def test_a_night_that_is_killed_is_repaired_by_the_next(lived: Bed, step: str, seconds: float) -> None:
    before = lived.prints()
    night = Killed(lived)
    night.until(step)
    time.sleep(seconds)
    night.end(signal.SIGKILL)
    cut = lived.unsettled()
    assert step == "restore" or (step == "backup") == (cut is None)  # a restore may be done by then
    assert whole(lived, before) == "old" or (step, seconds) == ("restore", 0.06)
    full = run_night(killed.pipeline(lived.root, lived.url, LEASE_S), now=NOW, progress=Silent())
    assert full.ok
    assert new(lived)


@pytest.mark.slow
def test_kill_9_at_random_instants(lived: Bed) -> None:
    """Each step is killed at random instants, so that some kills hit before, during and after changes of rows."""
    chance = random.Random(SEED)
    undisturbed, began = Killed(lived), []
    for step in killed.STEPS:
        undisturbed.until(step)
        began.append(time.monotonic())
    assert undisturbed.ends() == 0
    lengths = [after - before for before, after in pairwise([*began, time.monotonic()])]
    seen = Counter[str]()
    print(f"seed {SEED}: instants in steps of {', '.join(f'{length:.2f} s' for length in lengths)}")
    for i in range(3 * KILLS):
        if i >= KILLS and min(seen["repaired"], seen["old"]) >= 3:
            break
        turn, place = divmod(i, len(killed.STEPS))
        change(lived)
        before = lived.prints()
        night = Killed(lived)
        night.until(killed.STEPS[place])
        turns = max(1, KILLS // len(killed.STEPS))
        time.sleep((turn % turns + chance.random()) / turns * lengths[place])
        night.end(signal.SIGKILL)
        cut = lived.unsettled()
        state = whole(lived, before)
        print(f"{i}: in {killed.STEPS[place]}, {'touched' if cut else 'settled'}, then {state}")
        seen["repaired" if cut else state] += 1
    assert seen["repaired"] >= 3, seen
    assert seen["old"] >= 3, seen


def test_killed_while_it_repairs_it_is_repaired_again(lived: Bed) -> None:
    before = lived.prints()
    night = Killed(lived)
    night.until("restore")
    night.end(signal.SIGKILL)
    again = Killed(lived)
    assert again.process.stdout is not None
    for line in again.process.stdout:
        if "putting the database back" in line:
            break
    time.sleep(0.1)
    again.end(signal.SIGKILL)
    assert lived.unsettled() is not None or lived.changes(before) == []
    assert whole(lived, before) == "old"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("step", few(["restore", "backup", "reset", "migrate"], 1))
def test_a_night_that_is_told_to_end_puts_back_and_says_so(lived: Bed, step: str, number: signal.Signals) -> None:
    before = lived.prints()
    night = Killed(lived)
    night.until(step)
    code = night.end(number)
    # It may have been through before the signal came.
    assert code == 128 + number or (code == 0 and new(lived))
    assert lived.unsettled() is None
    assert code == 0 or lived.changes(before) == []


def test_a_night_that_cannot_be_repaired_says_who_made_the_backup_and_touches_nothing(bed: Bed) -> None:
    target = Target(bed.url)
    cut = journal.take(target, holder="another machine, process 7", token="x", lease_s=0)
    assert isinstance(cut, int)
    journal.touch(target, cut, "x", "20261122T030000Z-000000000000")
    journal.leave(target, cut, "x")
    execute(bed.url, 'DELETE FROM ship."Log book"')
    killed.prepare(bed.root)
    before = bed.prints()
    record = next_night(bed, bed.backup, bed.restore)
    assert (states(record), record.code) == ({"repair": "failed"}, 3)
    assert "another machine, process 7" in record.steps[0].hint
    assert "snap nightly goes on if it skips the step repair" in record.steps[0].hint
    assert bed.changes(before) == []
    assert bed.unsettled() is not None
    forgiven = next_night(replace_repair(bed), bed.restore)
    assert states(forgiven) == {"repair": "warned", "restore": "done"}
    assert "not put back because the step repair is skipped" in forgiven.steps[0].warnings[0]
    assert bed.unsettled() is None
    assert new(bed)


def replace_repair(bed: Bed) -> Bed:
    """Return the same Bed, with nights that do not repair."""

    class Forgiving(Bed):
        def pipeline(self, *steps: Any, **changed: Any) -> Any:
            return super().pipeline(*steps, **{"repair": False, **changed})

    return Forgiving(bed.url, bed.store, bed.root, bed.put_back, bed.backup, bed.restore)


def test_the_next_night_need_not_wait_for_one_that_could_not_put_back(bed: Bed) -> None:
    def broken(_night: Any, _backup: str) -> Any:
        raise ServiceError("the bucket is away")

    before = bed.prints()
    migrate = Sql(name="migrate", sql=("ALTER TABLE crew ADD half text", "SELECT 1/0"))
    assert not bed.night(bed.backup, migrate, put_back=broken, lease_s=600.0).ok
    assert states(bed.night(lease_s=600.0)) == {"repair": "done"}
    assert bed.changes(before) == []


def test_the_journal_is_no_part_of_a_backup(bed: Bed) -> None:
    bed.night(bed.backup)
    held = next(iter((bed.root / "backups").glob("*.json"))).read_text()
    assert "snap.ledger" in held
    assert "snap.night" not in held
