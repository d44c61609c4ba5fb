"""Columns and traits that a function of one's own makes together: what it sees, what it may give, what is refused."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.errors import UsageError
from snap.manifest import Parameters
from snap.progress import Silent
from snap.schema import Enum, Schema, Table
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset as Compiled
from snap_builder.declare import (
    Dataset,
    after,
    array,
    case,
    choice,
    copy,
    count_of,
    during,
    formula,
    integer,
    last_of,
    made_by,
    moment,
    money,
    pairs,
    ref,
    sum_of,
    text,
    weights,
)
from snap_builder.declare import Table as Declared
from snap_builder.purity import purity_of
from tests.builder.compiled.declarations import NO_RULES, built, dataset_of, inputs_of
from tests.builder.compiled.tenants import columns, key
from tests.params import examples

COOKS = Table(
    name="cooks",
    columns=columns("id bigint", "name text", "cuisine text", "joined timestamp with time zone", "recipes bigint"),
    primary_key=("id",),
)
RECIPES = Table(
    name="recipes",
    columns=columns(
        *("id bigint", "cook_id bigint", "title character varying(30)", "slug text", "lines jsonb", "tags text[]?"),
        *("mood kind", "cost numeric(6,2)?", "at timestamp with time zone?", "on_day date", "rating double precision?"),
        *("token uuid?", "lasts interval?", "short smallint?", "vegan boolean", "code citext?", "moods kind[]?"),
    ),
    primary_key=("id",),
    foreign_keys=(key("cook_id", "cooks"),),
)
LIKES = Table(
    name="likes",
    columns=columns("cook_id bigint", "recipe_id bigint", "at timestamp with time zone"),
    primary_key=("cook_id", "recipe_id"),
    foreign_keys=(key("cook_id", "cooks"), key("recipe_id", "recipes")),
)
SCHEMA = Schema(tables=(COOKS, RECIPES, LIKES), enums=(Enum(name="kind", labels=("calm", "wild")),), sql="")
DISHES = pa.array(["stew", "pie", "dal", "soup"])


def compose(rows: Any) -> dict[str, Any]:
    """Titles, slugs and lines that agree with each other, with the cook's cuisine and the number of lines wanted."""
    dish = DISHES.take(pa.array(rows.bits("dish") % 4))
    cuisines = rows.texts("cook.cuisine").to_pylist()
    wanted = rows.integers("lines_wanted").tolist()
    odd = (rows.wide("odd", 3) % 5).tolist()
    made = zip(cuisines, dish.to_pylist(), rows.numbers.tolist(), wanted, odd, strict=True)
    return {
        "title": pa.array([f"{cuisine} {each}" for cuisine, each in zip(cuisines, dish.to_pylist(), strict=True)]),
        "slug": pa.array([f"{cuisine}-{each}-{n}" for cuisine, each, n, _, _ in made]),
        "lines": pa.array([json.dumps(each[:n]) for each, n in zip(odd, wanted, strict=True)]),
    }


COMPOSED = made_by(compose, "slug", "lines", reads=("cook.cuisine", "lines_wanted"))


def cooks(count: int = 12, **words: Any) -> Declared:
    return Declared("cooks", count, {"cuisine": choice(thai=1, greek=1), **words}, traits={"skill": weights(1, 2, 4)})


def recipes(count: int = 60, words: Any = None, **more: Any) -> Declared:
    words = {"title": COMPOSED} if words is None else words
    more.setdefault("traits", {"lines_wanted": integer(1, 3)})
    return Declared("recipes", count, words, **more)


def dataset(*tables: Declared) -> Dataset:
    return Dataset(seed=7, as_of="2026-11-01", tables=tables)


def made(*tables: Declared, scale: Fraction | int = 1) -> dict[str, list[dict[str, Any]]]:
    rows = built(dataset(*tables), scale, SCHEMA)
    return {table: each.to_pylist() for table, each in rows.items()}


def refused(*tables: Declared) -> UsageError:
    with pytest.raises(UsageError) as refusal:
        made(cooks(), *tables)
    return refusal.value


def of(column: str, value: Any) -> list[Any]:
    """Return what files hold in a column for which a function gives `value(rows)`."""
    return [
        row[column]
        for row in made(cooks(), recipes(8, {column: made_by(lambda rows: {column: value(rows)})}))["recipes"]
    ]


