"""Test hints in Python, which name keyword arguments in place of flags."""

from __future__ import annotations

import inspect
import re
import traceback
from typing import get_args

import pytest

import snap
from snap.errors import Option, TargetError
from snap.keywords import hinted

FUNCTIONS = (snap.build, snap.capture, snap.check, snap.clone, snap.cloned, snap.diff, snap.drop, snap.restore)
PARAMETERS = {name for function in FUNCTIONS for name in inspect.signature(function).parameters}
# No function can do anything about these.
OF_COMMANDS: set[Option] = {"config", "foreign", "lose", "no_backup", "out", "replace", "skip"}


def note(error: TargetError) -> str:
    """Return the note that an error has when it leaves a function."""

    @hinted()
    def fail() -> None:
        raise error

    with pytest.raises(TargetError) as raised:
        fail()
    (text,) = getattr(raised.value, "__notes__", ("",))
    return text


@pytest.mark.parametrize("option", sorted({*get_args(Option)} - OF_COMMANDS))
def test_every_parameter_that_an_error_may_name_is_spelled_as_an_argument(option: Option) -> None:
    said = note(TargetError("no", option=option))
    assert "--" not in said
    assert {*re.findall(r"(\w+)=", said)} <= PARAMETERS
    assert said.startswith("hint: ")


@pytest.mark.parametrize("option", sorted(OF_COMMANDS))
def test_what_only_a_command_can_do_is_not_said(option: Option) -> None:
    assert note(TargetError("no", "check the URL", option=option)) == "hint: check the URL"


def test_a_traceback_ends_with_what_to_do() -> None:
    error = TargetError("table users holds rows of others", "check the URL", option="yes", unchanged=True)
    assert note(error) == "hint: check the URL; or pass yes=True; nothing was changed"
    assert traceback.format_exception_only(error) == [
        "snap.errors.TargetError: table users holds rows of others\n",
        "hint: check the URL; or pass yes=True; nothing was changed\n",
    ]


def test_an_error_without_advice_has_no_note() -> None:
    assert note(TargetError("no")) == ""


def test_a_note_shows_no_control_characters() -> None:
    assert note(TargetError("no", "call \x1b[8mhidden")) == "hint: call  [8mhidden"
