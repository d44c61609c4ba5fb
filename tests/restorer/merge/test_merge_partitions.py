"""Test --mode missing and --mode sync with keys and foreign keys on single partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from snap.errors import TargetError
from snap.store import Store
from snap_restorer import Target, restore
from snap_restorer.local.embedded import Server
from snap_restorer.pg.guard import Guard
from snap_restorer.request import Request
from tests.cases.captures import Capture
from tests.postgres import execute, fresh_databases, name_of

EVENTS = """
CREATE TABLE ev (id int NOT NULL, at int NOT NULL, t text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM (0) TO (100);
CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM (100) TO (200) PARTITION BY LIST (id);
CREATE TABLE ev_2a PARTITION OF ev_2 FOR VALUES IN (101, 102, 103, 104);
CREATE TABLE ev_2b PARTITION OF ev_2 DEFAULT;
ALTER TABLE ev_1 ADD UNIQUE (id);
ALTER TABLE ev_2a ADD UNIQUE (id);
INSERT INTO ev SELECT i, i, 'x' || i FROM generate_series(1, 150) i;
"""


def ids(url: str, table: str) -> list[int]:
    return [row for (row,) in execute(url, f"SELECT id FROM {table} ORDER BY 1")]


@pytest.fixture
def fresh(any_pg: Server) -> Iterator[Callable[[], str]]:
    with fresh_databases(any_pg) as databases:
        yield databases


@pytest.mark.slow
def test_rows_beyond_the_snapshot_that_reference_a_partition_are_not_reached(
    fresh: Callable[[], str], take: Capture, store: Store
) -> None:
    source, url = fresh(), fresh()
    execute(source, EVENTS)
    execute(url, EVENTS)
    taken = store.resolve(take(source).version)
    execute(
        url,
        "CREATE TABLE outside (id int PRIMARY KEY, ev int REFERENCES ev_1 (id) ON DELETE CASCADE);"
        "CREATE TABLE deep (id int PRIMARY KEY, ev int REFERENCES ev_2a (id) ON DELETE CASCADE);"
        "INSERT INTO ev VALUES (900, 2, 'mine'), (104, 104, 'mine'), (105, 60, 'mine') ON CONFLICT DO NOTHING;"
        "INSERT INTO outside VALUES (1, 900), (2, 5); INSERT INTO deep VALUES (1, 104), (2, 103)",
    )
    with pytest.raises(
        TargetError, match=r"1 row of public.outside reference rows of ev that would be deleted or get another key"
    ) as caught:
        restore(taken, Target(url), Request(mode="sync", guard=Guard(yes=True)))
    assert "public.deep" not in str(caught.value)
    with pytest.raises(TargetError, match=r"table public.outside is outside the snapshot and references ev"):
        restore(taken, Target(url), Request(guard=Guard(yes=True)))
    assert ids(url, "outside") == [1, 2]
    execute(url, "DELETE FROM outside WHERE ev = 900")
    restore(taken, Target(url), Request(mode="sync", guard=Guard(yes=True)))
    assert ids(url, "outside") == [2]
    assert ids(url, "ev") == list(range(1, 151))
    # The same number in another partition is no parent.
    execute(url, "DELETE FROM ev WHERE id = 105; INSERT INTO ev VALUES (103, 3, 'mine')")
    restore(taken, Target(url), Request(mode="sync", guard=Guard(yes=True)))
    assert ids(url, "deep") == [1, 2]


@pytest.mark.slow
def test_a_table_that_is_a_partition_in_the_target_alone_is_referenced_through_its_parent(
    fresh: Callable[[], str], take: Capture, store: Store
) -> None:
    source, url = fresh(), fresh()
    plain = "CREATE TABLE ev_1 (id int PRIMARY KEY); INSERT INTO ev_1 SELECT generate_series(1, 9)"
    execute(source, plain)
    taken = store.resolve(take(source).version)
    execute(
        url,
        f"{plain}; CREATE TABLE ev (id int PRIMARY KEY) PARTITION BY RANGE (id);"
        "ALTER TABLE ev ATTACH PARTITION ev_1 FOR VALUES FROM (0) TO (100);"
        "CREATE TABLE ev_2 PARTITION OF ev DEFAULT; INSERT INTO ev VALUES (50), (200);"
        "CREATE TABLE outside (id int PRIMARY KEY, ev int REFERENCES ev ON DELETE CASCADE);"
        "INSERT INTO outside VALUES (1, 50), (2, 5), (3, 200)",
    )
    with pytest.raises(
        TargetError, match=r"1 row of public.outside reference rows of ev_1 that would be deleted or get another key"
    ):
        restore(taken, Target(url), Request(mode="sync", guard=Guard(yes=True)))
    with pytest.raises(TargetError, match=r"table public.outside is outside the snapshot and references ev_1"):
        restore(taken, Target(url), Request(guard=Guard(yes=True)))
    assert ids(url, "outside") == [1, 2, 3]
    execute(url, "DELETE FROM outside WHERE ev = 50")
    restore(taken, Target(url), Request(mode="sync", guard=Guard(yes=True)))
    assert (ids(url, "ev"), ids(url, "outside")) == ([*range(1, 10), 200], [2, 3])


@pytest.mark.slow
def test_missing_lists_rows_that_a_partition_alone_refuses(
    fresh: Callable[[], str], take: Capture, store: Store
) -> None:
    source = fresh()
    execute(
        source,
        "CREATE TABLE cust (id int PRIMARY KEY);"
        "CREATE TABLE pay (id int NOT NULL, cust int, code text, at int NOT NULL, PRIMARY KEY (id, at))"
        " PARTITION BY LIST (at);"
        "CREATE TABLE pay_1 PARTITION OF pay FOR VALUES IN (1);"
        "CREATE TABLE pay_2 PARTITION OF pay FOR VALUES IN (2);"
        "ALTER TABLE pay_1 ADD UNIQUE (code), ADD FOREIGN KEY (cust) REFERENCES cust;"
        "INSERT INTO cust SELECT generate_series(1, 10);"
        "INSERT INTO pay SELECT i, 1 + i / 2, 'c' || i, 1 + i % 2 FROM generate_series(1, 12) i;",
    )
    taken, url = store.resolve(take(source).version), fresh()
    restore(taken, Target(url))
    execute(
        url,
        "DELETE FROM pay WHERE id < 9; DELETE FROM cust WHERE id = 3;"
        "ALTER TABLE cust ADD CONSTRAINT no CHECK (id <> 3);"
        "INSERT INTO pay VALUES (100, 1, 'c2', 1), (101, 1, 'c3', 2)",
    )
    result = restore(taken, Target(url), Request(mode="missing"))
    assert {(c.table, c.key, c.reason) for c in result.conflicts if c.table == "pay"} == {
        ("pay", "(2, 1)", "pay_1_code_key (code) is taken by another row"),
        ("pay", "(4, 1)", "parent not there: public.cust (cust) = (3)"),
    }
    assert ids(url, "pay WHERE id < 9") == [1, 3, 5, 6, 7, 8]


@pytest.mark.slow
def test_forced_row_security_of_a_partition_is_lifted_and_comes_back(
    pg: Server, database: str, take: Capture, store: Store
) -> None:
    execute(
        database,
        "CREATE ROLE plain LOGIN; GRANT CREATE ON SCHEMA public TO plain;"
        f'GRANT CREATE ON DATABASE "{name_of(database)}" TO plain; SET ROLE plain;{EVENTS}'
        "ALTER TABLE ev_1 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
    )
    owner = f"host={pg.socket} port={pg.port} user=plain dbname='{name_of(database)}'"
    taken = store.resolve(take(owner).version)
    restore(taken, Target(owner), Request(guard=Guard(yes=True)))
    execute(database, "DELETE FROM ev WHERE id IN (3, 103)")
    for mode in ("missing", "sync"):
        result = restore(taken, Target(owner), Request(mode=mode))  # type: ignore[arg-type]
        assert sum(table.inserted for table in result.tables) == (2 if mode == "missing" else 0)
    forced = "SELECT relname FROM pg_class WHERE relforcerowsecurity"
    assert execute(database, forced) == [("ev_1",)]
    execute(
        database,
        "ALTER TABLE ev_2b OWNER TO postgres; GRANT ALL ON ev_2b TO plain;"
        "CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER kept BEFORE INSERT ON ev_2b FOR EACH ROW EXECUTE FUNCTION same();"
        "DELETE FROM ev WHERE id = 120",
    )
    with pytest.raises(
        TargetError, match=r"table ev_2b has triggers, which only its owner can disable; role plain is not the owner"
    ):
        restore(taken, Target(owner), Request(mode="sync"))
    execute(database, "ALTER TABLE ev_1 OWNER TO postgres; GRANT ALL ON ev_1 TO plain")
    with pytest.raises(TargetError, match=r"row-level security of partition public.ev_1 applies to role plain"):
        restore(taken, Target(owner), Request(mode="sync"))
    execute(
        database,
        "ALTER TABLE ev_1 NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY; REVOKE ALL ON ev_1 FROM plain",
    )
    with pytest.raises(TargetError, match=r"partition public.ev_1 does not allow role plain to read it"):
        restore(taken, Target(owner), Request(mode="sync"))
