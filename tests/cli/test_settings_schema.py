"""Test that the schema of snap.toml and its reader accept the same files, so that editors and snap agree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from snap.config import SECTIONS, read
from snap.errors import UsageError
from snap_cli.settings_schema import settings_schema
from snap_ops.night.configure import SETTINGS
from tests.paths import ROOT

EXAMPLE = ROOT / "docs" / "nightly" / "snap.toml"
SCHEMA = Draft202012Validator(settings_schema(SETTINGS))
_NAMES = re.findall("^([a-z_]+) = ", EXAMPLE.read_text("utf-8"), re.MULTILINE)
_OFFERED = re.compile(r'^# ((?:[a-z_]+|"[a-z.]+") = .*|\[.*\].*)$', re.MULTILINE)


def is_read(text: str, folder: Path) -> bool:
    """Return whether snap can read all sections of a file."""
    path = folder / "snap.toml"
    path.write_text(text, "utf-8")
    try:
        settings = read(path, {})
        for name, kind in SETTINGS.items():
            if name in settings:
                settings.section(kind, name)
    except UsageError:
        return False
    return True


def fits(text: str) -> bool:
    return bool(SCHEMA.is_valid(tomllib.loads(text)))


def test_it_is_a_schema_of_every_section(snap: Any) -> None:
    schema = snap("schema", "snap.toml").document
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == "snap.toml"
    assert schema["properties"].keys() == set(SECTIONS)
    assert snap("schema", "snap.tml").err.count("did you mean 'snap.toml'?") == 1


def test_the_example_fits_as_it_stands_and_with_all_that_it_offers(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8")
    offered = _OFFERED.sub(r"\1", text)
    assert len(_OFFERED.findall(text)) > 30
    for each in (text, offered):
        SCHEMA.validate(tomllib.loads(each))
        assert is_read(each, tmp_path)


@pytest.mark.parametrize("name", _NAMES)
def test_a_slip_in_any_name_of_the_example_is_an_error(name: str, tmp_path: Path) -> None:
    text = re.sub(rf"^{name} =", f"{name}_ =", EXAMPLE.read_text("utf-8"), count=1, flags=re.MULTILINE)
    assert not fits(text)
    assert not is_read(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", True),
        ("[build]\njobs = 4", True),
        ("[build]\njobs = '4'", False),
        ("[build]\njobs = true", False),
        ("[biuld]\njobs = 4", False),
        ("build = 4", False),
        ("[target]\ndb = 'env:DB'", True),
        ("[target]\ndb = 'postgresql://u:secret@h/d'", False),
        ("[target]\nallowed = []", True),
        ("[target]\nallowed = 'host/*'", False),
        ("[target]\nallowed = ['']", False),
        ("[nightly]\nlimit = '45 min'", False),  # lacks its version
        ("[nightly]\nversion = 'v3'\nlimit = '1.5 h'", True),
        ("[nightly]\nversion = 'v3'\nlimit = '45'", False),
        ("[nightly]\nversion = 'v3'\nlimit = 45", False),
        ("[nightly]\nversion = 'v3'\nlimit = '45 minutes'", False),
        ("[nightly.limits]\nrestore = '1 s'\n[nightly]\nversion = 'v3'", True),
        ("[nightly]\nversion = 'v3'\n[nightly.limits]\nrestor = '1 s'", False),
        ("[backup]\nkeep_days = 36501", False),
        ("[backup]\nkeep_last = -1000000001", False),
        ("[[backup.copies]]\nto = 'elsewhere'", True),
        ("[[backup.copies]]\naccess_key = 'env:A'", False),
        ("[health]\nsize = '50MB'\ncache_hits = 1", True),
        ("[health]\nsize = '50 mb'", False),
        ("[health]\ncache_hits = '0.9'", False),
        ('[health.settings]\n"request.jwt.claims" = "{}"', True),
        ("[health.settings]\na = 1", False),
        ("[notify]\non = 'failure'\nservices = ['env:A', 'env:B']", True),
        ("[notify]\non = 'never'", False),
        ("[notify]\nservices = ['slack://token']", False),
        ("[report]\nfolder = ''", False),
    ],
)
def test_it_refuses_what_the_reader_refuses(text: str, right: bool, tmp_path: Path) -> None:
    assert (fits(text), is_read(text, tmp_path)) == (right, right)
