"""Build the dataset shop once for the tests of its rules."""

from __future__ import annotations

import pytest

from snap.manifest import Parameters
from snap.progress import Silent
from snap.store import Snapshot, Store
from snap_builder import BuildRequest, build, bundled


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return a build of shop with the volumes of its profile dev."""
    shop = bundled("shop")
    parameters = Parameters(dataset="shop", profile="dev", scale="1", sets=(), seed=shop.seed, as_of=shop.as_of)
    store = Store(tmp_path_factory.mktemp("shop"))
    build(
        store,
        BuildRequest(version="v1", dataset=shop, parameters=parameters, created="2026-11-28T00:00:00Z"),
        Silent(),
    )
    return store.resolve("v1")
