"""Test hints in the record of a night: settings, or commands to run by hand."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import get_args

import pytest

from snap.errors import Option, TargetError
from snap.progress import Silent
from snap_ops.night.hints import hint
from snap_ops.night.reset import ResetSettings
from snap_ops.night.restore import RestoreSettings
from snap_ops.night.state import failure

SETTINGS = {"reset": ResetSettings, "restore": RestoreSettings}


@pytest.mark.parametrize("option", get_args(Option))
def test_flags_stand_in_commands_to_run_alone_and_settings_exist(option: Option) -> None:
    said = hint(TargetError("no", option=option))
    assert "--" not in re.sub(r"snap (build|backup|restore) .*", "", said)
    for section in re.findall(r"\[(\w+)\]", said):
        assert section in SETTINGS
    for key in re.findall(r"(\w+) = ", said):
        assert key in {field.name for field in fields(RestoreSettings)}


def test_the_record_of_a_failed_step_says_what_to_do_in_a_night() -> None:
    error = TargetError("some dates cannot be moved", "choose another date", option="as_of", unchanged=True)
    record = failure("restore", error, 0, Silent())
    assert record.detail == "some dates cannot be moved"
    assert record.hint == 'choose another date; or write as_of = "snapshot" under [restore]; nothing was changed'
