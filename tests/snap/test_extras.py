"""Test the error for an optional part (extra) of the distribution that is not installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest

from snap.errors import UsageError
from snap.extras import Extra, install, missing
from snap_ops.object_store import S3Settings
from tests.paths import ROOT


def test_an_error_names_what_is_missing_what_needs_it_and_the_extra():
    error = missing("s3", "boto3", "s3://b/p/ in [backup]")
    assert isinstance(error, UsageError)
    assert error.message == "boto3 is not installed, and s3://b/p/ in [backup] needs it"
    assert error.hint == "pip install 'snapgres[s3]'"


@pytest.mark.parametrize(
    ("receipt", "command"),
    [("uv-receipt.toml", "uv tool install"), ("pipx_metadata.json", "pipx install --force"), ("x", "pip install")],
)
def test_a_tool_is_told_how_tools_get_an_extra(tmp_path, monkeypatch, receipt, command):
    (tmp_path / receipt).write_text("")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert install("notify") == f"{command} 'snapgres[notify]'"


def test_the_extras_are_those_of_the_distribution():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(get_args(Extra)) == extras.keys() - {"build", "test", "bench"}
    everything = {line for extra in get_args(Extra) for line in extras[extra]}
    assert everything <= set(extras["test"])


def test_a_bucket_without_boto3_names_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "snap_ops.object_store.s3", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(UsageError, match=r"boto3 is not installed, and s3://b/p/ in \[backup\] needs it") as refused:
        S3Settings().open_s3("b", "p/", section="backup")
    assert refused.value.hint == "pip install 'snapgres[s3]'"


@pytest.mark.process
@pytest.mark.parametrize(("module", "library"), [("fill", "anyascii"), ("add", "faker")])
def test_lists_of_words_without_their_libraries_name_the_extra(module: str, library: str, tmp_path: Path):
    (tmp_path / f"{library}.py").write_text(f"raise ModuleNotFoundError(name={library!r})")
    name = f"snap_builder.words.{module}"
    done = subprocess.run(
        [sys.executable, "-m", name, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {library} is not installed, and python -m {name} needs it\nhint: pip install 'snapgres[words]'\n"
    )
