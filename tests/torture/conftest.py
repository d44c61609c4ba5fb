"""Provide the arena, and a database in it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import embedded_home
from tests.torture.arena import Arena


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with embedded_home() as home:
        made = Arena(home, tmp_path_factory.mktemp("root") / "project")
        try:
            made.prepare()
            yield made
        finally:
            made.embedded.stop()


@pytest.fixture
def target(arena: Arena) -> Iterator[str]:
    """Yield the name of a database that holds `old` and everything around it."""
    arena.start()
    name = arena.database()
    yield name
    arena.start()
    arena.drop(name)
