"""Test words that do not fit their column: one error with the word's line and the words that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.errors import UsageError
from snap.schema import Check, Details, Schema, Table
from snap_builder import load, locate
from snap_builder.declare import Dataset, choice, integer, text
from snap_builder.declare import Table as Declared
from snap_builder.reference import examples
from tests.builder.compiled.declarations import built, dataset_of, inputs_of


def refusal(folder: Path, code: str) -> UsageError:
    """Return the error of a table over the schema of the reference's examples, whether declared or built."""
    app = folder / "datasets" / "app"
    app.mkdir(parents=True)
    (app / "schema.sql").write_bytes(examples.script())
    (app / "dataset.py").write_text(
        f"from snap.dataset import *\n\nmade = (\n    {code}\n)\ndataset = Dataset(tables=[made])\n"
    )
    source = locate(folder, "app")
    assert source is not None
    with pytest.raises(UsageError) as caught:
        dataset = load(source, lambda _, __: examples.schema())
        inputs = inputs_of(dataset)
        plan = dataset.plan(inputs)
        for table, rows in inputs.rows.items():
            plan.part(table, 0, rows)
    return caught.value


WRONG = [
    ('Table("usres", 5)', "the schema of app has no table 'usres'", "did you mean 'users'?"),
    ('Table("users", 5, {"nmae": text("x")})', "table users has no column 'nmae'", "did you mean 'name'?"),
    ('Table("orders", 50, {"status": choice(placd=70)})', "'placd' is no label of the enum", "did you mean 'placed'?"),
    ('Table("orgs", 5, {"user_count": choice(a=1)})', "'a' is no value of integer", "write integer(), money() or"),
    ('Table("orgs", 5, {"user_count": choice({1.5: 1})})', "orgs.user_count: 1.5 is no value of integer", ""),
    ('Table("orgs", 5, {"slug": choice({"x" * 80: 1})})', "has 80 characters, too many for character varying(60)", ""),
    ('Table("orgs", 5, {"slug": choice(a=1, b=1)})', "the column is unique, and 2 values are too few for 5 rows", ""),
    ('Table("orgs", 5, {"created_at": choice(a=1)})', "'a' is no value of timestamp with time zone", "write moment("),
    ('Table("users", 5, {"activity": weights(2**40)})', "1099511627776 is no value of integer", ""),
    ('Table("users", 5, {"created_at": integer(1, 9)})', "holds moments, but the word makes numbers", "write moment("),
    ('Table("products", 5, {"tags": integer(1, 9)})', "products.tags: the column is text[], which holds arrays", ""),
    ('Table("products", 5, {"stock": integer(9, 1)})', "products.stock: no number lies between 9 and 1", ""),
    ('Table("products", 5, {"stock": integer(0, 10**12)})', "integer does not hold 1000000000000", "stay below"),
    (
        'Table("products", 5, {"price": money(1, 9, none=20)})',
        "products.price is NOT NULL, and its word gives NULL",
        "",
    ),
    (
        'Table("orders", 50, {"user_id": ref("user")})',
        "orders.user_id references users, not user",
        "write ref('users')",
    ),
    ('Table("orders", 50, {"total": ref("users")})', "orders.total references no table", "declare another word"),
    (
        'Table("orders", 50, {"user_id": ref("users", at_least=9)})',
        "1.66667 rows for each row of users are too few: each needs at least 9",
        "",
    ),
    ('Table("orders", 50, {"user_id": ref("users", none_have=100)})', "none of 30 rows of users may be referenced", ""),
    (
        'Table("orders", 500, {"user_id": ref("users", one=True)})',
        "16.6667 rows for each row of users are more than one",
        "",
    ),
    (
        'Table("follows", 9, pairs=pairs("follower", "followee_id"))',
        "no column 'follower'",
        "did you mean 'follower_id'?",
    ),
    ('Table("products", 9, pairs=pairs("sku", "name"))', "products.sku references no table", "joins two references"),
    ('Table("follows", 9000, pairs=pairs("follower_id", "followee_id"))', "9,000 unique pairs of 30 users and 30", ""),
    ('Table("orders", 50, {"total": sum_of("order_line.amount")})', "no table 'order_line'", "mean 'order_lines'?"),
    ('Table("orders", 50, {"total": sum_of("order_lines.amuont")})', "no column 'amuont'", "did you mean 'amount'?"),
    ('Table("orders", 50, {"total": sum_of("users.activity")})', "users does not reference orders", ""),
    ('Table("orgs", 50, {"user_count": count_of("users", by="org")})', "no column 'org'", "did you mean 'org_id'?"),
    (
        'Table("orgs", 50, {"user_count": sum_of("users.name")})',
        "users.name is text, which holds texts",
        "a column of numbers",
    ),
    ('Table("orgs", 50, {"user_count": sum_of("users.created_at")})', "users.created_at is timestamp with time", ""),
    ('Table("orgs", 50, {"user_count": sum_of("users.rating")})', "integer, but users.rating has 1 decimal", ""),
    ('Table("orgs", 50, {"created_at": first_of("users.created_at")})', "NOT NULL, and its word gives NULL", ""),
    ('Table("users", 50, {"last_seen_at": last_of("orders.total")})', "holds moments, but the word makes numbers", ""),
    (
        'Table("users", 50, {"last_seen_at": last_of("orders.status")})',
        "orders.status is state, which holds labels",
        "",
    ),
    (
        'Table("users", 50, {"name": count_of("orders")})',
        "users.name is text, which holds texts, but the word makes numbers",
        "",
    ),
    ('Table("users", 50, {"created_at": moment(after("orgs.created_at"))})', "no column 'orgs'", "mean 'org_id'?"),
    ('Table("users", 50, {"created_at": moment(after("org.craeted_at"))})', "no column 'craeted_at'", "'created_at'?"),
    (
        'Table("users", 50, {"created_at": moment(after("org.name"))})',
        "reads org.name, which is text and holds texts",
        "",
    ),
    ('Table("users", 50, {"created_at": moment(after("created_at"))})', "columns depend on each other", ""),
    (
        'Table("orgs", 50, {"created_at": moment(between("2027-05-01", "2027-06-01"))})',
        "at or after as-of",
        "later as-of",
    ),
    ('Table("users", 50, {"name": moment(during("-3y"))})', "holds texts, but the word makes moments", "write text()"),
    ('Table("users", 50, {"activity": text("{first}")})', "holds numbers, but the word makes texts", "write integer()"),
    ('Table("users", 50, {"settings": text("{first}")})', "the column is jsonb", ""),
    ('Table("users", 50, {"name": text("{org.nmae}")})', "table orgs has no column 'nmae'", "did you mean 'name'?"),
    ('Table("orgs", 50, {"slug": text("x" * 61)})', "up to 61 characters do not fit into character varying(60)", ""),
    (
        'Table("orgs", 50, {"slug": pattern("^[a-z]{61}$")})',
        "up to 61 characters do not fit into",
        "shorten the pattern",
    ),
    ('Table("orgs", 50, {"user_count": pattern("^[a-z]{3}$")})', "holds numbers, but the word makes texts", ""),
    (
        'Table("orders", 50, {"status": lifecycle("placed_at", placed=10, payed=("paid_at", 5))})',
        "'payed' is no label of the enum",
        "did you mean 'placed'?",
    ),
    (
        'Table("orders", 50, {"status": lifecycle("placed_at", placed=10, paid=("payed_at", 5))})',
        "table orders has no column 'payed_at'",
        "did you mean 'placed_at'?",
    ),
    (
        'Table("orders", 50, {"status": lifecycle("user_id", placed=1, paid=("paid_at", 5))})',
        "orders.status reads user_id, which is bigint and holds numbers",
        "name a column of moments",
    ),
    (
        'Table("follows", 9, pairs=pairs("follower_id", "followee_id", score=lambda: 1))',
        "follows: its score raises TypeError",
        "correct the function",
    ),
    (
        'Table("follows", 9, pairs=pairs("follower_id", "followee_id", score=lambda r: r.left["actvity"]))',
        "table users has no column 'actvity'",
        "did you mean 'activity'?",
    ),
    (
        'Table("follows", 9, pairs=pairs("follower_id", "followee_id", score=lambda r: 0.5 * r.left["activity"]))',
        "follows: its score returns float64 of shape",
        "a vector of whole numbers, one for each pair",
    ),
    (
        'Table("follows", 9, pairs=pairs("follower_id", "followee_id", score=lambda r: r.left["activity"][:1]))',
        "follows: its score returns int64 of shape",
        "one for each pair",
    ),
    (
        'Table("follows", 9, pairs=pairs("follower_id", "followee_id", score=lambda r: None))',
        "follows: its score returns None for pairs",
        "",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("code", "message", "hint"), WRONG, ids=[code for code, _, _ in WRONG])
def test_what_a_column_cannot_have_is_one_error_with_the_line_of_the_word(
    tmp_path: Path, code: str, message: str, hint: str
) -> None:
    error = refusal(tmp_path, code)
    assert error.message.startswith(f"{tmp_path}/datasets/app/dataset.py, line 4: ")
    assert error.message.count("dataset.py") == 1
    assert message in error.message
    assert hint in error.hint
    assert error.hint


def _checked(*checks: tuple[str, str]) -> Schema:
    columns = examples.schema().tables[0].columns
    table = next(table for table in examples.schema().tables if table.name == "products")
    assert columns
    bare = Table(name="things", columns=table.columns, primary_key=table.primary_key)
    details = Details(table="things", checks=tuple(Check(columns=(name,), sql=sql) for name, sql in checks))
    return Schema(tables=(bare,), enums=(), sql="", details=(details,))


@pytest.mark.parametrize(
    ("check", "columns", "message"),
    [
        (
            ("name", "CHECK ((name = ANY (ARRAY['lamp'::text, 'rug'::text])))"),
            {"name": choice(lamb=1)},
            "not allow 'lamb'",
        ),
        (("stock", "CHECK ((stock > 0))"), {"stock": integer(0, 9)}, "allows 1 or more, and the word makes 0 to 9"),
        (
            ("stock", "CHECK ((stock <= 5))"),
            {"stock": choice({9: 1})},
            "a CHECK does not allow 9 (it allows 5 or less)",
        ),
        (
            ("name", "CHECK ((length(name) <= 4))"),
            {"name": text("{first}")},
            "a CHECK allows 4 characters, and the texts",
        ),
    ],
)
def test_what_a_check_refuses_is_said_before_a_row_is_made(check, columns, message):
    with pytest.raises(UsageError) as caught:
        dataset_of(Dataset(tables=[Declared("things", 9, {"org_id": integer(1, 9), **columns})]), _checked(check))
    assert message in f"{caught.value.message} ({caught.value.hint})"


def test_what_a_check_allows_is_made():
    schema = _checked(("stock", "CHECK ((stock > 0))"), ("name", "CHECK ((length(name) <= 30))"))
    columns = {"org_id": integer(1, 9), "stock": integer(1, 9), "name": text("{first} {n}")}
    rows = built(Dataset(tables=[Declared("things", 20, columns)]), schema=schema)["things"]
    assert min(rows["stock"].to_pylist()) == 1
