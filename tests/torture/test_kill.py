"""Test snap killed or interrupted at any instant: the rows are all old or all new, and no session or lock stays."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter

import pytest

from tests.fingerprint import changes, fingerprint, leftovers
from tests.params import KILLS
from tests.postgres import execute
from tests.torture.arena import MODES, OWNER, Arena, Mode, Run, in_any, in_copy

pytestmark = pytest.mark.slow

SEED = 20261122
each_mode = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)


def at(arena: Arena, target: str, mode: Mode, number: int, seconds: float) -> tuple[str, str]:
    """Send the signal `seconds` after the session began; return the statement at that time, and the final state."""
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target), *mode.flags)
        arena.when(watch, run, in_any)
        time.sleep(seconds)
        statement = arena.phase(watch) or "no session"
        run.kill(number)
        ran = run.ends()
    assert ran.code in {-number, 0}, ran
    state = arena.state(target, mode)
    assert ran.code == -number or state == "new"
    return statement, state


def session_seconds(arena: Arena, target: str, mode: Mode) -> float:
    """Return how many seconds the session of an undisturbed restore lasts."""
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target), *mode.flags)
        arena.when(watch, run, in_any)
        began = time.monotonic()
        assert run.ends().code == 0
        return time.monotonic() - began


@each_mode
def test_kill_9_at_random_instants(arena: Arena, mode: Mode) -> None:
    chance = random.Random(f"{SEED} {mode.name}")
    target = arena.database()
    whole = session_seconds(arena, target, mode)
    seen, states = Counter[str](), Counter[str]()
    print(f"seed {SEED}, {KILLS} instants in {whole:.2f} s")
    fresh = False
    for i in range(3 * KILLS):
        if i >= KILLS and states["old"] + states["loading"] >= KILLS // 4 and len(seen) > 2:
            break
        if not fresh:
            arena.drop(target)
            target = arena.database()
        # One in each part of the session's time, a little over its end too.
        instant = (i % KILLS + chance.random()) / KILLS * whole * 1.05
        statement, state = at(arena, target, mode, signal.SIGKILL, instant)
        print(f"{instant:.3f} s: {state}, at {statement[:70]!r}")
        states[state] += 1
        seen[statement.split(" ")[0]] += 1
        fresh = state == "old"
        if i % 10 == 0 or state == "loading":
            arena.repaired(target, mode)
            fresh = False
    arena.repaired(target, mode)
    arena.drop(target)
    assert states["old"] + states["loading"] >= KILLS // 4, states
    assert len(seen) > 2, seen  # which ones is chance; a kill in each phase is below


@each_mode
@pytest.mark.parametrize("begins", ["COPY", "ANALYZE"])
def test_kill_9_in_a_phase(arena: Arena, target: str, mode: Mode, begins: str) -> None:
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target), *mode.flags)
        reached = arena.when(watch, run, lambda statement: statement.startswith(begins))
        run.kill(signal.SIGKILL)
        ran = run.ends()
    assert reached, "the restore ended without that"
    assert ran.code == -signal.SIGKILL
    assert arena.state(target, mode) in ({"old"} if mode.atomic else {"old", "loading"})
    arena.repaired(target, mode)


def test_kill_9_leaves_no_schema_in_an_empty_database(arena: Arena) -> None:
    arena.start()
    execute(arena.admin(), f'CREATE DATABASE "Void" OWNER "{OWNER}"')
    before = fingerprint(arena.admin("Void"))
    with arena.watching() as watch:
        run = arena.begin("new", arena.url("Void"))
        assert arena.when(watch, run, in_copy)
        run.kill(signal.SIGKILL)
        run.ends()
    assert leftovers(arena.admin("Void")) == []
    assert changes(before, fingerprint(arena.admin("Void"))) == []
    assert arena.restore("new", "Void").code == 0
    arena.drop("Void")


@each_mode
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("json_output", [pytest.param(False, id="text"), pytest.param(True, id="json")])
def test_an_interruption_in_copy_is_one_clear_error(
    arena: Arena, target: str, mode: Mode, number: signal.Signals, json_output: bool
) -> None:
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target), *mode.flags, json_output=json_output)
        assert arena.when(watch, run, in_copy)
        run.kill(number)
        ran = run.ends(seconds=20)
    assert ran.code == 128 + number, ran
    assert "interrupted" in ran.error
    assert arena.state(target, mode) in ({"old"} if mode.atomic else {"old", "loading"})
    arena.repaired(target, mode)


@pytest.mark.parametrize(
    ("mode", "number"),
    [(mode, signal.SIGTERM if place % 2 else signal.SIGINT) for place, mode in enumerate(MODES)],
    ids=lambda each: each.name,
)
def test_interruptions_at_random_instants(arena: Arena, mode: Mode, number: signal.Signals) -> None:
    """From the process' first breath on: before its handler is there, the signal itself ends it."""
    chance = random.Random(f"{SEED} {mode.name} {number}")
    target = arena.database()
    began = time.monotonic()
    assert arena.restore("new", target, *mode.flags).code == 0
    whole = time.monotonic() - began
    codes = Counter[int]()
    print(f"seed {SEED}, in {whole:.2f} s")
    state = "new"
    for i in range(24):
        if i >= 8 and codes[128 + number] >= 3:
            break
        if state != "old":
            arena.drop(target)
            target = arena.database()
        instant = (i % 8 + chance.random()) / 8 * whole
        run = arena.begin("new", arena.url(target), *mode.flags)
        time.sleep(instant)
        run.kill(number)
        ran = run.ends(seconds=20) if instant > whole / 4 else _early(run)
        state = arena.state(target, mode)
        print(f"{instant:.3f} s: exit {ran}, {state}")
        code = ran if isinstance(ran, int) else ran.code
        codes[code] += 1
        # After the result was printed too, while Python ends, the signal itself ends the process.
        assert code in {128 + number, 0, -number, *({1} if instant <= whole / 4 else ())}, ran
        assert state == "new" or (code != 0 and (code != -number or instant <= whole / 4)), ran
    arena.repaired(target, mode)
    arena.drop(target)
    assert codes[128 + number] >= 3, codes


def _early(run: Run) -> int:
    """Return the exit code. While Python starts, an interruption may print a traceback: no code of snap runs yet."""
    run.process.communicate(timeout=30)
    return run.process.returncode


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode.atomic], ids=lambda mode: mode.name)
def test_a_stopped_and_continued_process_goes_on(arena: Arena, target: str, mode: Mode) -> None:
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target), *mode.flags)
        assert arena.when(watch, run, in_copy)
        run.kill(signal.SIGSTOP)
        time.sleep(1.5)
        run.kill(signal.SIGCONT)
        assert run.ends().code == 0
    assert arena.state(target, mode) == "new"


def test_a_terminal_that_closes_leaves_the_old_rows(arena: Arena, target: str) -> None:
    with arena.watching() as watch:
        run = arena.begin("new", arena.url(target))
        assert arena.when(watch, run, in_copy)
        run.kill(signal.SIGHUP)
        ran = run.ends(seconds=20)
    assert ran.code == -signal.SIGHUP
    assert arena.state(target) == "old"
