"""Test schemas of real projects: each becomes a dataset that builds without edits, and Postgres accepts its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import Ran
from tests.paths import ROOT

SCHEMAS = sorted((ROOT / "tests" / "cases" / "schemas").glob("*.sql"))


@pytest.mark.slow
@pytest.mark.parametrize("script", [pytest.param(path, id=path.stem) for path in SCHEMAS])
def test_what_is_inferred_of_a_schema_holds_in_postgres(snap: Callable[..., Ran], home: Path, script: Path) -> None:
    for command in (("init", str(script)), ("build", "v1", "--postgres", "all"), ("restore", "v1"), ("check", "v1")):
        ran = snap(*command, SNAP_DATA_DIR=str(home))
        assert ran.code == 0, ran.err


@pytest.mark.slow
def test_triggers_do_not_fire_where_a_rule_would_act_in_place_of_what_is_written(
    snap: Callable[..., Ran], home: Path
) -> None:
    snap("init", str(ROOT / "tests" / "cases" / "schemas" / "rules.sql"), SNAP_DATA_DIR=str(home))
    snap("build", "v1", SNAP_DATA_DIR=str(home))
    checks = snap("check", "v1", "--postgres", "all", "--json", SNAP_DATA_DIR=str(home)).document["checks"]
    assert {check["name"]: check["detail"] for check in checks}["triggers"] == "skipped: table t has a rule, audit"