def test_columns_of_one_function_agree_with_each_other_and_with_what_it_reads() -> None:
    rows = made(cooks(), recipes())
    cuisines = {row["id"]: row["cuisine"] for row in rows["cooks"]}
    for number, row in enumerate(rows["recipes"]):
        cuisine, dish = row["title"].split()
        assert cuisine == cuisines[row["cook_id"]]
        assert row["slug"] == f"{cuisine}-{dish}-{number}"
        assert 1 <= len(json.loads(row["lines"])) <= 3
    assert len({row["title"] for row in rows["recipes"]}) == 8


def test_a_function_is_called_once_for_rows_however_many_of_its_columns_are_read() -> None:
    calls: list[tuple[int, int]] = []

    def watched(rows: Any) -> dict[str, Any]:
        calls.append((rows.start, rows.stop))
        return {"title": pa.array(["a"] * (rows.stop - rows.start)), "slug": pa.array(["b"] * (rows.stop - rows.start))}

    words = {"title": made_by(watched, "slug"), "code": copy("slug")}
    chosen = dataset_of(dataset(cooks(), recipes(40, words)), SCHEMA)
    plan = chosen.plan(inputs_of(chosen))
    plan.part("recipes", 10, 30)
    assert calls == [(10, 30)]
    plan.part("recipes", 0, 10)
    assert calls[1:] == [(0, 10), (0, 5), (5, 10)]  # the first part is tested


def test_a_function_sees_rows_moments_and_the_rows_of_parents() -> None:
    seen: dict[str, Any] = {}

    def look(rows: Any) -> dict[str, Any]:
        n = rows.stop - rows.start
        seen.update(
            cook=rows.integers("cook_id").tolist(),
            joined=rows.integers("cook.joined").tolist(),
            text=rows.texts("cook.joined").to_pylist(),
            lines=rows.texts("lines").to_pylist(),
            as_of=rows.as_of,
            null=rows.NULL,
            words=rows.bits("a"),
            others=rows.bits("b"),
            wide=rows.wide("a", 4),
        )
        return {"slug": pa.array(["x"] * n)}

    words = {"slug": made_by(look, reads=("cook_id", "cook.joined", "lines"))}
    chosen = dataset_of(dataset(cooks(), recipes(40, words)), SCHEMA)
    chosen.plan(inputs_of(chosen)).part("recipes", 20, 40)
    assert len(seen["cook"]) == 20
    assert max(seen["cook"]) < 12
    assert seen["as_of"] == int(dt.datetime(2026, 11, 1, tzinfo=dt.UTC).timestamp()) * 10**6
    assert all(moment < seen["as_of"] for moment in seen["joined"])
    assert seen["text"][0].startswith("202")
    assert json.loads(seen["lines"][0]) is not None
    assert (seen["words"].shape, seen["wide"].shape, seen["words"].dtype) == ((20,), (20, 4), np.uint64)
    assert (seen["words"] != seen["others"]).any()
    assert seen["null"] == np.iinfo(np.int64).max or seen["null"] < 0


