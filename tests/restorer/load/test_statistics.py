"""Test that statistics from a snapshot equal ANALYZE's, and that ANALYZE runs if they do not fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap import writer
from snap.errors import SnapshotError
from snap.manifest import STATISTICS
from snap.planner_statistics import Attribute, PlannerStatistics, TableStatistics, from_text, to_text
from snap.schema import Enum, Table
from snap.store import Snapshot, Stage
from snap_restorer import Target, clone_into, restore
from snap_restorer.load.statistics import misfit
from snap_restorer.pg import transaction
from snap_restorer.pg.planner_statistics import LiveAttribute, LiveStatistics, take
from snap_restorer.request import Request
from tests.cases.snapshots import snapshot, table
from tests.postgres import execute, fresh_databases

SQL = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (
    id int PRIMARY KEY, name text NOT NULL, mood mood NOT NULL, tags text[], born date, seen timestamp with time zone,
    left_at timestamp, facts jsonb,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, name)) STORED);
CREATE INDEX upper_idx ON t (upper(name));
CREATE INDEX sad_idx ON t (id) WHERE mood = 'sad';
CREATE TABLE u (id int PRIMARY KEY, v text);
"""
ENUMS = (Enum(name="mood", labels=("sad", "ok", "happy")),)
T = table(
    "t",
    ("id", "integer"),
    ("name", "text"),
    ("mood", "mood"),
    ("tags", "text[]"),
    ("born", "date"),
    ("seen", "timestamp with time zone"),
    ("left_at", "timestamp without time zone"),
    ("facts", "jsonb"),
    ("search", "tsvector"),
    generated=("search",),
)
U = table("u", ("id", "integer"), ("v", "text"))
NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
KNOWN = """
SELECT c.relname, a.attname, to_jsonb(s) - 'starelid'
FROM pg_statistic s
JOIN pg_class c ON c.oid = s.starelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.staattnum
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""
SIZES = """
SELECT relname, relpages, reltuples FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
ORDER BY 1
"""


def rows_of_t(rows: int) -> list[tuple[Any, ...]]:
    return [
        (
            i,
            f"name {i % 97} of {i}",
            ("sad", "ok", "happy")[i % 3 % 2],
            ["a", "b", str(i % 7)][: i % 4],
            dt.date(2026, 1, 1) + dt.timedelta(days=i % 300),
            NOON - dt.timedelta(minutes=i),
            (NOON - dt.timedelta(hours=i % 11)).replace(tzinfo=None) if i % 5 else None,
            f'{{"n": {i % 13}}}',
        )
        for i in range(rows)
    ]


Made = Callable[..., Snapshot]


@pytest.fixture
def made(tmp_path: Path, databases: Callable[[], str]) -> Made:
    """Return a function that makes a snapshot with the statistics that ANALYZE finds in a separate database."""

    def make(sql: str = SQL, tables: list[tuple[Table, list[tuple[Any, ...]]]] | None = None) -> Snapshot:
        tables = tables or [(T, rows_of_t(3000)), (U, [(i, str(i % 9)) for i in range(200)])]
        plain = snapshot(tmp_path, tables, sql, enums=ENUMS)
        return with_statistics(plain, taken(plain, databases()))

    return make


def taken(plain: Snapshot, database: str) -> PlannerStatistics:
    target = Target(database)
    restore(plain, target)
    with target.connect() as connection:
        transaction.begin(connection, 10)
        oids = [
            row[0]
            for row in connection.execute("SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname IN ('t', 'u')")
        ]
        return take(connection, oids)


def with_statistics(plain: Snapshot, statistics: PlannerStatistics) -> Snapshot:
    stage = Stage(version=plain.manifest.version, folder=plain.folder)
    return replace(plain, manifest=writer.with_statistics(stage, plain.manifest, to_text(statistics)))


def without(made: Snapshot) -> Snapshot:
    return replace(made, manifest=replace(made.manifest, extra_files=()))


def counts(made: Snapshot, database: str, **request: Any) -> tuple[int, int]:
    result = restore(made, Target(database), Request(**request)).statistics
    return result.imported, result.analyzed


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_imported_statistics_are_those_of_analyze(made: Made, databases: Callable[[], str], jobs: int) -> None:
    whole, here, there = made(), databases(), databases()
    assert counts(without(whole), there, jobs=jobs) == (0, 2)
    for again in range(2):
        assert counts(whole, here, jobs=jobs) == (2, 0), again
        assert execute(here, KNOWN) == execute(there, KNOWN)
        before = execute(here, SIZES)
        execute(here, "ANALYZE")
        assert before == execute(here, SIZES)
        assert execute(here, KNOWN) == execute(there, KNOWN)
    names = {(relation, attribute) for relation, attribute, _ in execute(here, KNOWN)}
    assert {("t", "search"), ("upper_idx", "upper"), ("u", "v")} <= names


@pytest.mark.slow
def test_dates_move_in_statistics_as_values_do(made: Made, databases: Callable[[], str]) -> None:
    whole, here, there = made(), databases(), databases()
    later = {"as_of": dt.date(2026, 12, 24)}
    assert counts(without(whole), there, **later) == (0, 2)
    assert counts(whole, here, **later) == (2, 0)
    assert execute(here, KNOWN) == execute(there, KNOWN)
    assert execute(here, SIZES) == execute(there, SIZES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "made_of_dates",
    [
        "CREATE INDEX year_idx ON t (EXTRACT(year FROM born))",
        "ALTER TABLE t ADD day int GENERATED ALWAYS AS (born - DATE '2026-01-01') STORED",
    ],
)
def test_a_table_with_values_made_of_dates_is_analyzed_where_dates_move(
    made: Made, database: str, made_of_dates: str
) -> None:
    columns = (*T.columns, *table("t", ("day", "integer"), generated=("day",)).columns)
    definition = replace(T, columns=columns) if "ADD" in made_of_dates else T
    whole = made(f"{SQL}; {made_of_dates};", [(definition, rows_of_t(2500)), (U, [(1, "a")])])
    assert counts(whole, database) == (2, 0)
    assert counts(whole, database, as_of=dt.date(2026, 12, 24)) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "other",
    [
        "CREATE STATISTICS s ON id, name FROM t",
        "ALTER TABLE t ALTER name SET STATISTICS 17",
        "ALTER TABLE t ALTER name SET (n_distinct = 5)",
        "ALTER TABLE u ALTER v TYPE varchar",
        "ALTER TABLE t ADD more int",
        "CREATE INDEX lower_idx ON t (lower(name))",
        "DROP INDEX upper_idx; CREATE INDEX upper_idx ON t (lower(name))",
        "CREATE INDEX some_idx ON t (id) WHERE id > 9",
        "DROP INDEX sad_idx; CREATE INDEX sad_idx ON t (id) WHERE mood = 'ok'",
        "CREATE TABLE heir () INHERITS (t)",
        "ALTER DATABASE {} SET default_statistics_target = 90",
    ],
)
def test_a_table_that_is_not_as_at_the_source_is_analyzed(made: Made, database: str, other: str) -> None:
    whole = made()
    execute(database, SQL)
    name = execute(database, "SELECT quote_ident(current_database())")[0][0]
    execute(database, other.format(name))
    assert counts(whole, database) == ((0, 2) if "DATABASE" in other else (1, 1))
    assert {relation for relation, *_ in execute(database, KNOWN)} >= {"t", "u"}


def test_texts_of_another_order_do_not_fit_where_a_statistic_has_an_order() -> None:
    text = attribute("v", "text", "code points UTF8", {"correlation": "1", "null_frac": "0"})
    number = attribute("n", "integer", None, {"correlation": "1", "null_frac": "0"})
    unordered = replace(text, values={"null_frac": "0"}, collation=None)
    for collation in ("i en-US 153.120 UTF8", "code points SQL_ASCII", "c en_US.utf8 2.36 UTF8"):
        here = live(replace(text, collation=collation), number)
        assert misfit(here, described(text, number), 0) == "v is of another type, order or size of statistics"
        assert misfit(here, described(unordered, number), 0) == ""
    assert misfit(live(text, number), described(text, number), 0) == ""


def attribute(name: str, kind: str, collation: str | None, values: dict[str, str]) -> Attribute:
    return Attribute(
        index=None,
        number=0,
        name=name,
        type=kind,
        labels=(),
        collation=collation,
        target=None,
        options=None,
        values=values,
    )


def described(*attributes: Attribute) -> TableStatistics:
    return TableStatistics(schema="public", name="t", attributes=attributes, partial=())


def live(*attributes: Attribute) -> LiveStatistics:
    return LiveStatistics(
        oid=1,
        schema="public",
        name="t",
        plain=True,
        restricted=False,
        settled=True,
        analyzed=True,
        first_key=None,
        attributes=tuple(
            LiveAttribute(attribute=replace(each, values={}), wanted=True, usable=True, shift="") for each in attributes
        ),
        partial=(),
    )


@pytest.mark.slow
def test_an_empty_table_is_analyzed(made: Made, database: str) -> None:
    whole = made(SQL, [(T, rows_of_t(10)), (U, [])])
    assert counts(whole, database) == (1, 1)


@pytest.mark.slow
def test_what_the_server_refuses_is_analyzed(made: Made, database: str) -> None:
    whole = made()
    statistics = from_text((whole.folder / STATISTICS).read_text())
    t, u = statistics.tables
    bad = replace(t.attributes[0], values={**t.attributes[0].values, "histogram_bounds": "{1,no number}"})
    refused = replace(statistics, tables=(replace(t, attributes=(bad, *t.attributes[1:])), u))
    assert counts(with_statistics(without(whole), refused), database) == (1, 1)
    unread = replace(t.attributes[0], values={**t.attributes[0].values, "avg_width": "1e300"})
    refused = replace(statistics, tables=(replace(t, attributes=(unread, *t.attributes[1:])), u))
    assert counts(with_statistics(without(whole), refused), database) == (0, 2)
    assert {relation for relation, *_ in execute(database, KNOWN)} >= {"t", "u"}


@pytest.mark.slow
def test_statistics_of_another_form_are_refused_before_anything_is_touched(made: Made, database: str) -> None:
    whole = made()
    counts(whole, database)
    before = execute(database, "SELECT oid, relfilenode FROM pg_class WHERE relname = 't'")
    (whole.folder / STATISTICS).write_text("{}\n")
    with pytest.raises(
        SnapshotError, match=r"statistics\.json cannot be read by this version of snap: format: it is absent"
    ):
        restore(whole, Target(database))
    assert execute(database, "SELECT oid, relfilenode FROM pg_class WHERE relname = 't'") == before


@pytest.mark.slow
def test_a_clone_keeps_the_imported_statistics_and_analyses_what_has_none(made: Made, database: str) -> None:
    whole = made()
    statistics = from_text((whole.folder / STATISTICS).read_text())
    t, u = statistics.tables
    number, text = u.attributes
    marked = replace(text, values={**text.values, "null_frac": "0.25"})  # which no ANALYZE would find
    marks = replace(statistics, tables=(t, replace(u, attributes=(number, marked))))
    plain = with_statistics(without(whole), marks)
    more = f"{plain.manifest.schema_sql} CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM u;"
    viewed = replace(plain, manifest=replace(plain.manifest, schema_sql=more))
    clone_into(viewed, Target(database), Request(trust_code=True))
    shares = "SELECT tablename, null_frac FROM pg_stats WHERE (tablename, attname) IN (('u', 'v'), ('counted', 'n'))"
    assert sorted(execute(database, shares)) == [("counted", 0.0), ("u", 0.25)]
    assert execute(database, "SELECT reltuples, relallvisible > 0 FROM pg_class WHERE relname = 'u'") == [(200, True)]


def test_a_plain_owner_imports_them(made: Made, database: str) -> None:
    whole = made()
    name = execute(database, "SELECT quote_ident(current_database())")[0][0]
    execute(database, f"CREATE ROLE plain LOGIN PASSWORD 'p'; ALTER DATABASE {name} OWNER TO plain")
    execute(database, "GRANT ALL ON SCHEMA public TO plain")
    owner = psycopg.conninfo.make_conninfo(database, user="plain", password="p", passfile="")
    assert counts(whole, owner) == (2, 0)
    assert counts(whole, owner, jobs=2) == (2, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("version", "expected"), [("16", (0, 2)), ("17", (0, 2)), ("18.4", (2, 0))])
def test_an_older_server_analyzes(made: Made, all_servers: Any, version: str, expected: tuple[int, int]) -> None:
    other = all_servers.get(version)
    if other is None:
        pytest.skip(f"no Postgres {version} here")
    whole = made()
    with fresh_databases(other) as fresh:
        database = fresh()
        assert counts(whole, database) == counts(whole, database) == expected
        assert {relation for relation, *_ in execute(database, KNOWN)} >= {"t", "u"}
