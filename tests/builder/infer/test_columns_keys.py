"""Test what is inferred from the keys and references of tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snap.errors import UsageError
from snap.schema import Check, Details, ForeignKey, Schema, Table
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built
from tests.builder.infer.tables import ENUMS, described, made

PEOPLE = described("people", "id bigint")


@pytest.mark.parametrize(("name", "length"), [("code", 12), ("email", 20), ("slug", 11), ("anything", 9)])
def test_unique_texts_also_fit_if_there_are_many_more_rows(name, length):
    table = described("things", "id bigint", f"{name} character varying({length})", unique=((name,),))
    values = made(table, scale=2_000)["things"][name].to_pylist()
    assert max(map(len, values)) <= length
    assert len({*values}) == len(values) > 10_000


def test_a_key_below_a_number_has_no_more_rows_than_numbers():
    check = Check(columns=("id",), sql="CHECK ((id < 5))")
    assert made(described("levels", "id bigint"), checks={"levels": [check]})["levels"]["id"].to_pylist() == [
        1,
        2,
        3,
        4,
    ]


def _unique(rows, *key: str) -> bool:
    values = list(zip(*(rows[name].to_pylist() for name in key), strict=True))
    return len(values) == len(set(values)) and bool(values)


@pytest.mark.parametrize("scale", [1, 50])
@pytest.mark.parametrize(
    ("table", "key"),
    [
        (described("t", "id bigint", "name text", unique=(("name",),)), ("name",)),
        (described("t", "code character(2)", key="code"), ("code",)),
        (described("t", "a uuid", "b text", key="a,b"), ("a", "b")),
        (described("t", "person_id bigint", "note text", key="person_id", person_id="people"), ("person_id",)),
        (described("t", "a bigint", "b bigint", key="a,b", a="people", b="people"), ("a", "b")),
        (described("t", "a bigint", "n integer", key="a,n", a="people"), ("a", "n")),
        (described("t", "a bigint", "kind mood", key="a,kind", a="people"), ("a", "kind")),
        (described("t", "a bigint", "day date", key="a,day", a="people"), ("a", "day")),
        (described("t", "a bigint", "b bigint", "kind mood", key="a,b,kind", a="people", b="people"), ("a", "b")),
    ],
)
def test_keys_are_unique_at_every_scale(table, key, scale):
    assert _unique(made(PEOPLE, table, scale=scale)["t"], *key)


def test_a_key_of_few_values_has_a_row_for_each():
    checks = {"t": [Check(columns=("id",), sql="CHECK ((id = 1))")]}
    assert made(described("t", "id bigint"), checks=checks)["t"]["id"].to_pylist() == [1]
    assert sorted(made(described("t", "mood mood", key="mood"))["t"]["mood"].to_pylist()) == ["glad", "ok", "sad"]


def test_a_reference_of_two_columns_names_one_parent():
    parent = described("users", "tenant_id bigint", "id bigint", key="tenant_id,id")
    child = replace(
        described("notes", "id bigint", "tenant bigint", "author bigint"),
        foreign_keys=(ForeignKey(columns=("tenant", "author"), references="users", to=("tenant_id", "id")),),
    )
    rows = made(parent, child)
    parents = set(zip(rows["users"]["tenant_id"].to_pylist(), rows["users"]["id"].to_pylist(), strict=True))
    assert set(zip(rows["notes"]["tenant"].to_pylist(), rows["notes"]["author"].to_pylist(), strict=True)) <= parents


def test_a_tree_refers_to_earlier_rows_and_a_circle_is_opened_where_a_column_may_be_null():
    tree = described("nodes", "id bigint", "parent_id bigint?", parent_id="nodes")
    nodes = made(tree)["nodes"].to_pylist()
    assert nodes[0]["parent_id"] is None
    assert all(node["parent_id"] is None or node["parent_id"] < node["id"] for node in nodes)
    for unique in ((), (("b_id",),)):
        _require_circle(described("a", "id bigint", "b_id bigint?", b_id="b", unique=unique))


def _require_circle(a: Table) -> None:
    b = described("b", "id bigint", "a_id bigint", a_id="a")
    rows = made(a, b)
    # A row names one of those that name it.
    named = dict(zip(rows["b"]["id"].to_pylist(), rows["b"]["a_id"].to_pylist(), strict=True))
    assert [named[b_id] for b_id in rows["a"]["b_id"].to_pylist()] == rows["a"]["id"].to_pylist()
    assert set(rows["b"]["a_id"].to_pylist()) <= set(rows["a"]["id"].to_pylist())


def test_a_circle_that_nothing_opens_is_refused():
    a, b = described("a", "id bigint", "b_id bigint", b_id="b"), described("b", "id bigint", "a_id bigint", a_id="a")
    with pytest.raises(UsageError, match="reference each other, and neither column may be NULL"):
        made(a, b)


def test_a_table_that_joins_few_rows_has_no_more_rows_than_there_are_pairs() -> None:
    tables = (
        described("roles", "id integer", "kind mood", unique=(("kind",),)),
        described("rights", "id integer", "kind mood", unique=(("kind",),)),
        described("grants", "role integer", "right integer", key="role,right", role="roles", right="rights"),
    )
    rows = made(*tables)
    assert len(rows["grants"]) == 4
    assert len(set(zip(*rows["grants"].to_pydict().values(), strict=True))) == 4


def test_a_reference_to_a_table_that_is_not_here_is_null() -> None:
    notes = described("notes", "id integer", "author uuid?")
    key = ForeignKey(columns=("author",), references="auth.users", to=("id",))
    rows = made(notes, details=(Details(table="notes", references=(key,)),))
    assert rows["notes"]["author"].null_count == len(rows["notes"])
    with pytest.raises(
        UsageError, match=r"notes.author is NOT NULL and references auth.users, a table outside the dataset"
    ):
        made(described("notes", "id integer", "author uuid"), details=(Details(table="notes", references=(key,)),))


def test_a_long_chain_of_tables_does_not_grow_without_end_until_one_of_them_is_declared() -> None:
    chain = [described("t0", "id integer")]
    chain += [described(f"t{i}", "id integer", "up integer", up=f"t{i - 1}") for i in range(1, 8)]
    schema = Schema(tables=tuple(chain), enums=(), sql="")
    rows = understand("app", declare.Dataset(), schema).rows
    assert [*rows.values()] == [10, 30, 90, 270, 300, 300, 300, 300]
    rows = understand("app", declare.Dataset(rows={"t4": 200}), schema).rows
    assert [*rows.values()] == [10, 30, 90, 270, 200, 600, 1_800, 5_400]


@pytest.mark.parametrize("scale", [1, 7])
@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("line smallint", {"owner_id": declare.ref("people", at_least=1)}),
        ("line integer", {"owner_id": declare.ref("people")}),
        ("substance text", {"owner_id": declare.ref("people", none_have=50)}),
        ("day date", {"owner_id": declare.ref("people", one=True)}),
        ("line integer", {"owner_id": declare.ref("people"), "note": declare.text("{word}")}),
    ],
)
def test_a_key_of_which_some_columns_are_declared_stays_unique(column, words, scale):
    name = column.split()[0]
    table = described("t", "owner_id bigint", column, "note text", key=f"owner_id,{name}", owner_id="people")
    rows = 20 if name == "day" else 200
    declared = declare.Dataset(
        as_of="2026-11-01", tables=[declare.Table("people", 20), declare.Table("t", rows, words)]
    )
    made = built(declared, scale, Schema(tables=(PEOPLE, table), enums=ENUMS, sql=""))["t"]
    assert _unique(made, "owner_id", name)


def test_a_key_whose_columns_are_all_declared_is_left_to_the_declaration():
    table = described("t", "owner_id bigint", "kind text", key="owner_id,kind", owner_id="people")
    words = {"owner_id": declare.ref("people"), "kind": declare.choice(a=1, b=1)}
    declared = declare.Dataset(as_of="2026-11-01", tables=[declare.Table("people", 20), declare.Table("t", 90, words)])
    made = built(declared, 1, Schema(tables=(PEOPLE, table), enums=ENUMS, sql=""))["t"]
    assert set(made["kind"].to_pylist()) == {"a", "b"}


@pytest.mark.parametrize(("operator", "key"), [("<>", "id"), ("<", "id"), ("<", "left,right"), (">", "right,left")])
@pytest.mark.parametrize("scale", [1, 3])
def test_two_references_that_a_check_holds_apart_name_different_rows(operator: str, key: str, scale: int) -> None:
    links = described("links", "id bigint", "left bigint", "right bigint", key=key, left="tags", right="tags")
    check = Check(columns=("left", "right"), sql=f'CHECK (("left" {operator} "right"))')
    details = (Details(table="links", checks=(check,)),)
    schema = Schema(tables=(described("tags", "id bigint"), links), enums=(), sql="", details=details)
    pairs = [(row["left"], row["right"]) for row in built(declare.Dataset(), scale, schema)["links"].to_pylist()]
    compare = {"<>": int.__ne__, "<": int.__lt__, ">": int.__gt__}[operator]
    assert len({*pairs}) == len(pairs) > 10
    assert all(compare(left, right) for left, right in pairs)
    assert not understand("app", declare.Dataset(), schema).inferred["links"].others


def test_a_row_that_references_its_table_never_references_itself() -> None:
    check = Check(columns=("boss_id", "id"), sql="CHECK ((boss_id <> id))")
    table = described("people", "id bigint", "boss_id bigint?", boss_id="people")
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="people", checks=(check,)),))
    assert understand("app", declare.Dataset(), schema).inferred["people"].others == ()
    rows = made(table, checks={"people": [check]}, scale=20)["people"].to_pylist()
    assert all(row["boss_id"] != row["id"] for row in rows)
