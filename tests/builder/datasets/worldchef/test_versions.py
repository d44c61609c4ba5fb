"""Test the versions that come with WorldChef: their names mean the same rows in every project."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from snap.errors import CheckError, UsageError
from snap.manifest import Parameters
from snap.progress import Silent
from snap.store import Store
from snap_builder import BuildRequest, Built, Dataset, build, bundled
from tests.paths import ROOT

WORLDCHEF = bundled("worldchef")
COMMITTED = Store(ROOT)
V1 = WORLDCHEF.versions["v1"]


@pytest.mark.parametrize("version", WORLDCHEF.versions)
def test_they_are_those_that_are_committed(version: str) -> None:
    manifest = COMMITTED.resolve(version).manifest
    known = WORLDCHEF.versions[version]
    assert (known.parameters, known.digest) == (manifest.parameters, manifest.digest)


def test_all_that_are_committed_are_among_them() -> None:
    assert set(WORLDCHEF.versions) == set(COMMITTED.names())


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Built]:
    def make(
        version: str, parameters: Parameters = V1.parameters, *, using: Dataset = WORLDCHEF, force: bool = False
    ) -> Built:
        request = BuildRequest(
            version=version, dataset=using, parameters=parameters, created="2026-11-28T00:00:00Z", force=force
        )
        return build(Store(tmp_path), request, Silent())

    return make


@pytest.mark.slow
def test_a_build_records_the_revision_and_has_the_digest_that_is_known(
    make: Callable[..., Built], tmp_path: Path
) -> None:
    manifest = make("v1").manifest
    assert manifest.digest == V1.digest
    assert manifest.revision == WORLDCHEF.revision
    assert json.loads((tmp_path / "manifests/v1.json").read_text())["format"] == 2
    with pytest.raises(
        UsageError, match=r"v1 is of revision .* of dataset worldchef, but the dataset is of revision ab"
    ):
        make("v1", using=replace(WORLDCHEF, revision="ab"))


def test_other_parameters_under_their_name_are_refused(make: Callable[..., Built], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"v1 is published with other parameters: scale 1/3, not 1$") as refused:
        make("v1", replace(V1.parameters, scale="1"))
    assert refused.value.option == "force"
    assert Store(tmp_path).names() == ()


@pytest.mark.slow
def test_other_values_under_their_name_are_not_published(make: Callable[..., Built], tmp_path: Path) -> None:
    moved = replace(WORLDCHEF, versions={"v1": replace(V1, digest="0" * 64)})
    with pytest.raises(CheckError, match=f"v1 was not reproduced: its digest is {V1.digest[:12]}, but v1 of dataset"):
        make("v1", using=moved)
    assert Store(tmp_path).names() == ()
    assert make("v1", using=moved, force=True).manifest.digest == V1.digest
