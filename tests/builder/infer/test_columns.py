"""Test what is inferred from a schema's tables: makers by key, constraint, name and type, and valid keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow.compute as pc
import pytest

from snap.errors import UsageError
from snap.schema import Check, Column, Details, Enum, ForeignKey, Schema, Table
from snap.types import parse
from snap_builder import declare
from snap_builder.compiled.compile import understand
from tests.builder.compiled.declarations import built

ENUMS = (Enum(name="mood", labels=("sad", "ok", "glad")),)


def _table(
    name: str, *columns: str, key: str = "id", unique: tuple[tuple[str, ...], ...] = (), **references: str
) -> Table:
    parted = [text.rstrip("?").split(" ", 1) for text in columns]
    return Table(
        name=name,
        columns=tuple(
            Column(name=n, type=parse(kind, {"mood"}), nullable=text.endswith("?"))
            for (n, kind), text in zip(parted, columns, strict=True)
        ),
        primary_key=tuple(key.split(",")) if key else (),
        unique=unique,
        foreign_keys=tuple(
            ForeignKey(columns=(column,), references=parent, to=("id",)) for column, parent in references.items()
        ),
    )


def _rows(
    *tables: Table, checks: dict[str, list[Check]] | None = None, details: tuple[Details, ...] = (), scale: int = 1
):
    listed = details or tuple(Details(table=name, checks=tuple(each)) for name, each in (checks or {}).items())
    schema = Schema(tables=tables, enums=ENUMS, sql="", details=listed)
    return built(declare.Dataset(as_of="2026-11-01"), scale, schema)


def _column(name: str, kind: str, **bounds: str):
    rows = _rows(_table("things", "id bigint", f"{name} {kind}"))
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
    rows = _rows(
        _table("posts", "id bigint", "created_at timestamp with time zone", "updatedAt timestamp with time zone")
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
    table = _table("things", "id bigint", f"{name} {kind}")
    values = {float(value) for value in _rows(table, checks={"things": [check]}, scale=20)["things"][name].to_pylist()}
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
    values = _rows(_table("things", "id bigint", f"x {kind}"), checks={"things": [check]}, scale=20)["things"]["x"]
    assert least <= min(values.to_pylist()) < max(values.to_pylist()) <= most


@pytest.mark.parametrize(("name", "length"), [("code", 12), ("email", 20), ("slug", 11), ("anything", 9)])
def test_unique_texts_also_fit_if_there_are_many_more_rows(name, length):
    table = _table("things", "id bigint", f"{name} character varying({length})", unique=((name,),))
    values = _rows(table, scale=2_000)["things"][name].to_pylist()
    assert max(map(len, values)) <= length
    assert len({*values}) == len(values) > 10_000


def test_a_key_below_a_number_has_no_more_rows_than_numbers():
    check = Check(columns=("id",), sql="CHECK ((id < 5))")
    assert _rows(_table("levels", "id bigint"), checks={"levels": [check]})["levels"]["id"].to_pylist() == [1, 2, 3, 4]


def test_what_is_done_or_deleted_comes_after_its_creation_and_often_never():
    ordered = Check(
        columns=("created_at", "deleted_at"), sql="CHECK (((deleted_at IS NULL) OR (deleted_at >= created_at)))"
    )
    columns = ("id bigint", "created_at timestamp with time zone", "done_at timestamp with time zone?")
    table = _table("tasks", *columns, "deleted_at timestamp with time zone?")
    tasks = _rows(table, checks={"tasks": [ordered]}, scale=20)["tasks"].to_pylist()
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
    rows = _rows(_table("things", *columns), checks=checks)["things"].to_pylist()
    assert {row["plan"] for row in rows} == {"free", "pro"}
    assert all(1 <= row["stars"] <= 5 and row["a"] <= row["b"] and len(row["code"]) == 7 for row in rows)


def test_a_domain_is_made_as_the_type_beneath_it():
    details = Details(
        table="things",
        bases=(("cost", "numeric(8,2)"), ("at", "timestamp without time zone"), ("n", "integer")),
        checks=(Check(columns=("n",), sql="CHECK ((VALUE > 5))"),),
    )
    rows = _rows(_table("things", "id bigint", "cost price", "at point_in_time", "n over_five"), details=(details,))
    assert all(pc.match_substring_regex(rows["things"]["cost"], r"^\d+\.\d\d$").to_pylist())
    assert all(pc.match_substring_regex(rows["things"]["at"], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$").to_pylist())
    assert all(int(n) > 5 for n in rows["things"]["n"].to_pylist())


def test_a_moment_with_a_precision_is_printed_in_whole_seconds():
    values = _column("seen", "timestamp(3) with time zone")
    assert all(pc.match_substring_regex(values, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00$").to_pylist())


PEOPLE = _table("people", "id bigint")


def _unique(rows, *key: str) -> bool:
    values = list(zip(*(rows[name].to_pylist() for name in key), strict=True))
    return len(values) == len(set(values)) and bool(values)


@pytest.mark.parametrize("scale", [1, 50])
@pytest.mark.parametrize(
    ("table", "key"),
    [
        (_table("t", "id bigint", "name text", unique=(("name",),)), ("name",)),
        (_table("t", "code character(2)", key="code"), ("code",)),
        (_table("t", "a uuid", "b text", key="a,b"), ("a", "b")),
        (_table("t", "person_id bigint", "note text", key="person_id", person_id="people"), ("person_id",)),
        (_table("t", "a bigint", "b bigint", key="a,b", a="people", b="people"), ("a", "b")),
        (_table("t", "a bigint", "n integer", key="a,n", a="people"), ("a", "n")),
        (_table("t", "a bigint", "kind mood", key="a,kind", a="people"), ("a", "kind")),
        (_table("t", "a bigint", "day date", key="a,day", a="people"), ("a", "day")),
        (_table("t", "a bigint", "b bigint", "kind mood", key="a,b,kind", a="people", b="people"), ("a", "b")),
    ],
)
def test_keys_are_unique_at_every_scale(table, key, scale):
    assert _unique(_rows(PEOPLE, table, scale=scale)["t"], *key)


def test_a_key_of_few_values_has_a_row_for_each():
    checks = {"t": [Check(columns=("id",), sql="CHECK ((id = 1))")]}
    assert _rows(_table("t", "id bigint"), checks=checks)["t"]["id"].to_pylist() == [1]
    assert sorted(_rows(_table("t", "mood mood", key="mood"))["t"]["mood"].to_pylist()) == ["glad", "ok", "sad"]


def test_a_reference_of_two_columns_names_one_parent():
    parent = _table("users", "tenant_id bigint", "id bigint", key="tenant_id,id")
    child = replace(
        _table("notes", "id bigint", "tenant bigint", "author bigint"),
        foreign_keys=(ForeignKey(columns=("tenant", "author"), references="users", to=("tenant_id", "id")),),
    )
    rows = _rows(parent, child)
    parents = set(zip(rows["users"]["tenant_id"].to_pylist(), rows["users"]["id"].to_pylist(), strict=True))
    assert set(zip(rows["notes"]["tenant"].to_pylist(), rows["notes"]["author"].to_pylist(), strict=True)) <= parents


def test_a_tree_refers_to_earlier_rows_and_a_circle_is_opened_where_a_column_may_be_null():
    tree = _table("nodes", "id bigint", "parent_id bigint?", parent_id="nodes")
    nodes = _rows(tree)["nodes"].to_pylist()
    assert nodes[0]["parent_id"] is None
    assert all(node["parent_id"] is None or node["parent_id"] < node["id"] for node in nodes)
    for unique in ((), (("b_id",),)):
        _require_circle(_table("a", "id bigint", "b_id bigint?", b_id="b", unique=unique))


def _require_circle(a: Table) -> None:
    b = _table("b", "id bigint", "a_id bigint", a_id="a")
    rows = _rows(a, b)
    # A row names one of those that name it.
    named = dict(zip(rows["b"]["id"].to_pylist(), rows["b"]["a_id"].to_pylist(), strict=True))
    assert [named[b_id] for b_id in rows["a"]["b_id"].to_pylist()] == rows["a"]["id"].to_pylist()
    assert set(rows["b"]["a_id"].to_pylist()) <= set(rows["a"]["id"].to_pylist())


def test_a_circle_that_nothing_opens_is_refused():
    a, b = _table("a", "id bigint", "b_id bigint", b_id="b"), _table("b", "id bigint", "a_id bigint", a_id="a")
    with pytest.raises(UsageError, match="reference each other, and neither column may be NULL"):
        _rows(a, b)


def test_a_type_without_a_maker_is_refused_by_name_unless_it_may_be_null():
    assert _rows(_table("t", "id bigint", "pair app.pair?"))["t"]["pair"].null_count
    with pytest.raises(UsageError, match=r"t\.pair: a column of type app\.pair needs a declaration"):
        _rows(_table("t", "id bigint", "pair app.pair"))


@pytest.mark.parametrize(("least", "most"), [(2, 120), (10, 40), (30, 200), (4, 4)])
def test_texts_of_a_length_are_words_where_words_have_it(least: int, most: int) -> None:
    check = Check(columns=("title",), sql=f"CHECK (((length(title) >= {least}) AND (length(title) <= {most})))")
    rows = _rows(_table("t", "id bigint", "title text"), checks={"t": [check]}, scale=10)
    titles = rows["t"]["title"].to_pylist()
    assert all(least <= len(title) <= most for title in titles)
    assert any(title[0].isalpha() for title in titles) == (least != most)


def test_a_value_or_another_column_is_no_bound_of_the_value() -> None:
    checks = [
        Check(columns=("status",), sql="CHECK ((status = ANY (ARRAY['asked'::text, 'out'::text])))"),
        Check(columns=("status", "at"), sql="CHECK (((status = 'asked'::text) OR (at IS NOT NULL)))"),
    ]
    table = _table("t", "id bigint", "status text", "at timestamp without time zone?")
    rows = _rows(table, checks={"t": checks}, scale=20)["t"]
    pairs = set(zip(rows["status"].to_pylist(), rows["at"].is_valid().to_pylist(), strict=True))
    assert {("asked", False), ("out", True)} <= pairs <= {("asked", False), ("asked", True), ("out", True)}


def test_checks_that_say_more_than_bounds_are_handed_to_people():
    check = Check(columns=("email",), sql="CHECK ((email <> reverse(email)))")
    schema = Schema(
        tables=(_table("t", "id bigint", "email text"),),
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
    values = _rows(_table("t", "id bigint", f"x {kind}"))["t"]["x"]
    assert values.null_count == 0
    assert value is None or values.to_pylist() == [value] * 10


def test_a_table_that_joins_few_rows_has_no_more_rows_than_there_are_pairs() -> None:
    tables = (
        _table("roles", "id integer", "kind mood", unique=(("kind",),)),
        _table("rights", "id integer", "kind mood", unique=(("kind",),)),
        _table("grants", "role integer", "right integer", key="role,right", role="roles", right="rights"),
    )
    rows = _rows(*tables)
    assert len(rows["grants"]) == 4
    assert len(set(zip(*rows["grants"].to_pydict().values(), strict=True))) == 4


def test_a_reference_to_a_table_that_is_not_here_is_null() -> None:
    notes = _table("notes", "id integer", "author uuid?")
    key = ForeignKey(columns=("author",), references="auth.users", to=("id",))
    rows = _rows(notes, details=(Details(table="notes", references=(key,)),))
    assert rows["notes"]["author"].null_count == len(rows["notes"])
    with pytest.raises(
        UsageError, match=r"notes.author is NOT NULL and references auth.users, a table outside the dataset"
    ):
        _rows(_table("notes", "id integer", "author uuid"), details=(Details(table="notes", references=(key,)),))


@pytest.mark.parametrize(("kind", "decimals"), [("numeric(65,30)", 30), ("numeric(40,1)", 1), ("numeric(50,0)", 0)])
def test_numbers_of_more_digits_than_arrow_has_are_made_as_postgres_prints_them(kind: str, decimals: int) -> None:
    for value in _column("anything", kind):
        assert len(value.partition(".")[2]) == decimals


def test_a_long_chain_of_tables_does_not_grow_without_end_until_one_of_them_is_declared() -> None:
    chain = [_table("t0", "id integer")]
    chain += [_table(f"t{i}", "id integer", "up integer", up=f"t{i - 1}") for i in range(1, 8)]
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
    table = _table("t", "owner_id bigint", column, "note text", key=f"owner_id,{name}", owner_id="people")
    rows = 20 if name == "day" else 200
    declared = declare.Dataset(
        as_of="2026-11-01", tables=[declare.Table("people", 20), declare.Table("t", rows, words)]
    )
    made = built(declared, scale, Schema(tables=(PEOPLE, table), enums=ENUMS, sql=""))["t"]
    assert _unique(made, "owner_id", name)


def test_a_key_whose_columns_are_all_declared_is_left_to_the_declaration():
    table = _table("t", "owner_id bigint", "kind text", key="owner_id,kind", owner_id="people")
    words = {"owner_id": declare.ref("people"), "kind": declare.choice(a=1, b=1)}
    declared = declare.Dataset(as_of="2026-11-01", tables=[declare.Table("people", 20), declare.Table("t", 90, words)])
    made = built(declared, 1, Schema(tables=(PEOPLE, table), enums=ENUMS, sql=""))["t"]
    assert set(made["kind"].to_pylist()) == {"a", "b"}


@pytest.mark.parametrize(("operator", "key"), [("<>", "id"), ("<", "id"), ("<", "left,right"), (">", "right,left")])
@pytest.mark.parametrize("scale", [1, 3])
def test_two_references_that_a_check_holds_apart_name_different_rows(operator: str, key: str, scale: int) -> None:
    links = _table("links", "id bigint", "left bigint", "right bigint", key=key, left="tags", right="tags")
    check = Check(columns=("left", "right"), sql=f'CHECK (("left" {operator} "right"))')
    details = (Details(table="links", checks=(check,)),)
    schema = Schema(tables=(_table("tags", "id bigint"), links), enums=(), sql="", details=details)
    pairs = [(row["left"], row["right"]) for row in built(declare.Dataset(), scale, schema)["links"].to_pylist()]
    compare = {"<>": int.__ne__, "<": int.__lt__, ">": int.__gt__}[operator]
    assert len({*pairs}) == len(pairs) > 10
    assert all(compare(left, right) for left, right in pairs)
    assert not understand("app", declare.Dataset(), schema).inferred["links"].others


def test_a_row_that_references_its_table_never_references_itself() -> None:
    check = Check(columns=("boss_id", "id"), sql="CHECK ((boss_id <> id))")
    table = _table("people", "id bigint", "boss_id bigint?", boss_id="people")
    schema = Schema(tables=(table,), enums=(), sql="", details=(Details(table="people", checks=(check,)),))
    assert understand("app", declare.Dataset(), schema).inferred["people"].others == ()
    rows = _rows(table, checks={"people": [check]}, scale=20)["people"].to_pylist()
    assert all(row["boss_id"] != row["id"] for row in rows)


def test_a_boolean_has_the_values_that_a_check_lists() -> None:
    check = Check(columns=("done",), sql="CHECK ((done = ANY (ARRAY[true])))")
    rows = _rows(_table("things", "id bigint", "done boolean"), checks={"things": [check]})
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
    table = _table("things", "id bigint", f"{name} date")
    rows = _rows(table, checks={"things": [Check(columns=(name,), sql=f"CHECK ({condition})")]}, scale=20)
    made = rows["things"][name].to_pylist()
    assert first <= min(made)
    assert max(made) <= last


def test_the_order_of_texts_and_of_more_than_two_columns_is_left_to_people() -> None:
    table = _table("t", "id bigint", "a integer", "b integer", "c integer", "x text", "y text")
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
        schema = Schema(tables=(_table("t", *columns),), enums=(), sql="", details=details)
        return understand("app", declare.Dataset(), schema).inferred["t"]

    before = understood(*columns[:-1], checks=(older,))
    after = understood(*columns, checks=(newer, older))  # Postgres sorts them by their texts
    assert {name: after.makers[name] for name in before.makers} == before.makers
    assert (before.others, after.others) == ((), (newer,))


def test_columns_that_may_not_be_less_than_each_other_are_made_without_a_circle() -> None:
    checks = tuple(Check(columns=("a", "b"), sql=f"CHECK (({sql}))") for sql in ("a <= b", "b <= a"))
    assert len(_rows(_table("t", "id bigint", "a integer", "b integer"), checks={"t": [*checks]})["t"]) == 10
