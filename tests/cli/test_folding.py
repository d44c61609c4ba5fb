"""Test wrapping texts to the columns of a terminal."""

import pytest

from snap_cli.folding import column_widths, folded, padded, shortened, width_of, wrapped

URL = "postgresql://postgres.abcdefghijkl@aws-0-eu-central-1.pooler.supabase.com:5432/postgres?sslmode=require"


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("žluť", 4), ("日本", 4), ("e\u0301", 1), ("\u200bx", 1), ("─…", 2)]
)
def test_a_text_is_as_wide_as_a_terminal_draws_it(text, width):
    assert width_of(text) == width
    assert width_of(padded(text, 9, right=True)) == 9


def test_columns_keep_their_widths_where_there_is_room():
    assert column_widths(("name", "n"), [("a", "1,000")], whole={"n"}, room=11, gap=2) == (4, 5)


def test_the_loosest_column_of_texts_gives_way_and_numbers_never_do():
    rows = [("a text that has many short words", "1,234,567,890")]
    assert column_widths(("what", "rows"), rows, whole={"rows"}, room=30, gap=2) == (15, 13)
    assert column_widths(("what", "rows"), rows, whole={"rows"}, room=26, gap=2) is None


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("recipe_collections, recipes", 20, ["recipe_collections,", "recipes"]),
        ("recipe_collection_items", 12, ["recipe_", "collection_", "items"]),
        ("id=1234567890,34", 13, ["id=", "1234567890,34"]),
        ("0123456789012345", 12, ["012345678901", "2345"]),  # wider than the column: the one case
        ("日本語の長い名前です", 12, ["日本語の長い", "名前です"]),
        ("  ab", 9, ["  ab"]),
        ("", 9, [""]),
    ],
)
def test_texts_break_between_words_and_at_signs(text, width, lines):
    assert folded(text, width) == lines


@pytest.mark.parametrize(
    ("room", "short"),
    [
        (200, URL),
        (90, URL.partition("?")[0] + "?…"),
        (60, "postgresql://….pooler.supabase.com:5432/postgres"),
        (40, "postgresql://….com:5432/postgres"),
        (30, "postgresql://…:5432/postgres"),
        (12, "…/postgres"),
    ],
)
def test_a_url_keeps_its_end(room, short):
    assert shortened(URL, room) == short


def test_what_is_no_url_stays():
    assert shortened("a" * 50, 12) == "a" * 50


def test_a_line_breaks_between_words_and_keeps_its_tones():
    lines = wrapped([("one two ", "good"), ("three", "bad")], 8, 2)
    assert ["".join(text for text, _ in line) for line in lines] == ["one two", "  three"]
    assert [tone for line in lines for _, tone in line] == ["good", "good", "bad"]


def test_a_line_of_nothing_but_a_url_stays_whole():
    assert wrapped([(URL, "plain")], 40, 2) == [[(URL, "plain")]]


@pytest.mark.parametrize("room", [30, 34, 35, 40])
def test_the_colon_after_a_url_stays(room):
    lines = ["".join(text for text, _ in line) for line in wrapped([(f"error: {URL}: no such host", "plain")], room, 2)]
    assert max(map(len, lines)) <= room
    assert any("/postgres:" in line for line in lines)
    assert any("/postgres:" in line for line in folded(f"{URL}: no such host", room))


def test_a_url_within_a_line_gets_the_room_of_a_line():
    *_, (last,) = wrapped([("database " + URL, "plain")], 40, 2)
    assert last == ("  postgresql://….com:5432/postgres", "plain")
