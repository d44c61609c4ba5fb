"""Test that the server makes jsonb canonical as a function in plain Python does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from psycopg import sql

from snap.types import parse
from snap_restorer.values import canonical_sql
from tests.cases.canonical_json import canonical_json
from tests.cases.values import STRINGS
from tests.params import examples
from tests.postgres import session

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
ZEROS = st.from_regex(r"-?[0-9]\.[0-9]{0,3}0{1,3}", fullmatch=True)
TRAPS = st.text(st.sampled_from('.0"\\,]}1\n: é')) | STRINGS
DOCUMENTS = st.recursive(
    st.sampled_from(["null", "true", "false"]) | NUMBERS | ZEROS | TRAPS.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=5).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(TRAPS.map(json.dumps), inner, max_size=4).map(
            lambda items: "{" + ",".join(f"{key}:{value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=12,
)


@pytest.fixture
def plain(database: str) -> Iterator[psycopg.Connection[Any]]:
    with session(database) as connection:
        yield connection


@pytest.mark.slow
@examples(40, 150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(DOCUMENTS, min_size=1, max_size=20))
def test_jsonb_is_made_canonical_without_a_look_into_strings(plain: psycopg.Connection[Any], texts: list[str]) -> None:
    jsonb = parse("jsonb")
    statement = sql.SQL(
        "SELECT convert_from({}, 'UTF8') FROM unnest(%s::jsonb[]) WITH ORDINALITY AS x (v, n) ORDER BY n"
    )
    made = plain.execute(statement.format(canonical_sql.payload(jsonb, jsonb, sql.Identifier("v"))), [texts]).fetchall()
    assert [text for (text,) in made] == [canonical_json(text) for text in texts]


def test_long_jsonb_is_made_canonical(plain: psycopg.Connection[Any]) -> None:
    text = json.dumps(["x.0" * 200_000, *[1.50, "\\1.0"] * 2000])
    text = text.replace("1.5,", "1.50,")
    value = canonical_sql.payload(parse("jsonb"), parse("jsonb"), sql.SQL("%s::jsonb"))
    (made,) = plain.execute(sql.SQL("SELECT convert_from({}, 'UTF8')").format(value), [text]).fetchone() or ("",)
    assert made == canonical_json(text)
