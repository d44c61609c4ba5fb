"""Test user-defined functions that make several columns: values are checked, and cuts of rows give the same values."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from snap.errors import UsageError
from snap.manifest import Parameters
from snap.progress import Silent
from snap_builder.compiled.compile import compile_dataset
from snap_builder.dataset import Dataset as Compiled
from snap_builder.declare import (
    array,
    case,
    copy,
    made_by,
    text,
)
from snap_builder.purity import purity_of
from tests.builder.compiled.cookbook import (
    SCHEMA,
    compose,
    cooks,
    dataset,
    made,
    recipes,
    refused,
)
from tests.builder.compiled.declarations import NO_RULES


def _full(rows: Any, value: Any = "x") -> pa.Array:
    return pa.array([value] * (rows.stop - rows.start))


def _raise(rows: Any) -> Any:
    raise KeyError("thai")


def _write(rows: Any) -> Any:
    rows.integers("lines_wanted")[0] = 1


HERE = "test_together.py, line "


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
        ({"slug": made_by(lambda rows: None)}, "returns None, of type NoneType"),
        ({"slug": made_by(lambda rows: {"slog": _full(rows)})}, "returns no column 'slug'"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows), "title": 1})}, "also returns 'title'"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows)}, "title")}, "returns no column 'title'"),
        ({"slug": made_by(lambda rows: {"slug": _full(rows)[1:]})}, "its slug has 59 values for 60 rows"),
        ({"short": made_by(lambda rows: {"short": rows.numbers[:3]})}, "its short has 3 values for 60 rows"),
        ({"slug": made_by(lambda rows: {"slug": ["x"] * 60})}, "its slug is ['x', 'x'"),
        ({"slug": made_by(lambda rows: {"slug": rows.numbers / 2})}, "its slug is float64 of shape (60,)"),
        ({"short": made_by(lambda rows: {"short": rows.wide("a", 2)})}, "its short is uint64 of shape (60, 2)"),
        (
            {"slug": made_by(lambda rows: {"slug": _full(rows, None)})},
            "its slug is NULL in row 0, where NULL is not allowed",
        ),
        (
            {"vegan": made_by(lambda rows: {"vegan": np.where(rows.numbers == 7, rows.NULL, 1)})},
            "its vegan is NULL in row 7, where NULL is not allowed",
        ),
        (
            {"short": made_by(lambda rows: {"short": rows.numbers + 40_000})},
            "smallint cannot store all of its values",
        ),
        (
            {"short": made_by(lambda rows: {"short": rows.bits("a") | np.uint64(1 << 63)})},
            "is too large for a signed 64-bit integer",
        ),
        ({"cost": made_by(lambda rows: {"cost": rows.numbers + 10**6})}, "1000000 has more than 6 digits"),
        (
            {"cost": made_by(lambda rows: {"cost": _full(rows, 10**6)})},
            "numeric(6,2) cannot store all of its values",
        ),
        ({"cost": made_by(lambda rows: {"cost": _full(rows, "a")})}, "numeric(6,2) cannot store all of its values"),
        (
            {"lines": made_by(lambda rows: {"lines": rows.numbers})},
            "is int64, and jsonb cannot store all of its values",
        ),
        (
            {"lines": made_by(lambda rows: {"lines": _full(rows, "{")})},
            "jsonb cannot store all of its values: JSON parse",
        ),
        ({"lines": made_by(lambda rows: {"lines": _full(rows, '1}\n{"value":2')})}, "a text holds more than one value"),
        (
            {"at": made_by(lambda rows: {"at": _full(rows, "soon")})},
            "timestamp with time zone cannot store all of its values",
        ),
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
            "reads integers of cook.name, but that column has no integers",
        ),
        ({"slug": made_by(lambda rows: {"slug": rows.texts("vegan")}, reads="cook.nme")}, "no column 'nme'"),
        ({"slug": made_by(compose, reads="title"), "title": text("{slug}")}, "columns depend on each other"),
        ({"slug": made_by(compose, "title", "slug")}, "made_by() names slug twice"),
        ({"slug": made_by(compose, "titel")}, "table recipes has no column 'titel'"),
        ({"slug": made_by(compose, "title"), "title": text("x")}, "recipes.title is made by made_by() of slug"),
        ({"slug": made_by(compose, "title"), "lines": made_by(compose, "title")}, "recipes.title is made by two words"),
        ({"cook_id": made_by(compose)}, "recipes.cook_id references another row, and made_by() makes values"),
        (
            {"slug": made_by(compose, types={"slug": "text"})},
            "recipes.slug: types= and null= of made_by() are for traits only",
        ),
        ({"slug": made_by(compose, null="slug")}, "recipes.slug: types= and null= of made_by() are for traits only"),
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
        (made_by(compose, types={"it": "no type"}), "recipes.it: a trait cannot have the type 'no type'"),
        (
            made_by(lambda rows: {"it": np.full(len(rows.numbers), rows.NULL)}),
            "its it is NULL in row 0, where NULL is not allowed",
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
    with pytest.raises(UsageError, match=r"makes several columns together|made_by\(\) does not make a plain value"):
        made(cooks(), recipes(20, {"tags": word(made_by(compose))}))


class Counted:
    """A function that records its calls."""

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
    assert f"returns another value of {column} for row " in message
    assert "when it is called for fewer rows" in message
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
