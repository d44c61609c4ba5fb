"""Test JSON documents: valid, canonical, with exact shares, the same in any cut, and editable one value at a time."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.schema import Schema, Table
from snap_builder import declare
from snap_builder.declare import (
    Dataset,
    after,
    between,
    case,
    choice,
    copy,
    document,
    during,
    formula,
    integer,
    items,
    maybe,
    moment,
    money,
    pattern,
    ref,
    text,
    uniform,
)
from snap_builder.declare import Table as Declared
from snap_builder.engine.json_text import key_order
from tests.builder.compiled.declarations import built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

SCHEMA = Schema(
    tables=(
        Table(name="orgs", columns=columns("id bigint", "name text", "limit bigint?"), primary_key=("id",)),
        Table(
            name="events",
            columns=columns(
                *("id bigint", "org_id bigint", "kind text", "price numeric(10,2)?", "ok boolean", "body jsonb?"),
                *("raw json?", "at timestamp with time zone"),
            ),
            primary_key=("id",),
            foreign_keys=(key("org_id", "orgs"),),
        ),
    ),
    enums=(),
    sql="",
)
BASE = {
    "kind": choice(click=3, view=2),
    "price": money("0.5", 90, none=20),
    "ok": choice({True: 1, False: 1}),
    "at": moment(during("-1y")),
}


def declared(word: Any, count: int = 200, column: str = "body", **words: Any) -> Dataset:
    orgs = Declared("orgs", 20, {"name": text("{company}"), "limit": integer(1, 9, none=50)})
    return Dataset(as_of="2026-11-01", tables=(orgs, Declared("events", count, {**BASE, **words, column: word})))


def events(word: Any, count: int = 200, scale: int = 1, column: str = "body", **words: Any) -> list[dict[str, Any]]:
    return built(declared(word, count, column, **words), scale, SCHEMA)["events"].to_pylist()


def bodies(word: Any, count: int = 200, scale: int = 1, **words: Any) -> list[Any]:
    return [None if row["body"] is None else json.loads(row["body"]) for row in events(word, count, scale, **words)]


def canonical(value: Any) -> str:
    match value:
        case dict():
            fields = sorted(value.items(), key=lambda field: key_order(field[0]))
            return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {canonical(v)}" for k, v in fields) + "}"
        case list():
            return "[" + ", ".join(map(canonical, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


leaves = st.sampled_from(
    (
        True,
        None,
        7,
        'plain \\ "text"\n',
        "{kind}-{n}",
        "{first} of {org.name}",
        choice(a=2, b=1),
        choice({1: 1, 2.5: 1, "x": 1, None: 1}),
        integer(1, 9, none=20),
        money("0.125", 4),
        moment(after("at")),
        pattern("^[a-f]{4}$"),
        copy("price"),
        copy("org.limit"),
        copy("ok"),
        copy("at"),
        formula(lambda price: price // 2),
        case("kind", click=integer(1, 5), view=text("{word}")),
        case("kind", click=document({"x": copy("price")})),
    )
)
keys = st.sampled_from(("a", "b", "long key", "é", "zz"))
templates = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.dictionaries(keys, st.one_of(inner, inner.map(lambda each: maybe(30, each))), max_size=4),
        st.builds(lambda low, more, each: items(low, low + more, each), st.integers(0, 2), st.integers(0, 3), inner),
        st.lists(inner, max_size=2),
    ),
    max_leaves=8,
).map(lambda template: template if isinstance(template, dict) else {"top": template})


@pytest.mark.slow
@examples(10, 100)
@given(templates, st.sampled_from((0, 25)), st.data())
def test_a_document_is_canonical_json_the_same_in_any_cut_and_at_any_scale(template, none, data):
    given_dataset = declared(document(template, none=none))
    whole = built(given_dataset, 1, SCHEMA)["events"]
    for body in whole["body"].to_pylist():
        assert body is None or canonical(json.loads(body, parse_float=lambda text: float(text))) == body
    dataset = dataset_of(given_dataset, SCHEMA)
    start, stop = sorted((data.draw(st.integers(0, 200)), data.draw(st.integers(0, 200))))
    if start < stop:
        part = dataset.plan(inputs_of(dataset)).part("events", start, stop)
        assert part.equals(whole.to_batches()[0].slice(start, stop - start))
    assert built(given_dataset, 3, SCHEMA)["events"]["body"].slice(0, 200).equals(whole["body"])


def test_an_edit_of_one_value_changes_no_other():
    rest = {
        "lang": choice(en=1, de=1),
        "list": items(0, 3, {"word": "{word}", "size": integer(1, 99)}),
        "deep": {"at": moment(during("-1y")), "maybe": maybe(40, {"n": integer(1, 9)})},
    }
    before = bodies(document(rest))
    for added in ({"theme": choice(dark=1, light=3)}, {"other": items(1, 4, "{word}")}, {"x": maybe(10, "{##}")}):
        after_edit = bodies(document({**added, **rest}))
        assert [{name: body[name] for name in rest} for body in after_edit] == before
    within = bodies(document({**rest, "list": items(0, 3, {"word": "{word}", "size": 5, "new": integer(1, 9)})}))
    assert [[each["word"] for each in body["list"]] for body in within] == [
        [each["word"] for each in body["list"]] for body in before
    ]
    assert [body["deep"] for body in within] == [body["deep"] for body in before]


def test_values_keep_their_kinds_and_are_those_of_the_row_and_its_parent():
    word = document({"price": copy("price"), "ok": copy("ok"), "kind": "{kind}", "at": copy("at"), "org": "{org.name}"})
    declared_rows = built(declared(word), 1, SCHEMA)
    names = dict(zip(*(declared_rows["orgs"][name].to_pylist() for name in ("id", "name")), strict=True))
    for row in declared_rows["events"].to_pylist():
        body = json.loads(row["body"])
        assert body["price"] == (None if row["price"] is None else float(row["price"]))
        assert (body["ok"], body["kind"], body["org"]) == (row["ok"], row["kind"], names[row["org_id"]])
        assert body["at"] == row["at"].strftime("%Y-%m-%dT%H:%M:%SZ")


def test_whole_numbers_and_amounts_have_the_decimals_of_their_words():
    made = bodies(document({"n": integer(1, 9), "price": money("0.5", 90), "lat": money("-60.0000", 70)}), 400)
    assert {type(body["n"]) for body in made} == {int}
    assert max(len(str(body["price"]).partition(".")[2]) for body in made) == 2
    assert max(len(str(body["lat"]).partition(".")[2]) for body in made) == 4


def test_shares_of_values_keys_and_lengths_are_exact_in_every_block():
    word = document(
        {
            "theme": choice(dark=40, light=60),
            "beta": maybe(30, True),
            "list": items(1, 3, choice(x=3, y=1), weights=[1, 0, 1]),
        }
    )
    made = bodies(word, 200)
    for start in range(0, 200, 10):
        block = made[start : start + 10]
        assert sum("beta" in body for body in block) == 3
        assert Counter(body["theme"] for body in block[:5]) == {"dark": 2, "light": 3}
        assert Counter(len(body["list"]) for body in block) == {1: 5, 3: 5}
    elements = [element for body in made for element in body["list"]]
    for start in range(0, len(elements), 4):
        assert Counter(elements[start : start + 4]) == {"x": 3, "y": 1}


def test_distinct_elements_come_once_in_a_list_and_popular_ones_more_often():
    made = bodies(document(items(0, 3, choice(a=6, b=2, c=1), distinct=True)), 400)
    assert all(len(set(each)) == len(each) for each in made)
    assert {len(each) for each in made} == {0, 1, 2, 3}
    firsts = Counter(each[0] for each in made if each)
    assert firsts["a"] > firsts["b"] > firsts["c"] > 0
    assert bodies(document({"l": items(2, 2, choice({10: 1, 20: 1}), distinct=True)}), 40)[0]["l"] in (
        [10, 20],
        [20, 10],
    )


def test_a_document_by_the_value_of_a_column():
    word = case("kind", click=document({"x": integer(1, 9)}), view=document({"seconds": integer(1, 60)}))
    for row in events(word):
        assert set(json.loads(row["body"])) == ({"x"} if row["kind"] == "click" else {"seconds"})


def test_words_of_a_row_agree_within_its_document_and_differ_between_elements():
    word = document({"name": "{first}", "friends": items(3, 3, "{first} {first|lower}")})
    for row in events(word, kind=text("{first}")):
        body = json.loads(row["body"])
        assert body["name"] == row["kind"]
    assert len({friend for body in bodies(word) for friend in body["friends"]}) > 100


def test_a_column_of_json_has_documents_too_and_none_is_the_share_of_null():
    rows = events(document({"a": 1}, none=25), column="raw")
    assert Counter(row["raw"] for row in rows) == {'{"a": 1}': 150, None: 50}


def test_a_renamed_column_keeps_its_documents():
    word = {"a": integer(1, 99), "l": items(0, 3, "{word}"), "m": maybe(50, choice(x=1, y=1))}
    old = [row["raw"] for row in events(document(word), column="raw")]
    assert [row["body"] for row in events(document(word, stream="raw"))] == old


def test_documents_without_anything_are_documents():
    assert bodies(document({}), 3) == [{}] * 3
    assert bodies(document({"a": {}, "b": [], "c": [1, "x"]}), 2) == [{"a": {}, "b": [], "c": [1, "x"]}] * 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: document({"a": ref("orgs")}), "document().a: reference() does not make a plain value"),
        (
            lambda: document({"l": items(0, 1, moment(during("-1y"), sessions=("kind", 3, "20m")))}),
            "document().l[]: sessions= groups rows, so it cannot be used for the elements of a list",
        ),
        (lambda: events(document({"a": moment(between("2027-01-01", "2027-02-01"))})), "begins at or after as-of"),
        (lambda: document({"a": {"b": b"x"}}), "document().a.b is b'x', which is not a JSON value"),
        (lambda: document({"a": float("nan")}), "document().a is nan, which is not a JSON value"),
        (lambda: document({"a": "x\0"}), "which is not a JSON value"),
        (lambda: document({"a": {1: 2}}), "document().a has the key 1, which is not a text"),
        (lambda: document({"a": {"\0": 2}}), "has the key '\\x00', which is not a text"),
        (lambda: document({"a": [maybe(10, 1)]}), "document().a[0]: maybe() is allowed only as the value of a key"),
        (
            lambda: document({"a": items(0, 2, maybe(10, 1))}),
            "document().a[]: maybe() is allowed only as the value of a key",
        ),
        (lambda: document({"a": "{"}), "has a brace without a name"),
        (lambda: items(3, 2, 1), "items(): no list has 3 to 2 elements"),
        (lambda: items(0, 5_000, 1), "items(): no list has 0 to 5,000 elements"),
        (lambda: items(0, 2, 1, weights=[1, 2]), "items(): 3 lengths, from 0 to 2, have the weights [1, 2]"),
        (lambda: items(0, 1, 1, weights=[0, 0]), "have the weights [0, 0]"),
        (lambda: items(0, 1, 1, weights=[20_000, 7]), "items(): the weights add up to 20,007"),
        (lambda: document(items(0, 2, "x", distinct=True)), "items(): distinct= needs a choice()"),
        (lambda: document(items(0, 2, choice(a=1, none=10), distinct=True)), "distinct= needs a choice()"),
        (lambda: document(items(0, 2, choice(a=1), distinct=True)), "2 distinct elements are more than the 1 values"),
        (lambda: document(items(0, 1, choice(a=1, b=997), distinct=True)), "the weights of choice() add up to 998"),
        (lambda: maybe(130, 1), "maybe(): percent is 130"),
        (lambda: document("x"), "document(): template is 'x'"),
        (lambda: events(document({"a": copy("nothing")})), "table events has no column 'nothing'"),
        (lambda: events(document({"a": "{org.nmae}"})), "table orgs has no column 'nmae'"),
        (lambda: events(document({"a": "{body}"})), "columns depend on each other"),
        (lambda: events(document({"a": moment(after("kind"))})), "events.body reads kind, which is text"),
        (lambda: events(document({"a": [integer(9, 1)]})), "events.body.a[0]: no number lies between 9 and 1"),
        (lambda: events(document({}), column="kind"), "holds texts, but the word makes documents"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(UsageError) as refusal:
        make()
    assert message in refusal.value.message
    assert refusal.value.hint


def test_postgres_prints_a_document_as_it_is(database: str) -> None:
    rest = {"price": copy("price"), "at": copy("at"), "kind": '{kind} "\\ é', "none": integer(1, 9, none=50)}
    word = document({**rest, "list": items(0, 3, {"amount": money("-5.5", 90), "maybe": maybe(50, [1, {}])})}, none=10)
    made = [row["body"] for row in events(word)]
    with psycopg.connect(database) as connection:
        printed = [connection.execute("SELECT %s::jsonb::text", (body,)).fetchone() for body in made]
    assert printed == [(body,) for body in made]


def test_a_shape_is_used_within_a_document():
    made = bodies(document({"n": integer(0, 500, shape=uniform(0, 500))}), 160)
    assert sum(body["n"] < 250 for body in made) == pytest.approx(80, abs=2)


def test_the_words_are_public():
    assert {"document", "items", "maybe", "array"} <= set(declare.__all__)


def test_the_functions_within_a_document_are_those_of_the_dataset():
    word = document({"a": [{"b": formula(lambda price: price)}], "l": items(0, 1, formula(lambda price: price))})
    assert len(word.functions()) == 2
    with pytest.raises(UsageError, match="when it is called for fewer"):
        events(document({"half": formula(lambda price: price * 0 + len(price))}), price=integer(1, 9))
