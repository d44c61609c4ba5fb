"""Test labels of tables: their names for people and in JSON."""

from hypothesis import given
from hypothesis import strategies as st

from snap.schema import Table, parse_label, table_label

_NAMES = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=63)


@given(schema=_NAMES | st.just("public"), name=_NAMES)
def test_a_label_is_read_back_as_the_schema_and_name_that_it_shows(schema, name):
    assert parse_label(table_label(schema, name)) == (schema, name)


def test_schema_public_is_left_out_and_names_with_dots_or_quotes_are_quoted():
    assert Table(schema="public", name="crew", columns=()).label == "crew"
    assert table_label("ship", "Log book") == "ship.Log book"
    assert table_label("a.b", 'c"d') == '"a.b"."c""d"'
