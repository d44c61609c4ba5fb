"""Test edge cases in a manifest: every text is read back as it was, and an invalid one is refused by its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap.edge_cases import Edge, edges_json, edges_of, escaped
from snap.fields import FieldError

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)))
EDGE = {"table": "users", "name": "longest", "key": {"id": "1"}, "values": {"name": "x"}}


@given(texts, st.none() | texts)
def test_every_text_is_listed_in_printable_ascii_and_read_as_it_was(key: str, value: str | None) -> None:
    edges = (Edge(table="t", name="n", key={"id": key}, values={"v": value}),)
    listed = json.loads(json.dumps(edges_json(edges)))
    assert edges_of({"edges": listed}) == edges
    assert escaped(key).isascii()
    assert escaped(key).isprintable()


def test_a_manifest_without_edge_cases_has_none() -> None:
    assert edges_of(None) == edges_of({}) == edges_of({"fixed_rows": {"users": 2}}) == ()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"table": ""}, r"edge_cases\.edges\[0\]\.table: '' is not a name"),
        ({"name": 5}, r"edges\[0\]\.name: 5 is not a text"),
        ({"key": []}, r"edges\[0\]\.key: a list is not an object"),
        ({"values": {"name": 1}}, r"values\.name: 1 is not a text"),
        ({"values": {"name": "é"}}, "is not a text in ASCII"),
        ({"values": {"name": "\\q"}}, "is not a text in ASCII"),
        ({"values": {"name": "\\"}}, "is not a text in ASCII"),
        ({"values": {"name": "\\x00"}}, "no text that UTF-8 and Postgres can hold"),
        ({"values": {"name": "\\ud800"}}, "no text that UTF-8 and Postgres can hold"),
    ],
)
def test_what_is_no_edge_case_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(FieldError, match=said):
        edges_of({"edges": [EDGE | changed]})
