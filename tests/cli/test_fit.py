"""Test snap fit: a version compared with the database that has its schema."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Ran
from tests.postgres import execute

SCHEMA = """
CREATE TABLE people (id integer PRIMARY KEY, plan text NOT NULL, joined date NOT NULL, spent integer);
CREATE TABLE orders (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES people, price integer NOT NULL);
"""
ROWS = """
INSERT INTO people
SELECT i, CASE WHEN i % 10 = 0 THEN 'pro' ELSE 'free' END, DATE '2024-01-01' + i % 700,
       CASE WHEN i % 5 > 0 THEN i * i END
FROM generate_series(1, 1000) i;
INSERT INTO orders SELECT i * 10 + n, i, 10 * n FROM generate_series(1, 400) i, generate_series(1, 1 + i % 6) n;
ANALYZE;
"""


@pytest.fixture
def run(snap: Callable[..., Ran], home: Path) -> Callable[..., Ran]:
    return lambda *arguments, **env: snap(*arguments, SNAP_DATA_DIR=str(home), **env)


@pytest.fixture
def real(database: str) -> str:
    execute(database, SCHEMA + ROWS)
    return database


@pytest.fixture
def app(run: Callable[..., Ran], project: Path, database: str, real: str) -> Callable[..., Ran]:
    """Return `snap` in a project whose dataset has the database's shapes, with a built version v1."""
    assert run("init", real, "--name", "app", "--stats").code == 0
    assert run("build", "v1").code == 0
    return run


@pytest.mark.slow
def test_statistics_bring_a_version_near_and_without_them_it_is_far(
    app: Callable[..., Ran], project: Path, real: str
) -> None:
    near = app("fit", "v1", "--db", real, "--json").document
    assert near["score"] >= 95
    assert near["missed"] == []
    scores = [column["score"] for column in near["columns"]]
    assert scores == sorted(scores)
    by_name = {f"{column['table']}.{column['column']}": column for column in near["columns"]}
    assert by_name["people.spent"]["nulls"]["database"] == 0.2
    assert abs(by_name["people.spent"]["nulls"]["version"] - 0.2) < 0.01
    assert by_name["people.plan"]["parts"]["values"] >= 99
    assert by_name["orders.person_id"]["parts"]["fanout"] >= 80
    plain = project / "datasets/plain"
    plain.mkdir()
    for file in ("schema.sql", "schema.json"):
        (plain / file).write_bytes((project / "datasets/app" / file).read_bytes())
    (plain / "dataset.py").write_text("from snap.dataset import Dataset\ndataset = Dataset(rows={'people': 1000})\n")
    assert app("build", "v2", "--dataset", "plain").code == 0
    far = app("fit", "v2", "--db", real, "--json").document
    assert far["score"] < near["score"] - 10


@pytest.mark.slow
def test_there_is_a_line_for_each_column_the_worst_first_and_a_total(app: Callable[..., Ran], real: str) -> None:
    execute(real, "CREATE TABLE more (id integer)")
    ran = app("fit", "v1", SNAP_DB_URL=real)
    lines = ran.out.splitlines()
    assert lines[0].split()[:2] == ["column", "score"]
    assert sorted(line.split()[0] for line in lines[1:-1]) == sorted(
        ["people.id", "people.plan", "people.joined", "people.spent", "orders.id", "orders.person_id", "orders.price"]
    )
    assert lines[-1].startswith("v1 scores ")
    assert lines[-1].endswith(" of 100 over 7 columns")
    assert ran.err == "warning: tables that the version does not have are not compared: more\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ("DROP TABLE orders", 5, "has another schema than v1: there is no table orders"),
        ("ALTER TABLE people RENAME plan TO tier", 5, "people has no column plan"),
        (
            "ALTER TABLE people ALTER spent TYPE bigint",
            5,
            "people.spent is bigint in the database and integer in the version",
        ),
        ("DROP TABLE people CASCADE; DROP TABLE orders", 2, "there is no table in"),
        (
            "CREATE TABLE o AS TABLE orders; CREATE TABLE p AS TABLE people; DROP TABLE people, orders;"
            "ALTER TABLE o RENAME TO orders; ALTER TABLE p RENAME TO people",
            5,
            "no table has statistics that this role may see: people has no statistics: run ANALYZE",
        ),
        ("TRUNCATE people, orders; ANALYZE", 5, "people is empty"),
    ],
)
def test_databases_that_cannot_be_compared_are_refused(
    app: Callable[..., Ran], real: str, change: str, code: int, message: str
) -> None:
    execute(real, change)
    ran = app("fit", "v1", "--db", real)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


@pytest.mark.slow
def test_an_empty_table_is_told_and_the_others_are_compared(app: Callable[..., Ran], real: str) -> None:
    execute(real, "TRUNCATE orders; ANALYZE orders")
    ran = app("fit", "v1", "--db", real, "--json")
    assert ran.code == 0
    assert ran.err == "warning: orders is empty: its rows are guessed\n"
    assert ran.document["missed"] == ["orders.id", "orders.person_id", "orders.price"]


@pytest.mark.slow
def test_a_standby_is_read_as_its_primary_is(run: Callable[..., Ran], project: Path, followed: tuple[str, str]) -> None:
    primary, standby = followed
    execute(primary, SCHEMA + ROWS)
    while execute(standby, "SELECT 1 FROM pg_stats WHERE tablename = 'orders'") == []:
        time.sleep(0.05)
    assert run("init", standby, "--name", "app", "--stats").code == 0
    assert run("build", "v1").code == 0
    assert run("fit", "v1", "--db", standby, "--json").document["score"] >= 95


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("fit", "v9", "--db", "postgresql://h/d"), 3, "there is no snapshot 'v9'"),
        (("fit", "v1"), 2, "no database was named"),
        (("fit", "v1", "--db", "mysql://h/d"), 2, "does not begin with postgresql://"),
        (("fit",), 2, "missing argument 'VERSION'"),
    ],
)
def test_wrong_use_is_said_before_anything_is_read(
    snap: Callable[..., Ran], v1: object, arguments: tuple[str, ...], code: int, message: str
) -> None:
    ran = snap(*arguments)
    assert ran.code == code
    assert message in ran.err
