"""Test the service for compose: valid by the compose specification, with the image's names and without password."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from snap.errors import UsageError
from snap.store import Store
from snap_restorer.image.compose import ComposeRequest, compose
from tests.cases import toy


def text(folder: Path, *, context: str = "images/v1", database: str = "ship", port: int = 5432) -> str:
    snapshot = toy.publish(Store(folder), "v1")
    request = ComposeRequest(context=Path(context), database=database, port=port, written_by="snap test")
    return compose(snapshot.manifest, request)


def test_the_service_runs_the_image_on_this_machine_alone(tmp_path: Path) -> None:
    [(name, service)] = yaml.safe_load(text(tmp_path, port=6000))["services"].items()
    assert name == "db"
    assert service["image"] == "ship:v1"
    assert service["build"] == {"context": "./images/v1"}
    assert service["ports"] == ["127.0.0.1:6000:5432"]
    assert service["environment"] == {
        "POSTGRES_USER": "snap_owner",
        "POSTGRES_DB": "ship",
        "POSTGRES_PASSWORD": "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD}",
    }
    assert "volumes" not in service  # the rows are the image's


@pytest.mark.slow
@pytest.mark.process
def test_the_specification_of_compose_takes_it(tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema")
    (tmp_path / "compose.yaml").write_text(text(tmp_path, context='/srv/a "b" $c: #d'))
    command = (sys.executable, "-W", "ignore", "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec")
    subprocess.run([*command, tmp_path / "compose.yaml"], check=True, capture_output=True)
    loaded = yaml.safe_load((tmp_path / "compose.yaml").read_text())
    assert loaded["services"]["db"]["build"]["context"] == '/srv/a "b" $$c: #d'


def test_a_name_that_no_database_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be the database of an image"):
        text(tmp_path, database="a b")
