"""Test the settings of health, and the rules and queries that they name."""

from __future__ import annotations

import dataclasses
import re
import tomllib

import pytest

from snap.config import Origin, section
from snap.errors import UsageError
from snap_cli.datasets import DATASETS
from snap_ops.health.settings import HealthSettings, read_questions
from tests.ops.health.checked import V1, settings
from tests.paths import ROOT


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"runs": 49}, "runs in .health. is 49"),
        ({"warmup": -1}, "too small"),
        ({"sample": 0}, "too small"),
        ({"cache_hits": 90.0}, "cache_hits in .health. is 90"),
        ({"dataset": "chef"}, "dataset in .health. is 'chef'"),
        ({"queries": "nowhere"}, "queries in .health. is no folder"),
        ({"nutrition_url": "ftp://x/y"}, "not an http or https address without a user"),
        ({"nutrition_url": "https://me:secret@x/y"}, "not an http or https address without a user"),
        ({"nutrition_url": "https://x:port/y"}, "not an http or https address without a user"),
        ({"nutrition_token": "env:OTHER"}, "OTHER is not set"),
        ({"endpoints": [{"url": "https://x/y"}, {"url": "https://x/y?a"}]}, "two endpoints called https://x/y"),
        ({"endpoints": [{"url": "x"}]}, "not an http or https address without a user"),
        ({"settings": "x"}, "settings is 'x', not a table"),
        ({"settings": {"a": 1}}, "settings.a is 1, not a text"),
        ({"endpoints": [{"path": "/"}]}, "unknown setting health.endpoints.0..path"),
    ],
)
def test_settings_without_sense_are_refused_and_show_no_secret(given, reason):
    with pytest.raises(UsageError, match=reason) as caught:
        read_questions(V1.manifest, settings(**given), DATASETS)
    assert "secret" not in caught.value.message


def test_the_documented_section_and_query_can_be_read(tmp_path):
    blocks = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs" / "nightly" / "health.md").read_text("utf-8"), re.DOTALL)
    (toml, query) = (text for _, text in blocks)
    environment = {"SUPABASE_ANON_KEY": "x", "HEALTH_TOKEN": "y"}
    (tmp_path / "health" / "queries").mkdir(parents=True)
    (tmp_path / "health" / "queries" / "liked.sql").write_text(query)
    commented = re.sub(r"^# (dataset|token)", r"\1", toml, flags=re.MULTILINE)
    assert commented.count("\ntoken") == commented.count("\ndataset") == 1
    origin = Origin(file="snap.toml", folder=tmp_path, environment=environment)
    given = section(HealthSettings, tomllib.loads(commented)["health"], "health", origin)
    asked = read_questions(V1.manifest, given, DATASETS)
    assert next(one for one in asked.queries if one.name == "liked").parameters is not None
    assert {field.name for field in dataclasses.fields(HealthSettings)} == tomllib.loads(commented)["health"].keys()


def test_a_query_that_is_no_text_is_named(tmp_path):
    (tmp_path / "bad.sql").write_bytes(b"SELECT '\xff'")
    with pytest.raises(UsageError, match=r"bad.sql cannot be read"):
        read_questions(V1.manifest, settings(queries=str(tmp_path)), DATASETS)