@pytest.mark.parametrize(
    ("column", "value", "stored"),
    [
        ("cost", lambda rows: np.where(rows.numbers % 2 == 0, 1250, rows.NULL), [Decimal("12.50"), None] * 4),
        ("cost", lambda rows: pa.array([Decimal("1.5")] * len(rows.numbers)), [Decimal("1.50")] * 8),
        ("cost", lambda rows: pa.array([3] * len(rows.numbers)), [Decimal("3.00")] * 8),
        ("short", lambda rows: rows.numbers % 3, [0, 1, 2, 0, 1, 2, 0, 1]),
        ("short", lambda rows: pa.array((rows.numbers % 2).astype(np.uint8)), [0, 1] * 4),
        ("vegan", lambda rows: rows.numbers % 2 == 0, [True, False] * 4),
        ("vegan", lambda rows: pa.array(rows.numbers % 2 == 0), [True, False] * 4),
        ("on_day", lambda rows: rows.numbers * 0 + 86_400_000_000, [dt.date(1970, 1, 2)] * 8),
        ("at", lambda rows: rows.numbers * 0 + 1, [dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)] * 8),
        ("rating", lambda rows: pa.array([0.123456789] * len(rows.numbers)), [0.123456789] * 8),
        ("mood", lambda rows: pa.array(["calm", "wild"] * 4).take(pa.array(rows.numbers)), ["calm", "wild"] * 4),
        ("moods", lambda rows: pa.array([["wild"]] * len(rows.numbers)), [["wild"]] * 8),
        ("tags", lambda rows: pa.array([["a", "b"], []] * 4).take(pa.array(rows.numbers)), [["a", "b"], []] * 4),
        ("code", lambda rows: pa.array(["x"] * len(rows.numbers)), ["x"] * 8),
        ("code", lambda rows: pa.chunked_array([pa.array(["x"] * len(rows.numbers))]), ["x"] * 8),
        ("lines", lambda rows: pa.array(['{"a": 1}'] * len(rows.numbers)), ['{"a": 1}'] * 8),
        ("lines", lambda rows: pa.array(['[1,\n"\u00e9"]'] * len(rows.numbers)), ['[1,\n"\u00e9"]'] * 8),
        ("token", lambda rows: pa.array([bytes(15) + b"\1"] * len(rows.numbers), pa.binary(16)), [UUID(int=1)] * 8),
        (
            "lasts",
            lambda rows: pa.array([{"months": 0, "days": 1, "microseconds": 5}] * len(rows.numbers)),
            [{"months": 0, "days": 1, "microseconds": 5}] * 8,
        ),
    ],
)
def test_a_column_takes_whole_numbers_and_arrays_of_its_type(column: str, value: Any, stored: list[Any]) -> None:
    assert of(column, value) == stored


def test_integers_of_its_columns_are_read_by_other_words() -> None:
    def plan(rows: Any) -> dict[str, Any]:
        joined = rows.integers("cook.joined")
        late = joined + (rows.as_of - joined) // 2
        return {"at": np.where(rows.numbers % 4 == 0, rows.NULL, late), "cost": rows.numbers % 90, "vegan": late % 2}

    words = {
        "at": made_by(plan, "cost", "vegan", reads="cook.joined"),
        "short": formula(lambda cost: cost * 2),
        "slug": text("{vegan}"),
    }
    likes = Declared("likes", 80, pairs=pairs("cook_id", "recipe_id", score=lambda pair: pair.right["cost"]))
    people = cooks(recipes=sum_of("recipes.cost_whole"))
    table = recipes(60, words, traits={"cost_whole": formula(lambda cost: cost)})
    rows = made(people, table, likes)
    assert len(rows["likes"]) == 80
    for row in rows["recipes"]:
        assert row["short"] == int(row["cost"] * 100) * 2
        assert row["slug"] == str(row["vegan"]).lower()
    assert sum(row["recipes"] for row in rows["cooks"]) == sum(row["short"] for row in rows["recipes"]) // 2


