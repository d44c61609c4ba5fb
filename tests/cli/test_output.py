"""Test the output on a terminal and in a pipe."""

import pytest

from snap.errors import TargetError
from snap.redact import clean, scrub
from snap_cli.output import error_document, labelled, print_document, print_error
from snap_cli.render import Grid, Line, Style, render


@pytest.mark.slow
def test_a_terminal_gets_a_drawn_table_and_a_pipe_plain_columns(terminal, program, v1):
    assert "─" in terminal("list").out
    assert program("list").out.splitlines()[0].split() == ["version", "dataset", "rows", "bytes", "created", "digest"]


@pytest.mark.slow
def test_no_color_and_a_dumb_terminal_get_no_escapes(terminal, v1):
    assert "\x1b[" in terminal("list").out
    assert "\x1b" not in terminal("list", NO_COLOR="1").out
    assert "\x1b" not in terminal("lst", NO_COLOR="1").out
    assert "\x1b" not in terminal("lst", TERM="dumb").out


def test_quiet_silences_what_was_done_and_not_what_was_asked(snap, v1):
    assert "v1" in snap("list", "--quiet").out
    assert snap("-q", "rm", "v1", "--yes").out == ""


@pytest.mark.slow
def test_text_is_utf_8_whatever_the_locale(program, v1):
    ran = program("show", "v1", "--schema", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert ran.code == 0
    assert "CREATE TABLE crew" in ran.out


def test_a_plain_table_is_aligned():
    grid = Grid(columns=("name", "n"), rows=(("a", "1"), ("long", "1,000")), right=frozenset({"n"}))
    text = render((grid, Line("done", "good")), Style(tables=False, color=False))
    assert text == "name      n\na         1\nlong  1,000\ndone\n"


@pytest.mark.parametrize("tables", [False, True])
def test_what_a_result_shows_obeys_nothing_that_a_name_holds(tables):
    view = (Line("a\x1b[8mb\r\n\tc\rd"), Grid(columns=("n",), rows=(("e\x9b\0",),)))
    text = render(view, Style(tables=tables, color=False))
    assert text.startswith("a\\x1b[8mb\r\n\tc\\x0dd\n")
    assert "e\\x9b\\x00" in text
    assert not set(text) & {"\x1b", "\x9b", "\0"}


def test_json_escapes_what_a_terminal_obeys(capsys):
    print_document({"name": "\x9b8m\x7f\x1b"})
    assert capsys.readouterr().out == '{\n  "name": "\\u009b8m\\u007f\\u001b"\n}\n'


def test_a_list_is_written_on_one_line():
    assert clean("what does not fit:\n- table a\n- table b") == "what does not fit: table a; table b"


def test_control_bytes_do_not_reach_the_terminal():
    assert clean("a\x1b[31mb\nc\n") == "a [31mb; c"


@pytest.mark.parametrize("text", ["no secret: a=b", "https://example.org/a?b=c", "postgresql://me@host:5432/db"])
def test_what_holds_no_password_stays(text):
    assert scrub(text) == text


@pytest.mark.parametrize("width", [20, 40, 59, 60, 100])
def test_a_narrow_terminal_cuts_no_value(width):
    columns, row = (
        ("version", "dataset", "bytes", "created", "digest"),
        ("v12", "worldchef", "10.2 MB", "2026", "8fc6f1986ab8"),
    )
    text = render((Grid(columns=columns, rows=(row,)),), Style(tables=True, color=False, width=width))
    assert all(cell in text for cell in (*columns[1:], *row))


def test_several_reasons_stand_one_a_line_and_are_a_list_in_json(capsys):
    error = TargetError("the schema does not fit:\n- t has no column a\n- t has no column b", "migrate it")
    print_error(error, {})
    assert capsys.readouterr().err == (
        "error: the schema does not fit:\n  - t has no column a\n  - t has no column b\nhint: migrate it\n"
    )
    document = error_document(error)
    assert document["message"] == "the schema does not fit: t has no column a; t has no column b"
    assert document["reasons"] == ["t has no column a", "t has no column b"]


def test_a_message_is_broken_between_words_on_a_terminal_alone():
    message = "postgresql://meeee@127.0.0.1:15999/x: the server does not answer"
    lines = labelled("error:", message, Style(tables=True, color=True, width=40), "1;31").split("\n")
    assert lines[0] == "\x1b[1;31merror:\x1b[0m"
    assert lines[1:] == ["  postgresql://meeee@127.0.0.1:15999/x:", "  the server does not answer"]
    assert labelled("error:", message, Style(tables=False, color=False, width=40)) == f"error: {message}"


def test_one_reason_stays_in_its_sentence(capsys):
    print_error(TargetError("t has no column a", "migrate it"), {})
    assert capsys.readouterr().err == "error: t has no column a\nhint: migrate it\n"
    assert error_document(TargetError("t has no column a"))["reasons"] == ["t has no column a"]


def test_reasons_that_the_message_groups_are_all_in_json(capsys):
    error = TargetError("no:\n- is missing: a, b", every=["a is missing", "b is missing"])
    print_error(error, {})
    assert "error: no:\n  - is missing: a, b\nhint:" in capsys.readouterr().err
    assert error_document(error)["reasons"] == ["a is missing", "b is missing"]
