"""Test texts that match a regular expression."""

import re

import pytest

from snap.errors import UsageError
from snap.types import parse
from snap_builder.declare import Dataset, Table, pattern
from tests.builder.compiled.declarations import built


@pytest.mark.parametrize(
    "regex",
    [
        "^[0-9a-f]{64}$",
        "^[a-z0-9]+(-[a-z0-9]+)*$",
        r"^\d{3}-\d{4}$",
        "^[A-Z]{2}[0-9]{2,6}$",
        "^#[0-9a-fA-F]{6}$",
        "^[^@]+@[^@]+$",
        "^x?y+z*$",
        r"^\+[1-9]\d{1,14}$",
        r"^\S+ \S$",
    ],
)
def test_every_text_matches(regex):
    rows = built(Dataset(tables=[Table("people", 200), Table("things", 300, {"title": pattern(regex)})]))
    values = rows["things"]["title"].to_pylist()
    assert all(re.search(regex, value) for value in values)
    assert len(set(values)) > 1


@pytest.mark.parametrize("regex", ["^(ab|c)$", r"^(a)\1$", "^(?=a)a$", "["])
def test_what_is_not_simple_is_refused(regex):
    with pytest.raises(UsageError, match=r"regular expression|too complex to make texts from"):
        pattern(regex)


def test_a_padded_column_is_filled_where_the_expression_allows_it():
    kind = parse("character(6)", set())
    made = [pattern(regex).made_for(kind).longest(1) for regex in ("^a?b{2,9}$", "^ab?$", "^[a-z]{6}$")]
    assert made == [6, 2, 6]