def test_traits_are_made_together_too_with_types_of_their_own() -> None:
    def person(rows: Any) -> dict[str, Any]:
        joined = rows.integers("joined")
        gone = np.where(rows.bits("gone") % 3 == 0, joined + (rows.as_of - joined) // 3, rows.NULL)
        return {
            "gone": gone,
            "level": 1 + rows.numbers % 4,
            "nick": pa.array(["ann"] * len(gone)),
            "fee": 125 + rows.numbers * 0,
        }

    traits = {
        "gone": made_by(
            person,
            *("level", "nick", "fee"),
            reads="joined",
            types={"gone": "timestamptz", "nick": "text", "fee": "numeric(8,2)"},
            null=("gone",),
        )
    }
    people = Declared("cooks", 12, {"joined": moment(during("-1y"))}, traits=traits)
    words = {
        "short": copy("cook.level"),
        "code": text("{cook.nick}"),
        "at": moment(after("cook.gone")),
        "cost": copy("cook.fee"),
        "cook_id": ref("cooks", weight="level"),
    }
    rows = made(people, recipes(60, words))["recipes"]
    assert {row["short"] for row in rows} <= {1, 2, 3, 4}
    assert {row["code"] for row in rows} == {"ann"}
    assert {row["cost"] for row in rows} == {Decimal("1.25")}
    assert {row["at"] is None for row in rows} == {True, False}


def test_an_edge_case_of_what_it_reads_reaches_all_its_columns_and_one_of_its_own_that_column_alone() -> None:
    edges = {"one line": {"lines_wanted": 1}, "long": {"title": "a title that is written"}}
    rows = made(cooks(), recipes(edges=edges))["recipes"]
    plain = made(cooks(), recipes())["recipes"]
    assert len(json.loads(rows[0]["lines"])) == 1
    assert rows[1]["title"] == "a title that is written"
    assert rows[1]["slug"] == plain[1]["slug"]
    assert rows[2:] == plain[2:]


def test_standard_edge_cases_leave_its_columns_out() -> None:
    chosen = dataset_of(dataset(cooks(), recipes(standard_edges=True)), SCHEMA)
    named = {name for edge in chosen.edges for name in edge.values}
    assert named
    assert not named & {"title", "slug", "lines"}


def test_a_formula_computes_moments() -> None:
    words = {
        "at": formula(lambda joined: joined + 1, joined="cook.joined"),
        "on_day": formula(lambda at: at, at="cook.joined"),
    }
    rows = made(cooks(), recipes(20, words))
    joined = {row["id"]: row["joined"] for row in rows["cooks"]}
    for row in rows["recipes"]:
        assert row["at"] - joined[row["cook_id"]] == dt.timedelta(microseconds=1)
        assert row["on_day"] == joined[row["cook_id"]].date()


def _full(rows: Any, value: Any = "x") -> pa.Array:
    return pa.array([value] * (rows.stop - rows.start))


def _raise(rows: Any) -> Any:
    raise KeyError("thai")


def _write(rows: Any) -> Any:
    rows.integers("lines_wanted")[0] = 1


HERE = "test_made_by.py, line "


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            {"slug": made_by(_raise)},
            "_raise (",
        ),
        ({"slug": made_by(_raise)}, "raises KeyError: 'thai' in "),
        ({"slug": made_by(_write, reads="lines_wanted")}, "raises ValueError: assignment destination is read-only"),
        ({"slug": made_by(lambda rows: 1 // 0)}, "raises ZeroDivisionError"),
        ({"slug": made_by(lambda rows: None)}, "gives None, of type NoneType"),
        ({"slug": made_by(lambda rows: {"slog": _full(rows)})}, "gives no column 'slug'"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows), "title": 1})}, "gives 'title' too"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows)}, "title")}, "gives no column 'title'"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows)[1:]})}, "its slug has 59 values for 60 rows"),
        ({"short": made_by(lambda rows: {"short": rows.numbers[:3]})}, "its short has 3 values for 60 rows"),
        ({"slug": made_by(lambda rows: {"slug": ["x"] * 60})}, "its slug is ['x', 'x'"),
        ({"slug": made_by(lambda rows: {"slug": rows.numbers / 2})}, "its slug is float64 of shape (60,)"),
        ({"short": made_by(lambda rows: {"short": rows.wide("a", 2)})}, "its short is uint64 of shape (60, 2)"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows, None)})}, "its slug is NULL in row 0, and may not be"),
        (
            {"vegan": made_by(lambda rows: {"vegan": np.where(rows.numbers == 7, rows.NULL, 1)})},
            "its vegan is NULL in row 7, and may not be",
        ),
        (
            {"short": made_by(lambda rows: {"short": rows.numbers + 40_000})},
            "of which smallint does not take all values",
        ),
        (
            {"short": made_by(lambda rows: {"short": rows.bits("a") | np.uint64(1 << 63)})},
            "more than 64 bits with a sign",
        ),
        ({"cost": made_by(lambda rows: {"cost": rows.numbers + 10**6})}, "1000000 has more than 6 digits"),
        (
            {"cost": made_by(lambda rows: {"cost": _full(rows, 10**6)})},
            "of which numeric(6,2) does not take all values",
        ),
        ({"cost": made_by(lambda rows: {"cost": _full(rows, "a")})}, "of which numeric(6,2) does not take all values"),
        ({"lines": made_by(lambda rows: {"lines": rows.numbers})}, "is int64, of which jsonb does not take all values"),
        (
            {"lines": made_by(lambda rows: {"lines": _full(rows, "{")})},
            "of which jsonb does not take all values: JSON parse",
        ),
        ({"lines": made_by(lambda rows: {"lines": _full(rows, '1}\n{"value":2')})}, "a text holds more than one value"),
        ({"at": made_by(lambda rows: {"at": _full(rows, "soon")})}, "of which timestamp with time zone does not take"),
        ({"mood": made_by(lambda rows: {"mood": _full(rows, "shy")})}, "has 'shy', which is no label of kind"),
        ({"moods": made_by(lambda rows: {"moods": _full(rows, ["shy"])})}, "has 'shy', which is no label of kind"),
        ({"title": made_by(lambda rows: {"title": _full(rows, "x" * 31)})}, "has 31 characters, too many for"),
        (
            {"slug": made_by(lambda rows: {"slug": rows.texts("cook.name")})},
            "reads 'cook.name', which reads= does not name",
        ),
        (
            {"slug": made_by(lambda rows: {"slug": rows.integers("lines_wantd")}, reads="lines_wanted")},
            "reads 'lines_wantd', which reads= does not name",
        ),
        (
            {"slug": made_by(lambda rows: {"slug": rows.integers("cook.name")}, reads="cook.name")},
            "reads integers of cook.name, which has none",
        ),
        ({"slug": made_by(lambda rows: {"slug": rows.texts("vegan")}, reads="cook.nme")}, "no column 'nme'"),
        ({"slug": made_by(compose, reads="title"), "title": text("{slug}")}, "columns wait for each other"),
        ({"slug": made_by(compose, "title", "slug")}, "made_by() names slug twice"),
        ({"slug": made_by(compose, "titel")}, "table recipes has no column 'titel'"),
        ({"slug": made_by(compose, "title"), "title": text("x")}, "recipes.title is made by made_by() of slug"),
        ({"slug": made_by(compose, "title"), "lines": made_by(compose, "title")}, "recipes.title is made by two words"),
        ({"cook_id": made_by(compose)}, "recipes.cook_id references another row, and made_by() makes values"),
        (
            {"slug": made_by(compose, types={"slug": "text"})},
            "recipes.slug: made_by() has types= or null=, which are of traits",
        ),
        ({"slug": made_by(compose, null="slug")}, "recipes.slug: made_by() has types= or null=, which are of traits"),
        (
            {"at": made_by(compose), "on_day": copy("at")},
            "recipes.on_day is NOT NULL, and it reads recipes.at, which may be NULL",
        ),
    ],
)
def test_what_a_function_may_not_do_is_refused_with_its_line(words: Any, message: str) -> None:
    refusal = refused(recipes(60, words))
    assert message in refusal.message
    assert HERE in refusal.message
    assert refusal.hint


