"""Test that no text from a snapshot, a database or a checkout controls the terminal."""

from __future__ import annotations

import io
import json
import os
import sys
from importlib import import_module

import pytest

from snap_cli.context import Context
from snap_cli.output import print_document
from snap_cli.render import Line, Style, render

HOSTILE = "\x1b[8m\x9b8m\u202e\u2066"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_traceback_holds_no_control_character(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise ValueError(HOSTILE)

    door = import_module("snap_cli.main")  # the package gives the function of that name
    monkeypatch.setattr(door, "_run", fail)
    assert door.main(["list"], {"SNAP_DEBUG": "1"}) == 70
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert not set(shown) & set("\x1b\x9b\u202e\u2066")


def test_a_question_holds_no_control_character(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    monkeypatch.setattr(sys, "stderr", shown)
    question = f"replace the rows of {HOSTILE} in postgresql://me:hunter22@db/app?"
    assert Context(environment={}).confirms(question, "this")
    assert not set(shown.getvalue()) & set("\x1b\x9b\u202e\u2066")
    assert "hunter22" not in shown.getvalue()


def test_what_changes_the_direction_of_writing_is_shown_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert render((Line("a\u202eb"),), Style(tables=False, color=False, width=80)) == "a\\u202eb\n"
    print_document({"name": "a\u202eb"})
    assert '"a\\u202eb"' in capsys.readouterr().out


def test_marks_of_names_that_are_written_from_right_to_left_stay() -> None:
    assert render((Line("\u200fשלום\u200e"),), Style(tables=False, color=False, width=80)) == "\u200fשלום\u200e\n"


def test_a_name_that_is_no_utf_8_is_shown_by_its_numbers(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A file's name is bytes, which a checkout may choose; its listing ended in exit code 70."""
    name = os.fsdecode(b"a\xff")
    print_document({"name": name})
    shown = capsysbinary.readouterr().out
    assert shown.decode() == '{\n  "name": "a\\udcff"\n}\n'
    assert json.loads(shown) == {"name": name}


@pytest.mark.parametrize("number", [0xAD, 0x115F, 0x200B, 0x2060, 0x2064, 0x3164, 0xFEFF, 0xFFA0, 0xE0041, 0xE007F])
def test_a_letter_that_takes_no_room_is_shown_by_its_number(number: int) -> None:
    """Two names that look alike are two functions in a schema that somebody reads before it runs."""
    shown = render((Line(f"CREATE FUNCTION allowed{chr(number)}()"),), Style(tables=False, color=False, width=80))
    assert shown == f"CREATE FUNCTION allowed{chr(number).encode('unicode_escape').decode()}()\n"


def test_letters_that_scripts_and_emoji_need_stay() -> None:
    needed = "می\u200cخواهم \U0001f469\u200d\U0001f373 ❤\ufe0f"
    assert render((Line(needed),), Style(tables=False, color=False, width=80)) == f"{needed}\n"
