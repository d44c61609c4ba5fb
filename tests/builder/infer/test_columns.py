"""Test what is inferred from a schema's tables: makers by key, constraint, name and type, and valid keys."""

from __future__ import annotations

import datetime as dt

import pyarrow.compute as pc
import pytest

from snap.errors import UsageError
from snap.schema import Check, Details, Schema
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built
from tests.builder.infer.tables import described, made


def _column(name: str, kind: str, **bounds: str):
    rows = made(described("things", "id bigint", f"{name} {kind}"))
    return rows["things"][name].to_pylist()


@pytest.mark.parametrize(
    ("name", "kind", "pattern"),
    [
        ("email", "text", r"[a-z]+\.[a-z]+\d+@mail\.example"),
        ("contactEmail", "character varying(20)", r"u?[a-z]*\d+@a\.example"),
        ("first_name", "text", r"[A-Z][a-z]+"),
        ("phone", "text", r"\+1 555 01\d\d"),
        ("zip_code", "character varying(5)", r"\d{5}"),
        ("homepage_url", "text", r"https://www\.[a-z]+\.example/\d+"),
        ("ip_address", "text", r"192\.0\.2\.\d"),
        ("password_hash", "text", r"\d{32}"),
        ("slug", "text", r"[a-z]+-[a-z]+-\d+"),
        ("city", "character varying(15)", r"[A-Z][\w .'-]{1,14}"),
        ("anything", "character(2)", r"\d+ ?"),
        ("code", "character(6)", r"\d{6}"),
    ],
)
def test_texts_are_made_by_the_name_of_their_column_and_fit(name, kind, pattern):
    values = _column(name, kind)
    assert pc.all(pc.match_substring_regex(values, f"^{pattern}$")).as_py(), values


@pytest.mark.parametrize(
    ("name", "kind", "low", "high"),
    [
        ("price", "numeric(10,2)", 1, 900),
        ("price", "numeric(4,2)", 1, 99.99),
        ("age", "smallint", 18, 80),
        ("latitude", "double precision", -60, 70),
        ("release_year", "integer", 1990, 2025),
        ("whatever", "smallint", 0, 1_000),
    ],
)
def test_numbers_are_made_by_the_name_of_their_column_and_fit(name, kind, low, high):
    assert all(low <= value <= high for value in _column(name, kind))


def test_moments_after_the_first_one_come_after_it():
    rows = made(
        described("posts", "id bigint", "created_at timestamp with time zone", "updatedAt timestamp with time zone")
    )
    posts = rows["posts"]
    assert pc.all(pc.less_equal(posts["created_at"], posts["updatedAt"])).as_py()


@pytest.mark.parametrize(
    ("name", "kind", "highest", "low", "high"),
    [
        ("depth", "integer", "'-1'::integer", -1_001, -1),
        ("debt", "numeric(4,1)", "'-99.5'::numeric", -999.9, -99.5),
        ("price", "numeric(10,2)", "0.99", 0, 0.99),
    ],
)
def test_numbers_below_a_low_bound_differ(name, kind, highest, low, high):
    check = Check(columns=(name,), sql=f"CHECK (({name} <= {highest}))")
    table = described("things", "id bigint", f"{name} {kind}")
    values = {float(value) for value in made(table, checks={"things": [check]}, scale=20)["things"][name].to_pylist()}
    assert low <= min(values) < max(values) <= high
    assert len(values) > 20


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("bigint", 10_000_000_000, 2**63 - 1),
        ("double precision", 10**11, 10**12),
        ("integer", 2**31 - 50, 2**31 - 1),
    ],
)
def test_numbers_above_a_high_bound_are_made(kind, least, most):
    check = Check(columns=("x",), sql=f"CHECK ((x >= {least}))")
    values = made(described("things", "id bigint", f"x {kind}"), checks={"things": [check]}, scale=20)["things"]["x"]
    assert least <= min(values.to_pylist()) < max(values.to_pylist()) <= most


