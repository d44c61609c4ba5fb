"""Test running client programs between two streams."""

import time

import pytest

from snap.errors import ServiceError
from snap_restorer.pg.clients import running


def test_a_program_that_runs_for_too_long_is_ended_and_named():
    started = time.monotonic()
    with (
        pytest.raises(ServiceError, match="sleep is still running after"),
        running(["sleep", "30"], environment={"PATH": "/bin:/usr/bin"}, limit_s=0.2) as program,
    ):
        assert list(program.pieces()) == []
    assert time.monotonic() - started < 10


def test_a_program_that_is_not_there_is_named():
    with (
        pytest.raises(ServiceError, match="/nowhere/pg_dump does not run"),
        running(["/nowhere/pg_dump"], environment={}),
    ):
        pytest.fail("the block ran")