@pytest.mark.parametrize(
    ("trait", "message"),
    [
        (made_by(compose, types={"x": "text"}), "recipes.it: made_by() makes no trait 'x'"),
        (made_by(compose, null="x"), "recipes.it: made_by() makes no trait 'x'"),
        (made_by(compose, types={"it": "no type"}), "recipes.it: 'no type' is no type that a trait can have"),
        (
            made_by(lambda rows: {"it": np.full(len(rows.numbers), rows.NULL)}),
            "its it is NULL in row 0, and may not be",
        ),
    ],
)
def test_what_no_trait_can_be_is_refused(trait: Any, message: str) -> None:
    table = recipes(20, {"cost": copy("it")}, traits={"it": trait})
    refusal = refused(table)
    assert message in refusal.message
    assert HERE in refusal.message


@pytest.mark.parametrize("word", [lambda made: case("slug", x=made), lambda made: array(0, 2, made)])
def test_no_other_word_chooses_it(word: Any) -> None:
    with pytest.raises(UsageError, match=r"makes several columns together|made_by\(\) makes no plain value"):
        made(cooks(), recipes(20, {"tags": word(made_by(compose))}))


class Counted:
    """A function that remembers its calls."""

    calls = 0

    def __call__(self, rows: Any) -> Any:
        self.calls += 1
        return {"short": rows.numbers * 0 + self.calls}


