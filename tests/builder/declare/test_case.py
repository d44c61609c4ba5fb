"""Test words that depend on another column's value: exact shares among each value's rows, NULL without a word."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder.declare import Dataset, case, choice, integer, pattern, ref, text
from snap_builder.declare import Table as Declared
from tests.builder.compiled.declarations import built
from tests.builder.compiled.tenants import columns

SCHEMA = Schema(
    tables=(
        Table(
            name="payments",
            columns=columns("id bigint", "method text", "ok boolean", "card text?", "fee bigint?", "note text?"),
            primary_key=("id",),
        ),
    ),
    enums=(),
    sql="",
)
METHOD = {"method": choice(card=70, transfer=20, voucher=10), "ok": choice({True: 1, False: 1})}


def payments(count=400, scale=1, **words):
    declared = Dataset(tables=(Declared("payments", count, {**METHOD, **words}),))
    return built(declared, scale, SCHEMA)["payments"].to_pylist()


def test_a_value_without_a_word_has_null_and_others_have_what_theirs_gives():
    rows = payments(
        card=case("method", card=pattern("^[0-9]{4}$")),
        note=case("method", voucher=text("{word} {n}"), other=text("{word}")),
    )
    assert {(row["method"] == "card", row["card"] is not None) for row in rows} == {(True, True), (False, False)}
    assert None not in {row["note"] for row in rows}


@pytest.mark.parametrize("scale", [1, 3])
def test_shares_are_exact_among_the_rows_of_a_value(scale):
    words = {"fee": case("method", card=choice({1: 3, 2: 1}), transfer=integer(5, 5), other=None)}
    rows = payments(scale=scale, **words)
    fees = [row["fee"] for row in rows if row["method"] == "card"]
    for start in range(0, len(fees) - 3, 4):
        assert Counter(fees[start : start + 4]) == {1: 3, 2: 1}
    assert {row["fee"] for row in rows if row["method"] == "transfer"} == {5}
    assert {row["fee"] for row in rows if row["method"] == "voucher"} == {None}
    assert payments(**words) == rows[:400]


def test_a_value_may_be_true_or_a_number():
    rows = payments(note=case("ok", {True: choice(good=1), False: choice(bad=1)}))
    assert {(row["ok"], row["note"]) for row in rows} == {(True, "good"), (False, "bad")}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: case("method"), "case() has no value"),
        (
            lambda: case("method", card=choice(x=1), other=text("{word}")),
            "words that give listed values and words that do not",
        ),
        (lambda: payments(ok=case("method", card=choice({True: 1}))), "payments.ok is NOT NULL"),
        (lambda: payments(fee=case("way", card=integer(1, 2))), "table payments has no column 'way'"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(UsageError) as refusal:
        make()
    assert message in refusal.value.message


def test_comments_agree_with_a_rating():
    praise, blame = choice({"Loved it": 2, "Great": 1}), choice({"Broke after a week": 1, "Never again": 1})
    rows = payments(fee=choice({5: 50, 3: 30, 1: 20}), note=case("fee", {5: praise, 1: blame}))
    said = {rating: {row["note"] for row in rows if row["fee"] == rating} for rating in (5, 3, 1)}
    assert said == {5: {"Loved it", "Great"}, 3: {None}, 1: {"Broke after a week", "Never again"}}
    templates = case(
        "fee", {5: text("The {word|lower} is great"), 1: text("The {word|lower} broke")}, other=text("Fine")
    )
    for row in payments(fee=choice({5: 50, 3: 30, 1: 20}), note=templates):
        assert row["note"].endswith({5: "is great", 3: "Fine", 1: "broke"}[row["fee"]])


@pytest.mark.parametrize(
    ("by", "made", "says"),
    [
        (
            "loan.status",
            text("x"),
            "case() reads a column of the same row, but 'loan.status' is a column of another row",
        ),
        (
            "status",
            ref("loans"),
            "case() accepts only words for the values of one column, but one of its words references rows",
        ),
    ],
)
def test_what_is_no_value_of_the_row_is_refused(by, made, says):
    with pytest.raises(UsageError, match=re.escape(says)):
        case(by, out=made)
