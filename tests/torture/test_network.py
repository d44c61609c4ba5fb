"""Test a connection that breaks: at an exact byte by a proxy, by a pooler, by silence."""

from __future__ import annotations

import random
import signal

import pytest

from tests.fingerprint import leftovers
from tests.torture.arena import MODES, Arena, Mode, in_copy
from tests.torture.pgbouncer import needs_pgbouncer, pgbouncer
from tests.torture.proxy import Cut, proxy

pytestmark = pytest.mark.slow

SEED = 20261122
each_mode = pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
COMMIT = b"COMMIT\0"


def broken(arena: Arena, target: str, mode: Mode, cut: Cut, *, late: bool = False) -> tuple[str, str]:
    """Restore through a proxy that cuts the connection; return snap's output, and the state afterwards.

    `late`: the restore may end before the point of the cut, because the bytes that several connections send vary.
    """
    with proxy(arena.server.port, cut) as made:
        ran = arena.begin("new", arena.url(target, port=made.port), *mode.flags).ends()
        assert late or made.was_cut.is_set()
    assert ran.code == 6 or not made.was_cut.is_set(), ran
    return ran.err, arena.state(target, mode)


def unfinished(mode: Mode) -> set[str]:
    return {"old"} if mode.atomic else {"old", "loading"}


@each_mode
@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_connection_cut_in_copy_leaves_the_old_rows(arena: Arena, target: str, mode: Mode, how: str) -> None:
    _, state = broken(arena, target, mode, Cut(after=2_000_000, how=how))
    assert state in unfinished(mode)
    arena.repaired(target, mode)


@each_mode
def test_a_connection_cut_anywhere_leaves_the_old_rows(arena: Arena, target: str, mode: Mode) -> None:
    chance = random.Random(f"{SEED} {mode.name}")
    scratch = arena.database()
    with proxy(arena.server.port) as made:
        assert arena.begin("new", arena.url(scratch, port=made.port), *mode.flags).ends().code == 0
        whole = made.sent
    arena.drop(scratch)
    print(f"seed {SEED}, {whole} bytes")
    for i in range(12):
        # Early ones fall into the login, the plan and the locks, late ones into what follows the rows.
        place = (1, 60, 200, 2_000, whole - 5_000, whole - 500)[i] if i < 6 else chance.randrange(whole)
        cut = Cut(after=place, how=chance.choice(["reset", "close"]))
        said, state = broken(arena, target, mode, cut, late=not mode.atomic)
        print(f"{cut}: {state}: {said}")
        assert state in unfinished(mode) or (not said and not mode.atomic)
    arena.repaired(target, mode)


@each_mode
def test_a_commit_that_never_arrives_leaves_the_old_rows(arena: Arena, target: str, mode: Mode) -> None:
    _, state = broken(arena, target, mode, Cut(at=COMMIT))
    assert state in unfinished(mode)
    arena.repaired(target, mode)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_commit_whose_answer_is_lost_is_not_said_to_have_changed_nothing(arena: Arena, target: str, how: str) -> None:
    said, state = broken(arena, target, MODES[0], Cut(at=COMMIT, delivered=True, how=how))
    assert state == "new"
    assert "nothing was changed" not in said
    assert "it is unknown whether the transaction was committed" in said
    arena.repaired(target)


@each_mode
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_connection_that_fell_silent_can_be_interrupted(
    arena: Arena, target: str, mode: Mode, number: signal.Signals
) -> None:
    with proxy(arena.server.port, Cut(after=2_000_000, how="silence")) as made:
        run = arena.begin("new", arena.url(target, port=made.port), *mode.flags)
        assert made.was_cut.wait(30)
        run.kill(number)
        ran = run.ends(seconds=20)
    assert ran.code == 128 + number
    assert arena.state(target, mode) in unfinished(mode)
    arena.repaired(target, mode)


@needs_pgbouncer
@each_mode
def test_through_a_pooler_in_transaction_mode(arena: Arena, target: str, mode: Mode) -> None:
    with pgbouncer(arena.server.port) as pooler:
        for version in ("old", "new"):
            ran = arena.begin(version, arena.url(target, port=pooler.port), *mode.flags).ends()
            assert ran.code == 0, ran
        # The pooler keeps its own sessions; what they hold between transactions must be nothing.
        assert not [left for left in _left(arena, target) if "idle)" not in left]
    assert arena.state(target, mode) == "new"


def _left(arena: Arena, target: str) -> list[str]:
    return leftovers(arena.admin(target), seconds=0)


@needs_pgbouncer
@each_mode
@pytest.mark.parametrize(
    ("settings", "blow"),
    [
        ("", "kill -9"),
        ("", "KILL"),
        ("query_timeout = 0.3", ""),
        ("server_lifetime = 1\nserver_idle_timeout = 1", ""),
    ],
)
def test_a_pooler_that_cuts_the_connection(arena: Arena, target: str, mode: Mode, settings: str, blow: str) -> None:
    with pgbouncer(arena.server.port, settings) as pooler, arena.watching() as watch:
        run = arena.begin("new", arena.url(target, port=pooler.port), *mode.flags)
        if blow:
            assert arena.when(watch, run, in_copy)
        if blow == "kill -9":
            pooler.process.kill()
        elif blow == "KILL":
            pooler.command(f'KILL "{target}"')
        ran = run.ends()
    state = arena.state(target, mode)
    print(settings, blow, ran)
    if blow in {"kill -9", "KILL"}:  # no query need last as long as the timeout
        assert ran.code == 6, ran
    assert state == "new" if ran.code == 0 else state in unfinished(mode)
    arena.repaired(target, mode)
