"""Test which missing rows can be inserted into a table, with all kinds of keys, constraints and references."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from snap.store import Store
from snap_restorer import Target, restore
from snap_restorer.live.capture import CaptureRequest, capture
from snap_restorer.request import Request
from tests.cases.edits import LOG_ROWS, TABLES, keyed, uuid
from tests.cases.missing_rows import inserted, missing, reasons, told
from tests.cases.snapshots import snapshot, table
from tests.params import few
from tests.postgres import execute

PERSON = keyed(table("person", ("id", "integer"), ("mail", "text"), ("age", "integer"), ("at", "integer")), "id")
PEOPLE = [(i, f"m{i}", i * 10, i) for i in range(1, 7)] + [(7, None, None, 7)]
PERSON_SQL = "CREATE TABLE person (id int PRIMARY KEY, mail text, age int, at int NOT NULL);"


@pytest.mark.parametrize(
    ("constraint", "there", "expected"),
    few(
        [
            (
                "ALTER TABLE person ADD UNIQUE (mail)",
                "(9, 'm2', 1, 0)",
                {2: "person_mail_key (mail) is taken by another row"},
            ),
            (
                "ALTER TABLE person ADD UNIQUE (mail) DEFERRABLE INITIALLY DEFERRED",
                "(9, 'm2', 1, 0)",
                {2: "person_mail_key (mail) is taken by another row"},
            ),
            (
                "ALTER TABLE person ADD UNIQUE NULLS NOT DISTINCT (mail)",
                "(9, NULL, 1, 0)",
                {7: "person_mail_key (mail) is taken by another row"},
            ),
            (
                "CREATE UNIQUE INDEX low ON person (upper(mail))",
                "(9, 'M3', 1, 0)",
                {3: "low (upper(mail)) is taken by another row"},
            ),
            (
                "CREATE UNIQUE INDEX part ON person ((1)) WHERE age > 45",
                "(9, 'x', 46, 0)",
                {5: "part ((1)) is taken by another row", 6: "part ((1)) is taken by another row"},
            ),
            (
                "CREATE UNIQUE INDEX self ON person ((at % 6))",
                "(9, 'x', 46, 9)",
                {3: "self (((at % 6))) is taken by another row", 7: "self (((at % 6))) is taken by another row"},
            ),
            (
                "ALTER TABLE person ADD EXCLUDE USING gist (int4range(at, at + 2) WITH &&)",
                "(9, 'x', 0, 20)",
                dict.fromkeys((2, 4, 6), "person_int4range_excl (int4range(at, (at + 2))) is taken by another row"),
            ),
            ("ALTER TABLE person ADD CHECK (age <> 40)", None, {4: "check person_age_check refuses it"}),
            ("ALTER TABLE person ALTER mail SET NOT NULL", None, {7: "mail may not be NULL"}),
            (
                "CREATE DOMAIN young AS int CHECK (VALUE < 50); ALTER TABLE person ALTER age TYPE young",
                None,
                dict.fromkeys((5, 6), 'value for domain young violates check constraint "young_check"'),
            ),
            (
                """CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.id = 3 THEN RAISE 'not %', NEW.id; END IF; RETURN NULL; END $$;
                CREATE TRIGGER no AFTER INSERT ON person FOR EACH ROW EXECUTE FUNCTION no()""",
                None,
                {3: "not 3"},
            ),
            (
                """CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.id = 3 THEN RETURN NULL; END IF; RETURN NEW; END $$;
                CREATE TRIGGER no BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION no()""",
                None,
                {3: "a trigger or a rule of the table dropped it"},
            ),
            (
                """CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.id = 3 THEN RAISE 'late'; END IF; RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER no AFTER INSERT ON person DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION no()""",
                None,
                {3: "late"},
            ),
            (
                "CREATE TABLE town (at int PRIMARY KEY); INSERT INTO town VALUES (1), (2), (3), (7);"
                "ALTER TABLE person ADD FOREIGN KEY (at) REFERENCES town",
                None,
                {i: f"parent not there: public.town (at) = ({i})" for i in (4, 5, 6)},
            ),
        ],
        5,
    ),
)  # fmt: skip
def test_whatever_the_table_refuses_is_a_conflict_and_all_else_goes_in(
    tmp_path: Path, database: str, constraint: str, there: str | None, expected: dict[int, str]
) -> None:
    made = snapshot(tmp_path, [(PERSON, PEOPLE)], PERSON_SQL)
    execute(database, PERSON_SQL + constraint)
    if there:
        execute(database, f"INSERT INTO person VALUES {there}")
    result = missing(made, database)
    assert {int(key): reason for _, key, reason in reasons(result)} == expected
    assert inserted(result) == {"person": 7 - len(expected)}
    assert [row[0] for row in execute(database, "SELECT id FROM person WHERE id < 8 ORDER BY 1")] == [
        i for i in range(1, 8) if i not in expected
    ]


@pytest.mark.slow
def test_without_a_key_whole_rows_count(tmp_path: Path, database: str) -> None:
    made = snapshot(tmp_path, [(TABLES[2][0], LOG_ROWS)], "CREATE TABLE log (line text, n double precision)")
    restore(made, Target(database))
    execute(
        database,
        """DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE line = 'a' LIMIT 2);
        INSERT INTO log VALUES ('a', 2)""",
    )
    assert inserted(missing(made, database)) == {"log": 2}
    assert execute(database, "SELECT line, count(*) FROM log GROUP BY 1 ORDER BY 1") == [("a", 4), ("b", 1), (None, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "values", "gone"),
    [
        ("uuid", [uuid(i) for i in range(4)], "id = '00000000-0000-0000-0000-000000000002'"),
        ("text", ["a", "B", "b", "é", "e"], "id IN ('b', 'é')"),
        ("smallint", [-5, 0, 32767], "id < 0"),
        ("boolean", [True, False], "id"),
        ("date", ["infinity", "2026-01-01"], "isfinite(id)"),
        ("numeric(9,3)", ["1.500", "2.000"], "id = 1.5"),
        ("inet", ["10.0.0.1", "::1/64"], "family(id) = 6"),
    ],
)
def test_keys_of_any_type(tmp_path: Path, database: str, column: str, values: list[Any], gone: str) -> None:
    from dataclasses import replace
    from decimal import Decimal

    from snap.types import with_logical

    made_of = keyed(table("t", ("id", column), ("n", "integer")), "id")
    if column == "date":  # a snapshot keeps infinite ones as text
        made_of = replace(
            made_of, columns=(replace(made_of.columns[0], type=with_logical("date", "text")), made_of.columns[1])
        )
    if column.startswith("numeric"):
        values = [Decimal(value) for value in values]
    sql = f"CREATE TABLE t (id {column} PRIMARY KEY, n int)"
    made = snapshot(tmp_path, [(made_of, [(value, i) for i, value in enumerate(values)])], sql)
    restore(made, Target(database))
    before = execute(database, "SELECT id::text, n FROM t ORDER BY n")
    assert inserted(missing(made, database)) == {}
    execute(database, f"DELETE FROM t WHERE {gone}")
    assert 0 < inserted(missing(made, database))["t"] < len(values)
    assert execute(database, "SELECT id::text, n FROM t ORDER BY n") == before


@pytest.mark.slow
def test_a_key_that_the_database_calls_equal_is_there(tmp_path: Path, database: str) -> None:
    made = snapshot(
        tmp_path, [(keyed(table("t", ("id", "text"), ("n", "integer")), "id"), [("Ann", 1), ("bob", 2)])], "SELECT"
    )
    execute(
        database,
        """CREATE EXTENSION citext; CREATE TABLE t (id citext PRIMARY KEY, n int); INSERT INTO t VALUES ('ANN', 9)""",
    )
    result = missing(made, database)
    assert (inserted(result), result.conflicts) == ({"t": 1}, ())
    assert execute(database, "SELECT id, n FROM t ORDER BY n") == [("bob", 2), ("ANN", 9)]


@pytest.mark.slow
def test_a_unique_index_serves_where_there_is_no_primary_key(tmp_path: Path, database: str) -> None:
    made_of = table("t", ("a", "integer"), ("b", "text"), ("n", "integer"))
    sql = "CREATE TABLE t (a int NOT NULL, b text NOT NULL, n int, UNIQUE (a, b))"
    made = snapshot(tmp_path, [(made_of, [(1, "x", 1), (1, "y", 2), (2, "x", 3)])], sql)
    restore(made, Target(database))
    execute(database, "UPDATE t SET n = 0; DELETE FROM t WHERE b = 'y'")
    assert inserted(missing(made, database)) == {"t": 1}
    assert execute(database, "SELECT * FROM t ORDER BY 1, 2") == [(1, "x", 0), (1, "y", 2), (2, "x", 0)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("double precision", "0, 1.5, -2.25, 1e300, 'NaN', 'Infinity', '-Infinity'"),
        ("real", "0, 1.5, -2.25, 1e30, 'NaN', 'Infinity', '-Infinity'"),
        ("interval", "'0', '1 month', '30 days 1 second', '-1 day', '2 years -3 days 00:00:00.000001'"),
        ("time", "'00:00', '12:30:00.5', '23:59:59.999999'"),
    ],
)
def test_keys_of_a_fixed_width_meet_by_their_value(tmp_path: Path, database: str, kind: str, keys: str) -> None:
    execute(
        database,
        f"CREATE TABLE t (k {kind} PRIMARY KEY, n int); INSERT INTO t SELECT k, row_number() OVER () "
        f"FROM unnest(ARRAY[{keys}]::{kind}[]) AS k",
    )
    before = execute(database, "SELECT k::text, n FROM t ORDER BY n")
    request = CaptureRequest(version="v1", mask_key=b"k", created="2026-11-27T00:00:00Z", environment=os.environ)
    capture(Store(tmp_path), Target(database), request)
    made = Store(tmp_path).resolve("v1")
    assert inserted(missing(made, database)) == {}
    execute(database, "DELETE FROM t WHERE n % 2 = 0")
    assert inserted(missing(made, database)) == {"t": len(before) // 2}
    assert execute(database, "SELECT k::text, n FROM t ORDER BY n") == before


@pytest.mark.slow
def test_circles_of_references_go_in_together_or_not_at_all(tmp_path: Path, database: str) -> None:
    a = keyed(table("a", ("id", "integer"), ("b", "integer")), "id", to=[("b", "b")])
    b = keyed(table("b", ("id", "integer"), ("a", "integer"), ("u", "integer")), "id", to=[("a", "a")])
    sql = """CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
        CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a ON DELETE CASCADE, u int UNIQUE);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE"""
    made = snapshot(tmp_path, [(a, [(i, i) for i in range(4)]), (b, [(i, i, i) for i in range(4)])], sql)
    restore(made, Target(database))
    execute(database, "DELETE FROM a WHERE id < 3")
    execute(database, "UPDATE b SET u = 1")
    result = missing(made, database)
    assert inserted(result) == {"a": 2, "b": 2}
    assert reasons(result) == [
        ("a", "1", "parent not there: public.b (b) = (1)"),
        ("b", "3", "key taken: the row with this key in the database differs in b_u_key (u)"),
        ("b", "1", "b_u_key (u) is taken by another row"),
    ]


@pytest.mark.slow
def test_a_chain_within_one_table_goes_in_and_breaks_where_it_is_broken(tmp_path: Path, database: str) -> None:
    chain = keyed(table("t", ("id", "integer"), ("up", "integer"), ("n", "integer")), "id", to=[("up", "t")])
    sql = "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t, n int CHECK (n <> 5))"
    made = snapshot(
        tmp_path, [(chain, [(i, i + 1 if i < 9 else None, i) for i in range(10)])], sql.replace("CHECK (n <> 5)", "")
    )
    execute(database, sql)
    result = missing(made, database)
    assert inserted(result) == {"t": 4}
    assert [(key, reason.split(":")[0]) for _, key, reason in reasons(result)] == [
        *((str(i), "parent not there") for i in range(5)),
        ("5", "check t_n_check refuses it"),
    ]


def test_rows_that_the_application_inserts_meanwhile_do_no_harm(tmp_path: Path, database: str) -> None:
    rows = [(i, f"m{i}", i, i) for i in range(3000)]
    made = snapshot(tmp_path, [(PERSON, rows)], PERSON_SQL)
    execute(database, PERSON_SQL + "ALTER TABLE person ADD UNIQUE (mail)")
    stop, failed = threading.Event(), []

    def work(start: int) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            for i in range(start, 3000, 7):
                if stop.is_set():
                    return
                try:
                    connection.execute("INSERT INTO person VALUES (%s, %s, 0, 0)", [i, f"m{i}" if i % 2 else f"m{i}'"])
                except psycopg.errors.UniqueViolation:
                    continue
                except psycopg.Error as error:
                    failed.append(error)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 3)]
    for thread in threads:
        thread.start()
    try:
        result = restore(made, Target(database), Request(mode="missing"))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    told(result)
    assert failed == []
    assert execute(database, "SELECT count(*) FROM person WHERE id < 3000") == [(3000,)]
    [person] = result.tables
    assert person.inserted + person.unchanged + person.skipped == 3000
    assert {each.reason for each in result.conflicts} <= {
        "key taken: the row with this key in the database differs in person_mail_key (mail)"
    }


PAIR = [
    keyed(table("left_one", ("id", "integer"), ("other", "integer")), "id"),
    keyed(table("right_one", ("id", "integer"), ("other", "integer")), "id"),
]
PAIR_SQL = """
CREATE TABLE left_one (id int PRIMARY KEY, other int); CREATE TABLE right_one (id int PRIMARY KEY, other int);
ALTER TABLE left_one ADD FOREIGN KEY (other) REFERENCES right_one;
ALTER TABLE right_one ADD FOREIGN KEY (other) REFERENCES left_one;
"""


@pytest.mark.slow
@pytest.mark.parametrize("event", ["INSERT", "UPDATE", "DELETE"])
def test_rules_that_are_switched_off_change_nothing_on_each_version(
    tmp_path: Path, any_database: str, event: str
) -> None:
    with_rules_that_are_switched_off(tmp_path, any_database, event)


@pytest.mark.slow
def test_rules_that_are_switched_off_change_nothing(tmp_path: Path, database: str) -> None:
    with_rules_that_are_switched_off(tmp_path, database, "UPDATE")


def with_rules_that_are_switched_off(tmp_path: Path, url: str, event: str) -> None:
    made = snapshot(tmp_path, [(each, [(1, 2), (2, 1), (3, 3)]) for each in PAIR], PAIR_SQL)
    restore(made, Target(url))
    for name in ("left_one", "right_one"):
        execute(
            url,
            f"""CREATE RULE off AS ON {event} TO {name} DO INSTEAD NOTHING; ALTER TABLE {name} DISABLE RULE off""",
        )
    execute(url, "ALTER TABLE left_one ADD UNIQUE (other)")
    lost = (
        "SET session_replication_role = replica; DELETE FROM left_one WHERE id < 3; DELETE FROM right_one WHERE id < 3"
    )
    execute(url, lost)
    assert inserted(missing(made, url)) == {"left_one": 2, "right_one": 2}
    execute(url, f"{lost}; INSERT INTO left_one VALUES (7, 1)")
    result = missing(made, url)
    assert [(name, key) for name, key, _ in reasons(result)] == [("left_one", "2"), ("right_one", "1")]
    execute(url, "UPDATE right_one SET other = 3 WHERE id = 1")
    restore(made, Target(url), Request(mode="sync"))
    assert execute(url, "TABLE left_one ORDER BY 1") == [(1, 2), (2, 1), (3, 3)]
    assert execute(url, "TABLE right_one ORDER BY 1") == [(1, 2), (2, 1), (3, 3)]