def test_what_is_done_or_deleted_comes_after_its_creation_and_often_never():
    ordered = Check(
        columns=("created_at", "deleted_at"), sql="CHECK (((deleted_at IS NULL) OR (deleted_at >= created_at)))"
    )
    columns = ("id bigint", "created_at timestamp with time zone", "done_at timestamp with time zone?")
    table = described("tasks", *columns, "deleted_at timestamp with time zone?")
    tasks = made(table, checks={"tasks": [ordered]}, scale=20)["tasks"].to_pylist()
    done = [row["done_at"] for row in tasks if row["done_at"] is not None]
    deleted = [row["deleted_at"] for row in tasks if row["deleted_at"] is not None]
    assert 0.6 < len(done) / len(tasks) < 0.95
    assert 0.02 < len(deleted) / len(tasks) < 0.3
    assert all(row["created_at"] <= (row["done_at"] or row["created_at"]) for row in tasks)
    assert all(row["created_at"] <= (row["deleted_at"] or row["created_at"]) for row in tasks)


def test_checks_are_met():
    checks = {
        "things": [
            Check(columns=("plan",), sql="CHECK ((plan = ANY (ARRAY['free'::text, 'pro'::text])))"),
            Check(columns=("stars",), sql="CHECK (((stars >= 1) AND (stars <= 5)))"),
            Check(columns=("a", "b"), sql="CHECK ((a < b))"),
            Check(columns=("code",), sql="CHECK ((length(code) = 7))"),
        ]
    }
    columns = ("id bigint", "plan text", "stars integer", "a date", "b date", "code text")
    rows = made(described("things", *columns), checks=checks)["things"].to_pylist()
    assert {row["plan"] for row in rows} == {"free", "pro"}
    assert all(1 <= row["stars"] <= 5 and row["a"] <= row["b"] and len(row["code"]) == 7 for row in rows)


