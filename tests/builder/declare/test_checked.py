"""Test common mistakes in a dataset.py: one error with the file, the line, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.errors import UsageError
from snap_builder import load, locate
from snap_builder.declare.checked import word
from snap_builder.reference import examples

HEAD = "from snap.dataset import *\n\n"


def refusal(folder: Path, code: str) -> UsageError:
    """Return the error of a dataset.py over the schema of the reference's examples."""
    app = folder / "datasets" / "app"
    app.mkdir(parents=True)
    (app / "schema.sql").write_bytes(examples.script())
    (app / "dataset.py").write_text(code)
    source = locate(folder, "app")
    assert source is not None
    with pytest.raises(UsageError) as caught:
        load(source, lambda _, __: examples.schema())
    return caught.value


# The arguments of each word, as people type them: what is said, and what is hinted.
CALLS = [
    ('Table("users")', "Table(): missing a required argument: 'rows'", "write it as Table("),
    ('Table("users", -5)', "Table(): rows is -5, not a whole number of 0 or more", "write it as Table("),
    ('Table("users", "300")', "Table(): rows is '300', not a whole number", "write 300 without quotes"),
    ('Table("users", 2.5)', "Table(): rows is 2.5, not a whole number", ""),
    ('Table("users", None)', "Table(): rows is None, not a whole number", ""),
    ('Table("users", True)', "Table(): rows is True, not a whole number", ""),
    ('Table("users", 5, colums={})', "Table() has no argument 'colums'", "did you mean columns=?"),
    ('Table("users", 5, {"name": "free"})', "Table(): columns['name'] is 'free', not the result of choice(), ", ""),
    ('Table("users", 5, {"name": text})', "columns['name'] is the function text, which is not called", ""),
    ('Table("users", 5, {5: text("x")})', "Table(): a key of columns is 5, not a text", ""),
    ('Table("users", 5, [text("x")])', "Table(): columns is [", ""),
    ('Table("users", 5, pairs=ref("orgs"))', "Table(): pairs is Reference(", ""),
    ("Table(5, 5)", "Table(): name is 5, not a text", ""),
    ('Dataset(rows={"users": -1})', "Dataset(): rows['users'] is -1, not a whole number of 0 or more", ""),
    ('Dataset(rows={"users": "many"})', "Dataset(): rows['users'] is 'many'", "write it as Dataset("),
    ('Dataset(profiles={"dev": "2"})', "profiles['dev'] is '2', not a whole number", "write 2 without quotes"),
    ('Dataset(rows={"users": 0})', "table users has no row", "ask for 1 or more"),
    ('Dataset(rows=["users"])', "Dataset(): rows is ['users'], not a mapping", 'Dataset(rows={"users": 300})'),
    ('Dataset(seed="x")', "Dataset(): seed is 'x', not a whole number", ""),
    ('Dataset(as_of="yesterday")', "as_of='yesterday' is not a date", 'write as_of="2026-11-01"'),
    ('Dataset(as_of="2026-13-01")', "as_of='2026-13-01' is not a date", ""),
    ("Dataset(as_of=20260101)", "Dataset(): as_of is 20260101, not a text", ""),
    ("Dataset(profiles={})", "the dataset has no profile", 'write profiles={"dev": 1}'),
    ('Dataset(profiles={"dev": 0})', "profiles['dev'] is 0, not a whole number of 1 or more", ""),
    ('Dataset(profiles={"dev": 0.5})', "profiles['dev'] is 0.5, not a whole number", ""),
    ('Dataset(profiles={"dev": {"users": 0}})', "profiles['dev']['users'] is 0, not a whole number of 1 or more", ""),
    ('Dataset(profile={"dev": 1})', "Dataset() has no argument 'profile'", "did you mean profiles=?"),
    ('Dataset(tables=Table("users", 5))', "Dataset(): tables is Table(name='users'", ""),
    ("Dataset(tables=[5])", "Dataset(): element 1 of tables is 5, not a Table", ""),
    ("Dataset(checks=5)", "Dataset(): checks is 5, not a text", ""),
    ("choice()", "choice() needs values with whole weights above 0", "write choice(free=70, pro=30)"),
    ("choice(free=0.7, pro=0.3)", "choice(): free is 0.7, not a whole number", "choice(free=70, pro=25, enterprise=5)"),
    ("choice(free=-1, pro=3)", "choice() needs values with whole weights above 0", ""),
    ('choice(["free", "pro"])', "choice(): options is ['free', 'pro'], not a mapping", ""),
    ('choice("free", "pro")', "choice(): too many positional arguments", ""),
    ('choice(free="70")', "choice(): free is '70', not a whole number", ""),
    ("choice(free=70, none=130)", "choice(): none is 130, not a number from 0 to 100", ""),
    ('choice(free=70, none="x")', "choice(): none is 'x', not a number from 0 to 100", ""),
    ('choice(free=70, none="0.00001")', "none is '0.00001', not a number from 0 to 100 with 4 decimals at most", ""),
    ('weights("a")', "weights(): numbers is 'a', not a whole number", "weights(1, 2, 4, 8)"),
    ("weights([1, 2])", "weights(): numbers is [1, 2], not a whole number", ""),
    ("weights(1.5)", "weights(): numbers is 1.5, not a whole number", ""),
    ("weights()", "needs values with whole weights above 0", ""),
    ("integer(0)", "integer(): missing a required argument: 'high'", "write it as integer(0, 500)"),
    ('integer("a", 1)', "integer(): low is 'a', not a whole number", ""),
    ("integer(1.5, 9)", "integer(): low is 1.5, not a whole number", ""),
    ('integer(0, 9, shape="normal")', "integer(): shape is 'normal', not the result of uniform(), ", ""),
    ("integer(0, 9, shape=normal)", "shape is the function normal, which is not called", ""),
    ("integer(0, 9, nulls=5)", "integer() has no argument 'nulls'", ""),
    ("money(1, None)", "money(): high is None, not a number", "write it as money("),
    ('money(1, "many")', "money(): high is 'many', not a number", ""),
    ('money(1, float("nan"))', "money(): high is nan, not a number", ""),
    ('money(1, float("inf"))', "money(): high is inf, not a number", ""),
    ("money(1, 9, none=-5)", "money(): none is -5, not a number from 0 to 100", ""),
    ("money(1, 9, nune=-5)", "money() has no argument 'nune'", "did you mean none=?"),
    ("uniform(9, 1)", "no number lies between 9 and 1", "write the smaller one first"),
    ("normal(1)", "normal(): missing a required argument: 'deviation'", ""),
    ("normal(1, -1)", "normal(): deviation is -1, not a number of 0 or more", ""),
    ("lognormal(0, 1)", "lognormal(): median is 0, and has to be above 0", ""),
    ("lognormal(1, -1)", "lognormal(): sigma is -1, not a number of 0 or more", ""),
    ("zipf(0)", "zipf(): exponent is 0, and has to be above 0", ""),
    ("zipf(-1.5)", "zipf(): exponent is -1.5, and has to be above 0", ""),
    ('zipf("x")', "zipf(): exponent is 'x', not a number", ""),
    ('quantiles("a", "b")', "quantiles(): points is 'a', not a number", "quantiles(0, 12, 20, 35, 900)"),
    ("histogram({1: 0.5})", "histogram(): rows[1] is 0.5, not a whole number", ""),
    ("histogram([1, 2])", "histogram(): rows is [1, 2], not a mapping", ""),
    ("ref()", "ref(): missing a required argument: 'parent'", 'ref("users", fanout=zipf(1.3), none_have=30)'),
    ('ref("users", fanout=1.3)', "ref(): fanout is 1.3, not the result of uniform(), ", ""),
    ('ref("users", fan_out=zipf(1))', "ref() has no argument 'fan_out'", "did you mean fanout=?"),
    ('ref("users", at_least=-1)', "ref(): at_least is -1, not a whole number of 0 or more", ""),
    ('ref("users", none_have=130)', "ref(): none_have is 130, not a number from 0 to 100", ""),
    ('ref("users", one="yes")', "ref(): one is 'yes', not True or False", ""),
    ('ref("users", none=20, at_least=1)', "guarantees rows for parents with at_least=", ""),
    ('ref("users", within=5)', "ref(): within is 5, not ", ""),
    ('pairs("a")', "pairs(): missing a required argument: 'right'", ""),
    ('pairs("a", "a")', "pairs() joins a with itself", "name two columns"),
    ('pairs("a", "b", differ="yes")', "pairs(): differ is 'yes', not True or False", ""),
    ('pairs("a", "b", score=5)', "pairs(): score is 5, not a function", ""),
    ('pairs("a", "b", candidates=0)', "pairs(): candidates is 0, not a whole number of 1 or more", ""),
    ('pairs("a", "b", fanout=(zipf(1),))', "pairs(): fanout is (Shape(", ""),
    ('sum_of("order_lines")', "'order_lines' names no column of a child table", 'write sum_of("order_lines.amount")'),
    ("sum_of(5)", "sum_of(): path is 5, not a text", ""),
    ('count_of("users", bye="org_id")', "count_of() has no argument 'bye'", "did you mean by=?"),
    ('first_of("a.b", 3)', "first_of(): paths is 3, not a text", ""),
    ("last_of()", "last_of() names no column", 'write last_of("orders.placed_at")'),
    ('last_of("made_at")', "'made_at' names no column of a child table", 'write last_of("orders.placed_at")'),
    (
        'last_of("a.b", "c.d", by="e_id")',
        "by='e_id' names a column of one child table, but last_of() names 2 child tables",
        "{\"a\": 'e_id'}",
    ),
    (
        'last_of("b", "c", by="e_id")',
        "by='e_id' names a column of one child table, but last_of() names 0 child tables",
        "{\"orders\": 'e_id'}",
    ),
    ('last_of("likes.at", by={"like": "e_id"})', "last_of() names no column of 'like'", "did you mean 'likes'?"),
    ('first_of("a.b", by=3)', "by is 3, not a text or a mapping", ""),
    ('moment("-3y")', "moment(): when is '-3y', not the result of during(), between(), spread() and 1 more", ""),
    ('moment(during("-3y"), growth=0)', "moments cannot grow by 0", ""),
    ('moment(during("-3y"), growth="fast")', "moment(): growth is 'fast', not a number", ""),
    ('during("3y")', "the period from 3y to as_of is empty", 'write during("-3y", "as_of")'),
    ('during("-1y", "90d")', "the period from -1y to 90d lies partly after as-of", 'write "+90d" if that is meant'),
    ("after()", "after() names no moment", 'write after("org.created_at")'),
    ('after("org.created_at", until=3)', "until is 3, not a text or a list", ""),
    (
        'moment(during("-1y"), upto="+9d")',
        "upto= cannot be combined with during(), which already has an end",
        'write during("-1y", "+90d")',
    ),
    ('moment(after("made_at"), upto="-9d")', "upto='-9d' is not a span after as-of", 'write upto="+120d"'),
    ('moment(after("made_at"), upto="soon")', "'soon' is not a span of time", "90d"),
    ('during("-3 years")', "'-3 years' is not a span of time", "write 3y, 6mo, 2w, 90d, 8h, 15m or 30s"),
    ("during(-3)", "during(): begin is -3, not a text", 'during("-3y", "as_of")'),
    ('between("2026-02-30", "2026-03-01")', "'2026-02-30' is not a moment", ""),
    ('between("2026-05-01")', "between(): missing a required argument: 'end'", ""),
    ("spread(2024, 2025)", "spread(): moments is 2024, not a text", ""),
    ('after("org.created_at", delay=3600)', "after(): delay is 3600, not the result of uniform(), ", ""),
    ("after(None)", "after(): paths is None, not a text", ""),
    ("text(5)", "text(): template is 5, not a text", 'text("{first}.{last}{n}@{org.slug}.example")'),
    ('text("{first")', "'{first' has a brace without a name", ""),
    ('text("{first}", uniqe=True)', "text() has no argument 'uniqe'", "did you mean unique=?"),
    ('text("{first}", longest_word=0)', "text(): longest_word is 0, not a whole number of 1 or more", ""),
    ("pattern(5)", "pattern(): regex is 5, not a text", ""),
    ('pattern("[")', "'[' is no regular expression", ""),
    ('lifecycle("at", placed=10)', "lifecycle() needs a first state without a column for its moment", ""),
    ("lifecycle(placed=10, paid=5)", "lifecycle(): missing a required argument: 'begin'", ""),
    ('lifecycle("at", placed=-10, paid=5)', "lifecycle(): placed is -10, not a whole number of 0 or more", ""),
    ('lifecycle("at", placed=0, paid=0)', "lifecycle() gives no state a share", ""),
    ('lifecycle("at", placed=1, paid="paid_at")', "paid is 'paid_at', not a whole number of 0 or more or a pair", ""),
    ('lifecycle("at", placed=1, paid=(5, "paid_at"))', "lifecycle(): element 1 of paid is 5, not a text", ""),
]


