"""Test replacing rows that break NOT VALID constraints, repeatedly, where the target has the snapshot's constraints."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snap.compare import compare, snapshot_side
from snap.errors import TargetError
from snap.store import Snapshot, Store
from snap_restorer import Target, restore
from snap_restorer.live.side import live_side
from snap_restorer.pg.ledger import last_entry
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.cases.unfinished import cut_at, run_to
from tests.fingerprint import changes, fingerprint
from tests.postgres import Servers, execute, fresh_databases

SQL = """
create domain age as int;
create domain ages as age;
create table p (id int primary key, n int);
create table c (id int primary key, p int, a ages, rest text);
create table d (id int primary key, a age[], p int);
insert into p select i, -i from generate_series(1, 2500) i;
insert into c select i, i * 2, -i from generate_series(1, 2500) i;
insert into d values (1, '{-1}', 4000);
create index named on p (n);
alter table p add constraint named check (n > 0) not valid;
alter table c add constraint c_p foreign key (p) references p on delete cascade not valid;
alter table d add constraint d_p foreign key (p) references p deferrable initially deferred not valid;
alter domain age add constraint pos check (value > 0) not valid;
comment on constraint c_p on c is 'since 2009';
comment on constraint pos on domain age is 'since 2010';
"""


@pytest.fixture
def made(databases: Callable[[], str], take: Capture, store: Store) -> Snapshot:
    source = databases()
    execute(source, SQL)
    return store.resolve(take(source, trust_code=True).version)


def holds(made: Snapshot, url: str) -> bool:
    with live_side(Target(url), made.manifest, trust_code=True) as live:
        return compare(snapshot_side(made), live).identical


def request(jobs: int = 1) -> Request:
    return Request(jobs=jobs, trust_code=True)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_that_break_them_are_replaced_again(made: Snapshot, database: str, jobs: int) -> None:
    restore(made, Target(database), request(jobs))
    before = fingerprint(database, ledger=False)
    for _ in range(2):
        restore(made, Target(database), request(jobs))
        assert changes(before, fingerprint(database, ledger=False)) == []
    assert holds(made, database)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["loading", "loaded", "committed", "bound"])
def test_an_unfinished_restore_brings_them_back_not_valid(made: Snapshot, database: str, step: str) -> None:
    restore(made, Target(database), request())
    before = fingerprint(database, ledger=False)
    cut_at(made, database, step)
    entry = last_entry(Target(database))
    assert entry is not None
    assert entry.state == "loading"
    restore(made, Target(database), request())
    assert changes(before, fingerprint(database, ledger=False)) == []
    assert holds(made, database)


def test_a_restore_that_fails_puts_them_back_not_valid(made: Snapshot, database: str) -> None:
    restore(made, Target(database), request())
    before = fingerprint(database, ledger=False)
    steps = run_to(made, database, "loaded", trust_code=True)
    with pytest.raises(TargetError) as raised:
        steps.throw(TargetError("no", "hint"))
    assert "as they were" in str(raised.value.state)
    assert changes(before, fingerprint(database, ledger=False)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("alter table p drop constraint named, add constraint named check (n > 1) not valid", 'constraint "named"'),
        ("alter table c drop constraint c_p, add constraint c_p foreign key (p) references p not valid", '"c_p"'),
        (
            "alter domain age drop constraint pos; alter domain age add constraint pos check (value > 1) not valid",
            'constraint "pos"',
        ),
        (
            "alter table p drop constraint named; create table heir () inherits (p);"
            "alter table heir add constraint named check (n > 0) not valid;"
            "alter table p add constraint named check (n > 0) not valid",
            'constraint "named"',
        ),
    ],
    ids=["another check", "another key", "another domain's check", "an heir's own"],
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_snapshot_does_not_know_binds_its_rows(
    made: Snapshot, database: str, change: str, reason: str, jobs: int
) -> None:
    restore(made, Target(database), request())
    execute(database, change)
    before = fingerprint(database, ledger=False)
    with pytest.raises(TargetError, match=reason) as raised:
        restore(made, Target(database), request(jobs))
    assert changes(before, fingerprint(database, ledger=False)) == []
    assert raised.value.unchanged or "as they were" in str(raised.value.state)


@pytest.mark.slow
def test_a_snapshot_of_an_older_server_is_replaced_again(
    all_servers: Servers, take: Capture, store: Store, database: str
) -> None:
    old = all_servers.get("15")
    if old is None:
        pytest.skip("no Postgres 15 on this machine (.ci/run says how to install it)")
    with fresh_databases(old) as fresh:
        source = fresh()
        execute(source, SQL)
        made = store.resolve(take(source, trust_code=True).version)
    restore(made, Target(database), request())
    restore(made, Target(database), request())
    assert holds(made, database)
