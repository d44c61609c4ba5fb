"""Test what an error carries besides its message."""

from __future__ import annotations

import pickle
import signal

import pytest

from snap.errors import Interrupted, ServiceError, TargetError


def test_advice_is_the_hint_the_parameter_and_that_nothing_was_changed() -> None:
    error = TargetError("table users holds rows of others", "check the URL", option="yes", unchanged=True)
    assert str(error) == "table users holds rows of others"
    assert error.advice({}) == "check the URL; nothing was changed"
    assert error.advice({"yes": "or say yes"}) == "check the URL; or say yes; nothing was changed"
    assert TargetError("no", option="yes").advice({"yes": "or say yes"}) == "say yes"
    assert TargetError("no", option="force", version="v2").advice({"force": "build VERSION"}) == "build v2"
    assert ServiceError("the disk is full").advice({"yes": "say yes"}) == ""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_carries_the_exit_code_of_its_signal(number: int, code: int) -> None:
    assert Interrupted(number).code == code


def test_an_error_of_another_process_keeps_its_fields() -> None:
    error = pickle.loads(pickle.dumps(TargetError("a", "b", option="clone", unchanged=True)))
    assert (error.message, error.hint, error.option, error.unchanged) == ("a", "b", "clone", True)
    assert pickle.loads(pickle.dumps(Interrupted(15))).code == 143