@pytest.mark.parametrize(("code", "message", "hint"), CALLS, ids=[code for code, _, _ in CALLS])
def test_a_wrong_call_is_one_error_with_its_line(tmp_path: Path, code: str, message: str, hint: str) -> None:
    error = refusal(tmp_path, f"{HEAD}made = (\n    {code}\n)\n")
    assert error.message.startswith(f"{tmp_path}/datasets/app/dataset.py, line 4: ")
    assert message in error.message
    assert hint in error.hint
    assert error.hint
    assert len(error.message) < 400


def test_a_word_that_a_word_of_ones_own_calls_names_the_line_that_calls_it(tmp_path: Path) -> None:
    code = f"{HEAD}def plan(share):\n    return choice(free=share)\n\n\nplan(0.5)\n"
    assert "dataset.py, line 4: choice(): free is 0.5" in refusal(tmp_path, code).message


@pytest.mark.parametrize("value", ["'x'", "2**70", "1", "None", "(1, 2)", "'€' * 900", "lambda: 5"])
def test_whatever_an_argument_is_one_error_tells_it(tmp_path: Path, value: str) -> None:
    error = refusal(tmp_path, f"{HEAD}Table('users', 5, columns={value})\n")
    assert "line 3: Table(): columns is " in error.message
    assert len(error.message) < 300


def test_a_word_stays_the_function_that_it_is() -> None:
    @word
    def twice(number: int, *, of: str = "x") -> str:
        """Return so many."""
        return of * number

    assert twice(2) == "xx"
    assert twice.__doc__ == "Return so many."
    with pytest.raises(UsageError, match="number is 'x', not a whole number") as caught:
        twice("x")  # type: ignore[arg-type]
    assert caught.value.hint == "see twice in docs/words.md"