def test_a_domain_is_made_as_the_type_beneath_it():
    details = Details(
        table="things",
        bases=(("cost", "numeric(8,2)"), ("at", "timestamp without time zone"), ("n", "integer")),
        checks=(Check(columns=("n",), sql="CHECK ((VALUE > 5))"),),
    )
    rows = made(described("things", "id bigint", "cost price", "at point_in_time", "n over_five"), details=(details,))
    assert all(pc.match_substring_regex(rows["things"]["cost"], r"^\d+\.\d\d$").to_pylist())
    assert all(pc.match_substring_regex(rows["things"]["at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$").to_pylist())
    assert all(int(n) > 5 for n in rows["things"]["n"].to_pylist())


def test_a_moment_with_a_precision_is_printed_in_whole_seconds():
    values = _column("seen", "timestamp(3) with time zone")
    assert all(pc.match_substring_regex(values, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00$").to_pylist())


def test_a_type_without_a_maker_is_refused_by_name_unless_it_may_be_null():
    assert made(described("t", "id bigint", "pair app.pair?"))["t"]["pair"].null_count
    with pytest.raises(UsageError, match=r"t\.pair: a column of type app\.pair needs a declaration"):
        made(described("t", "id bigint", "pair app.pair"))


@pytest.mark.parametrize(("least", "most"), [(2, 120), (10, 40), (30, 200), (4, 4)])
def test_texts_of_a_length_are_words_where_words_have_it(least: int, most: int) -> None:
    check = Check(columns=("title",), sql=f"CHECK (((length(title) >= {least}) AND (length(title) <= {most})))")
    rows = made(described("t", "id bigint", "title text"), checks={"t": [check]}, scale=10)
    titles = rows["t"]["title"].to_pylist()
    assert all(least <= len(title) <= most for title in titles)
    assert any(title[0].isalpha() for title in titles) == (least != most)


def test_a_value_or_another_column_is_no_bound_of_the_value() -> None:
    checks = [
        Check(columns=("status",), sql="CHECK ((status = ANY (ARRAY['asked'::text, 'out'::text])))"),
        Check(columns=("status", "at"), sql="CHECK (((status = 'asked'::text) OR (at IS NOT NULL)))"),
    ]
    table = described("t", "id bigint", "status text", "at timestamp without time zone?")
    rows = made(table, checks={"t": checks}, scale=20)["t"]
    pairs = set(zip(rows["status"].to_pylist(), rows["at"].is_valid().to_pylist(), strict=True))
    assert {("asked", False), ("out", True)} <= pairs <= {("asked", False), ("asked", True), ("out", True)}


def test_checks_that_say_more_than_bounds_are_handed_to_people():
    check = Check(columns=("email",), sql="CHECK ((email <> reverse(email)))")
    schema = Schema(
        tables=(described("t", "id bigint", "email text"),),
        enums=(),
        sql="",
        details=(Details(table="t", checks=(check,)),),
    )
    understood = understand("app", declare.Dataset(), schema)
    assert understood.inferred["t"].others == (check,)
    assert understood.inferred["t"].how == {"id": "constraint", "email": "name"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text[]", []),
        ("uuid[]", []),
        ("jsonb", "{}"),
        ("bytea", b"\0"),
        ("time without time zone", dt.time(9)),
        ("interval", None),
        ("inet", "192.0.2.1"),
        ("boolean", None),
        ("real", None),
    ],
)
def test_a_column_of_any_type_that_may_not_be_null_has_values(kind, value):
    values = made(described("t", "id bigint", f"x {kind}"))["t"]["x"]
    assert values.null_count == 0
    assert value is None or values.to_pylist() == [value] * 10


@pytest.mark.parametrize(("kind", "decimals"), [("numeric(65,30)", 30), ("numeric(40,1)", 1), ("numeric(50,0)", 0)])
def test_numbers_of_more_digits_than_arrow_has_are_made_as_postgres_prints_them(kind: str, decimals: int) -> None:
    for value in _column("anything", kind):
        assert len(value.partition(".")[2]) == decimals


def test_a_boolean_has_the_values_that_a_check_lists() -> None:
    check = Check(columns=("done",), sql="CHECK ((done = ANY (ARRAY[true])))")
    rows = made(described("things", "id bigint", "done boolean"), checks={"things": [check]})
    assert {*rows["things"]["done"].to_pylist()} == {True}


@pytest.mark.parametrize(
    ("condition", "first", "last"),
    [
        ("(seen < '2020-01-01'::date)", dt.date(2018, 1, 1), dt.date(2019, 12, 31)),
        ("(seen >= '2026-10-01'::date)", dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        ("(seen >= '1900-01-01'::date)", dt.date(2024, 11, 1), dt.date(2026, 10, 31)),
        ("(seen < '2100-01-01'::date)", dt.date(2024, 11, 1), dt.date(2026, 10, 31)),
        ("(born >= '2000-01-01'::date)", dt.date(2000, 1, 1), dt.date(2026, 10, 31)),
        ("(born < '2015-01-01'::date)", dt.date(1956, 11, 1), dt.date(2008, 11, 30)),
    ],
)
def test_a_period_with_one_end_holds(condition: str, first: dt.date, last: dt.date) -> None:
    name = condition[1:5]
    table = described("things", "id bigint", f"{name} date")
    rows = made(table, checks={"things": [Check(columns=(name,), sql=f"CHECK ({condition})")]}, scale=20)
    days = rows["things"][name].to_pylist()
    assert first <= min(days)
    assert max(days) <= last


def test_the_order_of_texts_and_of_more_than_two_columns_is_left_to_people() -> None:
    table = described("t", "id bigint", "a integer", "b integer", "c integer", "x text", "y text")
    orders = ("(a < c)", "(b < c)", "(x <= y)")
    checks = tuple(Check(columns=(sql[1], sql[-2]), sql=f"CHECK ({sql})") for sql in orders)
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="t", checks=checks),))
    others = understand("app", declare.Dataset(), schema).inferred["t"].others
    assert {check.columns for check in others} == {("b", "c"), ("x", "y")}
    rows = built(declare.Dataset(), 10, schema)["t"].to_pylist()
    assert all(row["a"] < row["c"] for row in rows)


def test_a_check_over_a_new_column_leaves_the_older_columns_as_they_were_and_is_said() -> None:
    older, newer = (
        Check(columns=tuple(sql.split(" >= ")), sql=f"CHECK (({sql}))")
        for sql in ("ends_at >= starts_at", "ends_at >= booked_at")
    )
    columns = ("id bigint", "starts_at date", "ends_at date", "booked_at date")

    def understood(*columns: str, checks: tuple[Check, ...]):
        details = (Details(table="t", checks=checks),)
        schema = Schema(tables=(described("t", *columns),), enums=(), sql="", details=details)
        return understand("app", declare.Dataset(), schema).inferred["t"]

    before = understood(*columns[:-1], checks=(older,))
    after = understood(*columns, checks=(newer, older))  # Postgres sorts them by their texts
    assert {name: after.makers[name] for name in before.makers} == before.makers
    assert (before.others, after.others) == ((), (newer,))


def test_columns_that_may_not_be_less_than_each_other_are_made_without_a_circle() -> None:
    checks = tuple(Check(columns=("a", "b"), sql=f"CHECK (({sql}))") for sql in ("a <= b", "b <= a"))
    assert len(made(described("t", "id bigint", "a integer", "b integer"), checks={"t": [*checks]})["t"]) == 10