IMPURE = [
    (
        "<lambda> (",
        "short",
        lambda rows: {"short": rows.integers("lines_wanted") - rows.integers("lines_wanted").sum()},
    ),
    ("<lambda> (", "short", lambda rows: {"short": np.arange(rows.stop - rows.start)}),
    ("Counted (", "short", Counted()),
    ("<lambda> (", "slug", lambda rows: {"slug": _full(rows, str(rows.start))}),
    ("<lambda> (", "lines", lambda rows: {"lines": _full(rows, str(rows.start))}),
    ("<lambda> (", "tags", lambda rows: {"tags": _full(rows, [str(rows.start)])}),
]


@pytest.mark.parametrize(("name", "column", "function"), IMPURE)
def test_a_function_that_is_not_pure_is_refused_with_its_line(name: str, column: str, function: Any) -> None:
    message = refused(recipes(60, {column: made_by(function, reads="lines_wanted")})).message
    assert f"another value of {column} when it is called for fewer rows" in message
    assert name in message
    assert HERE in message


def test_the_check_tests_every_part_once_for_all_columns_of_a_function() -> None:
    calls = [0]

    def late(rows: Any) -> dict[str, Any]:
        calls[0] += 1
        n = rows.stop - rows.start
        return {"short": rows.numbers * 0 + max(0, calls[0] - 4), "slug": _full(rows), "vegan": np.ones(n, np.bool_)}

    declared = dataset(cooks(), recipes(60, {"short": made_by(late, "slug", "vegan"), "title": COMPOSED_ALONE}))
    chosen = compile_dataset("app", declared, SCHEMA, NO_RULES, revision="today")
    found = findings(chosen)
    assert [(each.name, each.ok, each.value) for each in found] == [
        ("purity recipes.short", False, 1),
        ("purity recipes.title", True, 0),
    ]
    assert "part 1 (rows 30 to 59): " in found[0].detail
    assert f"late ({__file__}, line " in found[0].detail


COMPOSED_ALONE = made_by(lambda rows: {"title": _full(rows)})


def findings(chosen: Compiled) -> Any:
    cut = replace(chosen, part_rows={"recipes": 30})
    parameters = Parameters(dataset="app", profile="dev", scale="1", sets=(), seed=7, as_of="2026-11-01")
    manifest: Any = SimpleNamespace(version="v1", revision="today")
    return purity_of(manifest, parameters, cut, Silent())


@examples(5, 40)
@given(st.sampled_from((1, 2, Fraction(7, 3))), st.data())
def test_its_rows_are_the_same_for_any_cut_and_scale_and_edits_elsewhere_change_none(
    scale: Fraction | int, data: st.DataObject
) -> None:
    declared = dataset(cooks(), recipes())
    small, large = built(declared, 1, SCHEMA)["recipes"], built(declared, scale, SCHEMA)["recipes"]
    assert large.slice(0, len(small)).equals(small)
    other = dataset(cooks(name=text("{first}")), recipes(traits={"lines_wanted": integer(1, 3), "more": money(1, 2)}))
    assert built(other, 1, SCHEMA)["recipes"].equals(small)
    chosen = dataset_of(declared, SCHEMA)
    inputs = inputs_of(chosen, scale)
    start, stop = sorted(data.draw(st.integers(0, inputs.rows["recipes"])) for _ in range(2))
    if start < stop:
        part = chosen.plan(inputs).part("recipes", start, stop)
        assert part.equals(large.combine_chunks().to_batches()[0].slice(start, stop - start))


def test_a_stream_of_its_own_keeps_the_values_of_a_renamed_column() -> None:
    def numbers(name: str) -> Any:
        return lambda rows: {name: (rows.bits("a") % 100).astype(np.int64)}

    before = made(cooks(), recipes(20, {"short": made_by(numbers("short"))}))["recipes"]
    same = made(cooks(), recipes(20, {"rating": made_by(numbers("rating"), stream="short")}))["recipes"]
    assert [round(row["rating"] * 10_000) for row in same] == [row["short"] for row in before]


def test_children_count_rows_by_what_a_function_made() -> None:
    words = {"at": made_by(lambda rows: {"at": rows.integers("cook.joined") + 5}, reads="cook.joined")}
    people = Declared("cooks", 12, {"recipes": count_of("recipes")}, traits={"last": last_of("recipes.at")})
    rows = made(people, recipes(60, words))
    assert sum(row["recipes"] for row in rows["cooks"]) == 60
