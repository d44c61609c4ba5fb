"""Test the lease of a database: one holder, a heartbeat, and interference by others."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from snap.errors import Interrupted, TargetError
from snap.progress import Silent
from snap_ops.night.lease import BusyError, leased
from snap_restorer import Target
from snap_restorer.pg import journal
from tests.ops.night.bed import LEASE_S, Bed, Sql, states
from tests.postgres import execute, name_of

BEAT_S = LEASE_S / 6


def rows(url: str) -> list[tuple[Any, ...]]:
    return execute(url, "SELECT id, touched IS NOT NULL, backup, outcome FROM snap.night ORDER BY id")


def test_a_night_whose_lease_was_taken_can_note_nothing_more(database: str) -> None:
    target = Target(database)
    first = journal.take(target, holder="first", token="a", lease_s=LEASE_S)
    assert isinstance(first, int)
    assert journal.touch(target, first, "a", "some backup")
    execute(database, "UPDATE snap.night SET heartbeat = heartbeat - interval '1 hour'")
    second = journal.take(target, holder="second", token="b", lease_s=LEASE_S)
    assert isinstance(second, int)
    assert not journal.beat(target, first, "a")
    assert not journal.touch(target, first, "a", None)
    assert not journal.end(target, first, "a", "done")
    (left,) = journal.unended(target, own=second)
    assert (left.id, left.touched is not None, left.backup) == (first, True, "some backup")


def test_only_one_of_many_that_begin_at_once_gets_it(database: str) -> None:
    found: list[Any] = []

    def begin(name: str) -> None:
        found.append(journal.take(Target(database), holder=name, token=name, lease_s=60))

    threads = [threading.Thread(target=begin, args=(str(i),)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert sum(isinstance(one, int) for one in found) == 1


@pytest.mark.slow
def test_the_second_one_is_told_who_holds_it_and_since_when(bed: Bed) -> None:
    since = r"another night \(.+, process \d+, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\) is under way"
    with leased(Target(bed.url), LEASE_S, Silent(), lambda _: None), pytest.raises(BusyError) as caught:
        bed.night(bed.restore)
    assert re.search(since, caught.value.message)
    assert caught.value.code == 5


@pytest.mark.slow
def test_waiting_for_a_sign_of_life_can_be_ended(database: str) -> None:
    journal.take(Target(database), holder="other", token="x", lease_s=60)

    def interrupted() -> None:
        raise Interrupted(15)

    with pytest.raises(Interrupted), leased(Target(database), 60, Silent(), lambda _: None, interrupted):
        pass


def test_a_lease_that_was_left_is_free_at_once(database: str) -> None:
    target = Target(database)
    with leased(target, 60, Silent(), lambda _: None) as lease:
        lease.touch("some backup")
        lease.leave()
    assert isinstance(journal.take(target, holder="next", token="y", lease_s=60), int)
    assert rows(database)[0][1:] == (True, "some backup", None)


def test_a_lease_is_lost_when_the_table_says_another_holder(database: str) -> None:
    lost = threading.Event()
    with leased(Target(database), LEASE_S, Silent(), lambda _: lost.set()) as lease:
        execute(database, "UPDATE snap.night SET token = 'other'")
        assert lost.wait(LEASE_S * 5)
        assert lease.lost.is_set()
        with pytest.raises(TargetError, match="taken this database over"):
            lease.touch(None)


@pytest.mark.slow
def test_a_server_that_is_away_for_longer_than_the_lease_loses_it(databases: Callable[[], str]) -> None:
    url, lost = databases(), threading.Event()
    with leased(Target(url), 1.0, Silent(), lambda _: lost.set()):
        name = name_of(url)
        execute(databases(), f'ALTER DATABASE "{name}" RENAME TO "{name} away"')
        try:
            assert lost.wait(20)
        finally:
            execute(databases(), f'ALTER DATABASE "{name} away" RENAME TO "{name}"')


@pytest.mark.slow
def test_a_command_that_drops_the_journal_finds_it_written_anew(bed: Bed) -> None:
    """The command drops every user-defined schema, as `supabase db reset` does."""
    migrate = Sql(name="migrate", sql=("DROP SCHEMA snap, ship CASCADE", "DROP TABLE crew", "DROP TYPE mood"))
    record = bed.night(bed.backup, migrate, bed.restore)
    assert record.ok, record
    assert rows(bed.url) == [(2, True, record.steps[0].facts["id"], "done")]
    assert bed.unsettled() is None


@pytest.mark.slow
def test_the_heartbeat_writes_the_journal_anew(bed: Bed) -> None:
    found: list[Any] = []

    def wait(_: Any) -> None:
        until = time.monotonic() + LEASE_S * 5
        while time.monotonic() < until and not found:
            time.sleep(BEAT_S)
            if execute(bed.url, "SELECT pg_catalog.to_regclass('snap.night') IS NOT NULL")[0][0]:
                found.extend(rows(bed.url))

    migrate = Sql(name="migrate", sql=("DROP TABLE snap.night",), then=wait)
    record = bed.night(bed.backup, migrate)
    assert record.ok
    assert found == [(2, True, record.steps[0].facts["id"], None)]


@pytest.mark.slow
def test_a_command_that_drops_the_journal_and_fails_is_put_back(bed: Bed) -> None:
    before = bed.prints()
    migrate = Sql(name="migrate", sql=("DROP SCHEMA snap CASCADE", "SELECT 1/0"))
    record = bed.night(bed.backup, migrate, bed.restore)
    assert states(record) == {"backup": "done", "migrate": "failed", "put back": "done", "restore": "skipped"}
    assert bed.changes(before) == []
    assert bed.unsettled() is None


@pytest.mark.slow
def test_who_was_taken_over_at_the_very_end_has_failed(bed: Bed) -> None:
    storage = Sql(name="storage", sql=("UPDATE snap.night SET token = 'other' WHERE ended IS NULL",))
    record = bed.night(bed.backup, bed.restore, storage, lease_s=600.0)  # no heartbeat notices it before
    assert not record.ok
    assert record.code == 5
    assert "taken this database over" in next(step.detail for step in record.steps if not step.ok)


@pytest.mark.slow
def test_who_was_taken_over_puts_nothing_back(bed: Bed) -> None:
    taken = "UPDATE snap.night SET token = 'other' WHERE ended IS NULL"
    migrate = Sql(name="migrate", sql=("ALTER TABLE crew ADD half text", taken, "SELECT 1/0"))
    record = bed.night(bed.backup, migrate, lease_s=600.0)
    assert record.rolled_back == ""
    failed = next(step for step in record.steps if step.name == "put back")
    assert "taken this database over" in failed.detail
    assert bed.unsettled() is not None


@pytest.fixture
def tenant(pg: Any, databases: Callable[[], str]) -> str:
    """Return the conninfo of a role that may not create schemas, in a database with a schema prepared for the role."""
    url = databases()
    execute(url, "DROP ROLE IF EXISTS lodger; CREATE ROLE lodger LOGIN; CREATE SCHEMA snap AUTHORIZATION lodger")
    return f"host={pg.socket} port={pg.port} user=lodger dbname='{Target(url).parameters()['dbname']}'"


def test_a_role_that_may_create_no_schema_keeps_the_journal_in_the_one_it_was_given(tenant: str) -> None:
    with leased(Target(tenant), LEASE_S, Silent(), lambda _: None) as lease:
        lease.touch(None)
        assert lease.end("done")


def test_nothing_of_the_lease_is_prepared_or_kept_in_a_session(bouncer_port: int, database: str) -> None:
    name = name_of(database).replace(" ", "%20")
    through = Target(f"postgresql://postgres@127.0.0.1:{bouncer_port}/{name}")
    with leased(through, LEASE_S, Silent(), lambda _: None) as lease:
        lease.touch("some backup")
        assert lease.beat()
        assert lease.end("done")
    assert rows(database) == [(1, True, "some backup", "done")]


@pytest.mark.slow
def test_a_dead_holder_whose_clock_was_ahead_is_waited_for_one_lease_only(database: str) -> None:
    target = Target(database)
    assert isinstance(journal.take(target, holder="dead", token="a", lease_s=LEASE_S), int)
    execute(database, "UPDATE snap.night SET heartbeat = heartbeat + interval '1 hour'")
    began = time.monotonic()

    def require_going() -> None:
        if time.monotonic() - began > LEASE_S + 3:
            raise Interrupted(15)

    with leased(target, LEASE_S, Silent(), lambda _: None, require_going) as lease:
        assert lease.night == 2
    assert time.monotonic() - began >= LEASE_S


def test_a_holder_that_lives_is_seen_although_the_clock_was_set_back(database: str) -> None:
    target = Target(database)
    with leased(target, LEASE_S, Silent(), lambda _: None):
        execute(database, "UPDATE snap.night SET heartbeat = heartbeat + interval '1 hour'")
        with pytest.raises(BusyError), leased(target, LEASE_S, Silent(), lambda _: None):
            pass
