"""Test CHECKs over several columns, as Postgres prints them, for rows with some unknown values."""

from __future__ import annotations

import pytest

from snap_builder.infer.conditions import OTHER, SOME, UNKNOWN, Unreadable, condition

COLUMNS = ("a", "b", "c", "kind")


@pytest.mark.parametrize(
    ("sql", "row", "answer"),
    [
        ("((kind = 'draft'::text) = (a IS NULL))", {"kind": "draft", "a": None}, True),
        ("((kind = 'draft'::text) = (a IS NULL))", {"kind": "open", "a": None}, False),
        ("((kind = 'draft'::public.state) = (a IS NULL))", {"kind": None, "a": None}, None),
        ("((num_nonnulls(a, b, c) = 1))", {"a": OTHER, "b": None, "c": None}, True),
        ("((num_nonnulls(a, b, c) = 1))", {"a": OTHER, "b": OTHER, "c": None}, False),
        ("(((a IS NULL) OR (b IS NULL)))", {"a": OTHER, "b": OTHER}, False),
        ("(((a IS NOT NULL) <> (b IS NOT NULL)))", {"a": OTHER, "b": None}, True),
        ("((NOT (a AND (b IS NULL))))", {"a": True, "b": None}, False),
        ("((COALESCE(a, b) IS NOT NULL))", {"a": None, "b": OTHER}, True),
        (
            "(CASE WHEN (kind = 'x'::text) THEN (a IS NULL) ELSE (a IS NOT NULL) END)",
            {"kind": "y", "a": OTHER},
            True,
        ),
        (
            "(((kind)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[])))",
            {"kind": "y"},
            True,
        ),
        ("((kind <> ALL (ARRAY['x'::text, 'y'::text])))", {"kind": "y"}, False),
        ("((cardinality(a) > 0))", {"a": ()}, False),
        ("((a IS DISTINCT FROM b))", {"a": None, "b": OTHER}, True),
        ("(((a IS TRUE) OR (b IS NOT FALSE)))", {"a": None, "b": False}, False),
        ("(((a > 3) AND (b <= '-2'::integer)))", {"a": 4, "b": -2}, True),
        ("((a < b))", {"a": OTHER, "b": OTHER}, UNKNOWN),
        ("((a = 3))", {"a": SOME}, UNKNOWN),
        ("((a = 3))", {"a": OTHER}, False),
        ("((a IS NULL))", {"a": SOME}, False),
        ("((a > 3))", {"a": SOME}, UNKNOWN),
        ("((a ~ '^x'::text))", {"a": None}, None),
        ("((a ~ '^x'::text))", {"a": OTHER}, UNKNOWN),
        ("((lower(a) = a))", {"a": OTHER}, UNKNOWN),
    ],
)
def test_a_check_is_answered_with_three_values_and_unknown(sql: str, row: dict[str, object], answer: object) -> None:
    full = dict.fromkeys(COLUMNS) | row
    assert condition(f"CHECK {sql}", COLUMNS).holds(full) is answer


@pytest.mark.parametrize("sql", ["((a IN (b)))", "((d IS NULL))", "((a = 1", "((EXISTS ( SELECT 1)))"])
def test_what_has_no_meaning_here_is_unreadable(sql: str) -> None:
    with pytest.raises(Unreadable):
        condition(f"CHECK {sql}", COLUMNS)


def test_numbers_that_a_column_is_compared_with_are_kept() -> None:
    read = condition("CHECK (((a <> 2) OR (b = ANY (ARRAY[3, '-4'::integer])) OR (kind = 'x'::text)))", COLUMNS)
    assert read.compared == {"a": (("<>", 2),), "b": (("=", 3), ("=", -4))}
