"""snap.toml: what it may say, and the one clear error for what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.errors import UsageError
from snap_cli.context import Context
from snap_cli.settings import Settings, read_settings


def read(folder: Path, text: str, **environment: str) -> Settings:
    path = folder / "snap.toml"
    path.write_text(text)
    return read_settings(
        path, Context(root_flag=None, config_flag=None, json=False, quiet=False, environment=environment)
    )


def test_databases_are_protected_and_allowed_by_host_and_name(tmp_path: Path) -> None:
    text = '[target]\nprotected = ["db.example.com/app", "*/production"]\nallowed = ["local/*"]\n'
    found = read(tmp_path, text, SNAP_JOBS="3")
    assert found == Settings(jobs=3, protected=("db.example.com/app", "*/production"), allowed=("local/*",))


def test_an_empty_list_is_a_list_and_none_is_not(tmp_path: Path) -> None:
    assert read(tmp_path, "[target]\nallowed = []").allowed == ()
    assert read(tmp_path, "[build]\njobs = 2") == Settings(jobs=2, protected=(), allowed=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[target]\nprotected = "*/production"', "target.protected in snap.toml is '\\*/production', not a list"),
        ("[target]\nallowed = {}", "target.allowed in snap.toml is {}, not a list"),
        (
            '[target]\nprotected = ["production"]',
            "target.protected in snap.toml holds 'production', which is not HOST/",
        ),
        ("[target]\nallowed = [1]", "target.allowed in snap.toml holds 1, which is not HOST/DATABASE"),
        ("[target]\nproteced = []", r"unknown setting target\.proteced"),
        ("target = []", "unknown section 'target'"),
        ("[targets]", "unknown section 'targets'"),
        ("[target", "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        read(tmp_path, text)
    assert refused.value.hint
