"""Test that hints use the words of the command line."""

from __future__ import annotations

from typing import get_args

import pytest

from snap.errors import Option, TargetError
from snap_cli.hints import hint


@pytest.mark.parametrize("option", get_args(Option))
def test_every_parameter_that_an_error_may_name_is_spelled_as_a_flag(option: Option) -> None:
    assert "--" in hint(TargetError("no", "check the URL", option=option)).removeprefix("check the URL; ")


def test_a_command_names_the_version_where_the_error_does() -> None:
    assert hint(TargetError("no", option="media")).endswith("snap build VERSION --media")
    assert hint(TargetError("no", option="media", version="v2")).endswith("snap build v2 --media")


def test_flags_stand_before_what_became_of_the_target() -> None:
    error = TargetError("no", "check the URL", option="yes", unchanged=True)
    assert hint(error) == "check the URL; or add --yes; nothing was changed"


def test_a_flag_that_is_all_there_is_to_do_is_no_alternative() -> None:
    assert hint(TargetError("no", option="yes")) == "add --yes"
