"""Test edge cases: the same rows at every scale and in every declaration; impossible values are refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings

from snap.errors import UsageError
from snap.schema import Check, Details, Enum, ForeignKey, Schema, Table
from snap_builder import declare
from snap_builder.declare import Dataset, choice, copy, count_of, integer, longest, money, ref, sum_of, text
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import SCHEMA as ANY
from tests.builder.compiled.declarations import built, dataset_of, declarations, inputs_of
from tests.builder.compiled.tenants import columns

SCHEMA = Schema(
    tables=(
        Table(
            name="users",
            columns=columns(
                *("id bigint", "name character varying(12)", "code character varying(40)", "plan text", "bio text?"),
                *("age integer?", "fee numeric(6,2)", "born date", "seen timestamp with time zone", "mood kind"),
                *("flag boolean", "spent numeric(12,2)", "orders bigint"),
            ),
            primary_key=("id",),
            unique=(("code",),),
        ),
        Table(
            name="orders",
            columns=columns("id bigint", "user_id bigint", "amount numeric(10,2)", "note text?", "who text"),
            primary_key=("id",),
            foreign_keys=(ForeignKey(columns=("user_id",), references="users", to=("id",)),),
        ),
        Table(name="log", columns=columns("line text")),
    ),
    enums=(Enum(name="kind", labels=("calm", "wild")),),
    sql="",
    details=(
        Details(
            table="users",
            checks=(
                Check(columns=("age",), sql="CHECK ((age >= 0) AND (age <= 150))"),
                Check(columns=("bio",), sql="CHECK (length(bio) >= 2)"),
                Check(columns=("plan",), sql="CHECK (plan = ANY (ARRAY['free'::text, 'pro'::text]))"),
                Check(columns=("born",), sql="CHECK (born > '1900-01-01'::date)"),
            ),
        ),
    ),
)
SPENT = {"spent": sum_of("orders.amount"), "orders": count_of("orders")}
STANDARD = 13  # rows


def users(edges=None, count=20, *, standard=False, **words) -> Declared:
    return Declared("users", count, {**SPENT, **words}, edges=edges or {}, standard_edges=standard)


def dataset(*tables: Declared) -> Dataset:
    return Dataset(as_of="2026-11-01", tables=tables)


def rows_of(*tables: Declared, table="users", scale=1) -> list[dict]:
    return built(dataset(*tables), scale, SCHEMA)[table].to_pylist()


def test_named_edge_cases_take_the_first_rows_and_other_rows_stay():
    edges = {
        "longest name": {"name": longest(), "age": 150},
        "leap day": {"born": "2024-02-29", "seen": "2024-02-29 23:59:59.999999+00:00", "bio": None},
        "wild": {"mood": "wild", "flag": True, "fee": Decimal("9999.99"), "plan": "pro"},
    }
    with_edges, without = rows_of(users(edges)), rows_of(users())
    first, second, third = with_edges[:3]
    assert (first["name"], first["age"]) == ("abcdefghijab", 150)
    assert (second["born"], second["bio"]) == (date(2024, 2, 29), None)
    assert second["seen"] == datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC)
    assert (third["mood"], third["flag"], third["fee"], third["plan"]) == ("wild", True, Decimal("9999.99"), "pro")
    assert with_edges[3:] == without[3:]
    assert first == without[0] | {"name": first["name"], "age": 150}


def test_derived_columns_and_copies_are_computed_with_edge_cases():
    orders = Declared(
        "orders",
        60,
        {"user_id": ref("users"), "amount": money(1, 9), "who": copy("user.name")},
        edges={"greatest amount": {"amount": 99_999_999}},
    )
    made = built(dataset(users({"quotes": {"name": "O'Neil"}}), orders), 1, SCHEMA)
    people, bought = made["users"].to_pylist(), made["orders"].to_pylist()
    assert bought[0]["amount"] == 99_999_999
    for person in people:
        own = [order for order in bought if order["user_id"] == person["id"]]
        assert person["spent"] == sum(order["amount"] for order in own)
        assert {order["who"] for order in own} <= {person["name"]}


def test_a_larger_build_has_the_same_edge_cases_in_the_same_rows():
    table = users({"longest name": {"name": longest()}}, standard=True)
    small, large = (rows_of(table, scale=scale) for scale in (1, 3))
    assert [row | {"spent": 0, "orders": 0} for row in large[:20]] == [row | {"spent": 0, "orders": 0} for row in small]


def test_standard_edge_cases_are_what_each_column_can_hold():
    table = users(standard=True, code=text("{word}-{n}", unique=True), plan=choice(free=1, pro=1))
    made = dataset_of(dataset(table), SCHEMA).edges
    by_name = {edge.name: edge for edge in made}
    assert by_name["longest text"].values == {
        "name": "abcdefghijab",
        "code": "abcdefghij" * 4,
        "bio": "abcdefghij" * 100,
    }
    assert by_name["least number"].values == {"age": "0", "fee": "-9999.99"}
    assert by_name["greatest number"].values == {"age": "150", "fee": "9999.99"}
    assert by_name["leap day"].values == {"born": "2024-02-29", "seen": "2024-02-29 12:00:00+00:00"}
    assert by_name["empty text"].values == {"name": "", "code": ""}  # a CHECK asks for two characters of bio
    assert "bio" not in by_name["one character"].values
    assert by_name["second of two equal hours"].values == {"seen": "2025-10-26 01:30:00+00:00"}
    assert by_name["NULL"].values == {"bio": None, "age": None}
    assert max(edge.row for edge in made) == STANDARD - 1


def test_standard_edge_cases_leave_alone_what_other_columns_read():
    orders = Declared("orders", 60, {"user_id": ref("users", weight="age"), "who": copy("user.name")})
    held = {
        column for edge in dataset_of(dataset(users(standard=True), orders), SCHEMA).edges for column in edge.values
    }
    assert held.isdisjoint({"id", "age", "name", "spent", "orders", "plan"})
    assert {"code", "bio", "fee", "born"} <= held


def test_listed_columns_alone_get_standard_edge_cases_and_named_ones_follow():
    made = dataset_of(dataset(users({"mine": {"name": "x"}}, standard=["fee"])), SCHEMA).edges
    assert {column for edge in made[:-1] for column in edge.values} == {"fee"}
    assert (made[-1].name, made[-1].row) == ("mine", STANDARD)


@pytest.mark.slow
@given(declarations())
@settings(max_examples=15, deadline=None)
def test_keys_and_growth_hold_with_edge_cases_whatever_is_declared(declared: Dataset) -> None:
    tables = [
        replace(each, standard_edges=["rank", "score"], edges={"late": {"name": "O'Neil", "rank": 3}})
        if each.name == "people"
        else each
        for each in declared.tables
    ]
    declared = replace(declared, tables=tables)
    small, large = built(declared, 1, ANY)["people"], built(declared, 2, ANY)["people"]
    assert large.slice(0, len(small)).equals(small)
    assert (small["name"][STANDARD].as_py(), small["rank"][STANDARD].as_py()) == ("O'Neil", 3)
    assert len(set(small["name"].to_pylist())) == len(small)
    dataset_, inputs = dataset_of(declared, ANY), inputs_of(dataset_of(declared, ANY), 1)
    parts = [dataset_.plan(inputs).part("people", *cut) for cut in ((0, 5), (5, STANDARD + 1))]
    assert [row for part in parts for row in part.to_pylist()] == small.slice(0, STANDARD + 1).to_pylist()


@pytest.mark.parametrize(
    ("edges", "words", "said"),
    [
        ({"a": {"nam": "x"}}, {}, r"table users has no column 'nam'"),
        ({"a": {}}, {}, "edge case 'a' of users has no column"),
        ({"a\n": {"name": "x"}}, {}, r"edge case 'a\\n' of users has no printable name"),
        ({"a": {"name": "x" * 13}}, {}, "edge case 'a' has 13 characters, more than the limit of 12 for the column"),
        ({"a": {"bio": "x" * 10_001}}, {}, "more than the limit of 10,000 for an edge case"),
        ({"a": {"bio": "x"}}, {}, "has 1 characters, and a CHECK asks for 2"),
        ({"a": {"bio": "x\0y"}}, {}, "holds a character that Postgres cannot store"),
        ({"a": {"age": 151}}, {}, "is 151, which a CHECK does not allow"),
        ({"a": {"age": "x"}}, {}, "is 'x', which is no value of integer"),
        ({"a": {"age": 1.5}}, {}, "is 1.5, which is no value of integer"),
        ({"a": {"age": True}}, {}, "is True, which is no value of integer"),
        (
            {"a": {"age": longest()}},
            {},
            "asks for the longest text of integer, but the column does not accept every text",
        ),
        (
            {"a": {"plan": longest()}},
            {},
            "asks for the longest text of text, but the column does not accept every text",
        ),
        ({"a": {"fee": Decimal("1.234")}}, {}, "is Decimal.'1.234'., which is no value of numeric"),
        ({"a": {"fee": 10_000}}, {}, "is 10000, which is no value of numeric"),
        ({"a": {"fee": Decimal("NaN")}}, {}, "which is no value of numeric"),
        ({"a": {"born": "2023-02-29"}}, {}, "is '2023-02-29', which is no value of date"),
        ({"a": {"born": "1800-01-01"}}, {}, "is 1800-01-01, which a CHECK does not allow"),
        ({"a": {"plan": "gold"}}, {}, "is 'gold', and the column's word gives listed values only"),
        ({"a": {"plan": "gold"}}, {"plan": text("free")}, "is 'gold', which a CHECK does not allow"),
        ({"a": {"mood": "sad"}}, {}, "is 'sad', which is no label of the enum"),
        ({"a": {"name": None}}, {}, "is NULL, and the column is NOT NULL"),
        ({"a": {"id": 5}}, {}, "cannot set this column: it is part of the primary key"),
        ({"a": {"spent": 5}}, {}, "cannot set this column: its values follow from other rows or columns"),
        (
            {"a": {"code": "x"}, "b": {"code": "x"}},
            {},
            "users.code is unique, and edge cases 'a' and 'b' have the same value",
        ),
    ],
)
def test_what_a_column_cannot_hold_is_refused_with_the_name_and_the_place(edges, words, said):
    with pytest.raises(UsageError, match=rf"test_edges.py, line \d+: .*{said}"):
        dataset_of(dataset(users(edges, **words)), SCHEMA)


def test_a_null_that_another_column_reads_is_refused():
    orders = Declared("orders", 60, {"user_id": ref("users", weight="age")})
    with pytest.raises(UsageError, match="is NULL, and words of other columns read the column"):
        dataset_of(dataset(users({"ageless": {"age": None}}, age=integer(1, 9)), orders), SCHEMA)


def test_a_reference_is_no_edge_case():
    with pytest.raises(
        UsageError, match=r"orders.user_id: edge case 'a' cannot set this column: it references another row"
    ):
        dataset_of(dataset(users(), Declared("orders", 60, edges={"a": {"user_id": 1}})), SCHEMA)


def test_a_table_without_a_key_has_no_edge_cases():
    with pytest.raises(UsageError, match="table log has no primary key that a manifest can hold"):
        dataset_of(dataset(Declared("log", 5, edges={"a": {"line": "x"}})), SCHEMA)


def test_a_listed_column_that_can_hold_no_standard_edge_case_is_refused():
    with pytest.raises(UsageError, match=r"users.id: no standard edge case can set this column: it is part of"):
        dataset_of(dataset(users(standard=["id"])), SCHEMA)
    with pytest.raises(UsageError, match=r"table users has no column 'nam'"):
        dataset_of(dataset(users(standard=["nam"])), SCHEMA)


def test_a_name_that_a_standard_edge_case_has_is_refused():
    with pytest.raises(UsageError, match="users has a standard edge case 'emoji' already"):
        dataset_of(dataset(users({"emoji": {"name": "x"}}, standard=True)), SCHEMA)


def test_fewer_rows_than_edge_cases_take_are_refused_before_a_row_is_made():
    few = dataset_of(dataset(users({"a": {"name": "x"}}, STANDARD, standard=True)), SCHEMA)
    with pytest.raises(UsageError, match="the edge cases of users take its first 14 rows, but the build makes only 13"):
        few.plan(inputs_of(few, 1))


def test_the_words_of_edge_cases_are_held_to_their_types():
    with pytest.raises(UsageError, match=r"Table\(\): edges\['a'\] is 'x', not a mapping"):
        Declared("users", 5, edges={"a": "x"})
    with pytest.raises(UsageError, match=r"longest\(\): most is 0, not a whole number of 1 or more"):
        declare.longest(0)


def test_a_check_on_letters_keeps_edge_cases_to_them():
    table = Table(name="users", columns=columns("id bigint", "name text"), primary_key=("id",))
    check = Check(columns=("name",), sql="CHECK ((name = lower(name)))")
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="users", checks=(check,)),))
    made = built(dataset(Declared("users", 20, standard_edges=True)), 1, schema)["users"]["name"].to_pylist()
    assert made == [name.lower() for name in made]
    assert "a\\b\\n" in made
    with pytest.raises(UsageError, match=r"users\.name: edge case 'shout' is 'A', which a CHECK does not allow"):
        built(dataset(Declared("users", 20, edges={"shout": {"name": "A"}})), 1, schema)
