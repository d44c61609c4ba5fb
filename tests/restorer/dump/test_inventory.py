"""Test reading the inventory of a backup. Its types are checked, because whoever can write a record can seal it."""

from __future__ import annotations

from typing import Any

import pytest

from snap_restorer.dump.inventory import document, parse

PLAIN: dict[str, Any] = {
    "layout": 1,
    "schemas": ["public"],
    "comments": [["public", "ours"]],
    "objects": {"public": ["table public.crew"]},
    "outside": [],
    "rows": {"crew": [10, "1", "2"]},
    "rights": [],
    "defaults": [],
    "extensions": [{"name": "citext", "schema": "public", "version": "1.6"}],
    "large_objects": [],
}


def test_what_was_written_is_read() -> None:
    assert parse(document(parse(PLAIN))) == parse(PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": {"crew": ["10", "1", "2"]}},
        {"rows": {"crew": [True, "1", "2"]}},
        {"objects": {"public": [7]}},
        {"schemas": [None]},
        {"comments": [["public", {}]]},
        {"extensions": [{"name": "citext", "schema": "public", "version": 1.6}]},
    ],
)
def test_a_value_of_another_type_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"where .* should be"):
        parse({**PLAIN, **wrong})
