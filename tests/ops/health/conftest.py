"""Provide a restored database, and a web server with given answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from snap_restorer import Target, restore
from tests.ops.health.checked import V1
from tests.ops.health.web import Web, web_server


@pytest.fixture
def url(database: str) -> str:
    restore(V1, Target(database))
    return database


@pytest.fixture(scope="module")
def running() -> Iterator[Web]:
    with web_server() as web:
        yield web


@pytest.fixture
def web(running: Web) -> Web:
    running.answers.clear()
    running.asked.clear()
    return running
