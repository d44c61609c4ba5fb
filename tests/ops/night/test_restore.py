"""Test the step "restore": its mode with and without a reset, and the dates of the restored rows."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from snap.errors import TargetError, UsageError
from snap.progress import Silent
from snap_ops.night.restore import RestoreSettings, RestoreStep
from snap_ops.step import StepContext
from snap_restorer import Target
from snap_restorer.pg.guard import Guard
from tests.ops.night.bed import NOW, RESET, Bed, Sql, states
from tests.postgres import execute

JOINED = "SELECT min(joined)::date FROM crew"


def night(bed: Bed, *done: str, now: Any = NOW) -> StepContext:
    target = Target(bed.url)
    return StepContext(
        snapshot=bed.store.resolve("v1"),
        target=target,
        direct=target,
        now=now,
        progress=Silent(),
        stop=threading.Event(),
        done=done,
    )


def step(**given: Any) -> RestoreStep:
    return RestoreStep(settings=RestoreSettings(**given), guard=Guard(allowed=("*/*",)))


def joined(bed: Bed) -> date:
    ((found,),) = execute(bed.url, JOINED)
    return found


def test_without_a_reset_only_what_differs_is_written_and_dates_stay(bed: Bed) -> None:
    before = joined(bed)
    done = step().run(night(bed, now=NOW + timedelta(days=9)))
    assert (done.facts["mode"], done.facts["updated"], done.facts["inserted"]) == ("sync", 1, 0)
    assert done.facts["verified"] == "full"
    assert joined(bed) == before


@pytest.mark.slow
@pytest.mark.parametrize("after", [("reset",), ()])
def test_the_step_says_yes_for_nobody(bed: Bed, after: tuple[str, ...]) -> None:
    execute(bed.url, "DELETE FROM snap.ledger")
    before = bed.prints()
    for guard in (Guard(), Guard(allowed=("elsewhere/*",))):
        with pytest.raises(TargetError, match=r"no ledger|not among the databases|rows that") as refused:
            RestoreStep(settings=RestoreSettings(), guard=guard).run(night(bed, *after))
        assert refused.value.option == "yes"
    assert bed.changes(before) == []


@pytest.mark.slow
def test_nothing_to_do_says_so(bed: Bed) -> None:
    step().run(night(bed))
    assert "nothing differs" in step().run(night(bed)).detail
    assert "nothing differs" in step().plan(night(bed))[0]


@pytest.mark.slow
def test_after_a_reset_all_rows_come_dated_as_of_that_night(bed: Bed) -> None:
    later = NOW + timedelta(days=9)
    before = joined(bed)
    execute(bed.url, "TRUNCATE crew CASCADE")
    done = step().run(night(bed, "backup", "reset", now=later))
    assert (done.facts["mode"], done.facts["rows"]) == ("replace", {"crew": 10, "ship.Log book": 20})
    assert joined(bed) == before + timedelta(days=9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("as_of", "first"), [("snapshot", date(2026, 1, 1)), ("2026-11-25", date(2026, 1, 4)), ("now", date(2026, 1, 2))]
)
def test_dates_can_be_those_of_the_snapshot_or_of_any_day(bed: Bed, as_of: str, first: date) -> None:
    step(as_of=as_of).run(night(bed, "reset"))  # made on the 22nd, and the night is the 23rd's
    assert joined(bed) == first


def test_a_date_that_is_none_is_refused(bed: Bed) -> None:
    with pytest.raises(UsageError, match=r"as_of in \[restore\] is 'yesterday'"):
        step(as_of="yesterday").run(night(bed))


@pytest.mark.slow
def test_a_database_that_snap_never_filled_is_brought_to_it_as_of_that_night(bed: Bed) -> None:
    execute(bed.url, "DROP TABLE snap.ledger")
    done = step().run(night(bed, now=NOW + timedelta(days=3)))
    assert done.facts["mode"] == "sync"
    assert joined(bed) == date(2026, 1, 5)


@pytest.mark.slow
def test_a_restore_with_several_connections_that_was_cut_is_done_anew(bed: Bed) -> None:
    execute(bed.url, "UPDATE snap.ledger SET state = 'loading'")
    assert step().run(night(bed)).facts["mode"] == "replace"


@pytest.mark.slow
def test_the_plan_changes_nothing_and_counts_exactly(bed: Bed) -> None:
    before = bed.prints()
    (line,) = step().plan(night(bed))
    assert line.endswith("back to v1: would update 1 row")
    (line,) = step().plan(night(bed, "reset"))
    assert "put 30 rows of v1" in line
    assert line.endswith("dates as of 2026-11-23")
    assert bed.changes(before) == []


@pytest.mark.slow
def test_the_guard_counts_here_too(bed: Bed) -> None:
    with pytest.raises(TargetError, match="is protected"):
        replace(step(), guard=Guard(protected=("*/*",))).run(night(bed))


@pytest.mark.slow
def test_rows_that_nobody_vouched_for_are_replaced_for_the_settings_name_the_database(bed: Bed) -> None:
    """The rows that people inserted are in the night's backup."""
    execute(bed.url, "INSERT INTO crew (id, name, joined) VALUES (gen_random_uuid(), 'a stowaway', now())")
    record = bed.night(bed.backup, RESET, Sql(name="migrate"), bed.restore)
    assert states(record) == dict.fromkeys(("backup", "reset", "migrate", "restore"), "done")
    assert bed.rows() == 10


@pytest.mark.slow
def test_a_lock_that_is_held_is_told_and_nothing_changes(bed: Bed) -> None:
    before = bed.prints()
    with Target(bed.url).connect() as other:
        other.execute("LOCK TABLE public.crew IN ROW EXCLUSIVE MODE")
        record = bed.night(bed.backup, RestoreStep(settings=RestoreSettings(lock_timeout=timedelta(seconds=0.3)),
                                                   guard=Guard(allowed=("*/*",))),
                           step_limits={"restore": 3.0})  # fmt: skip
    assert (states(record), record.code, record.rolled_back) == ({"backup": "done", "restore": "failed"}, 5, "")
    assert bed.changes(before) == []


@pytest.mark.slow
def test_code_of_the_snapshot_runs_only_where_the_settings_trust_it(bed: Bed) -> None:
    execute(bed.url, "DROP SCHEMA public, ship CASCADE; CREATE SCHEMA public")
    context = night(bed, "reset")
    manifest = replace(
        context.snapshot.manifest, schema_sql=f"DO $$ BEGIN END $$;\n{context.snapshot.manifest.schema_sql}"
    )
    context = replace(context, snapshot=replace(context.snapshot, manifest=manifest))
    with pytest.raises(TargetError, match="line 1: DO"):
        step().run(context)
    assert step(trust_code=True).run(context).facts["mode"] == "replace"
