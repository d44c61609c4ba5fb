"""Provide an image of the toy snapshot, and containers of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snap.store import Snapshot, Store
from snap_restorer.image.context import ImageRequest, write_image
from tests.cases import toy
from tests.postgres import embedded_home
from tests.restorer.image.container import Container, container


@pytest.fixture(scope="module")
def toy_v1(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return toy.publish(Store(tmp_path_factory.mktemp("project")), "v1")


@pytest.fixture(scope="module")
def image(toy_v1: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an image with the toy snapshot in database `ship`."""
    folder = tmp_path_factory.mktemp("images") / "v1"
    write_image(
        toy_v1, ImageRequest(folder=folder, database="ship", written_by="snap test"), environment=dict(os.environ)
    )
    return folder


@pytest.fixture
def started(image: Path) -> Iterator[Callable[..., Container]]:
    """Yield a function that returns a new container of the image, not yet started."""
    with embedded_home() as home:
        home.mkdir(mode=0o755)
        numbers = iter(range(100))
        yield lambda **given: container(image, home / str(next(numbers)), **given)
