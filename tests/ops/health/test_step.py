"""Test the step "health" of a night."""

from __future__ import annotations

import threading

import pytest

from snap.errors import Interrupted, UsageError
from snap.progress import Silent
from snap.store import Snapshot
from snap_cli.datasets import DATASETS
from snap_ops.health.check import is_integrity
from snap_ops.health.step import HealthStep
from snap_ops.report.view import page
from snap_ops.step import StepContext
from snap_restorer import Target
from tests.ops import nights
from tests.ops.health.checked import NOW, V1, failed, health, settings
from tests.postgres import execute


def night(url: str, snapshot: Snapshot = V1) -> StepContext:
    target = Target(url)
    return StepContext(
        snapshot=snapshot, target=target, direct=target, now=NOW, progress=Silent(), stop=threading.Event()
    )


@pytest.mark.slow
def test_the_step_says_what_it_will_ask_and_what_it_found(url, web):
    web.answers["/healthy"] = lambda _: (200, b"")
    step = HealthStep(settings=settings(endpoints=[{"url": f"{web.url}/healthy"}], role="postgres"), datasets=DATASETS)
    assert step.name == "health"
    plan = "\n".join(step.plan(night(url)))
    assert "8 tables and 10 references" in plan
    assert "5 read queries, 50 runs each, as postgres" in plan
    assert web.asked == []
    done = step.run(night(url))
    assert done.detail == f"healthy, {len(done.findings)} checks"
    assert done.facts["p95"]["feed"].keys() == nights.good().steps[-1].facts["p95"]["feed"].keys()
    said = page(nights.night(nights.step("health", findings=done.findings, facts=done.facts)))
    assert "feed p50" not in said
    assert f"{done.facts['p95']['feed']['p95']:.1f} ms" in said


def test_malformed_questions_are_told_before_any_table_is_there(tmp_path, database):
    (tmp_path / "good.sql").write_text("SELECT id FROM not_there_yet WHERE author = $1")
    step = HealthStep(settings=settings(queries=str(tmp_path)), datasets=DATASETS)
    step.require_parseable(night(database))
    (tmp_path / "feed.sql").write_text("-- parameters\nSELEC id FROM users\n-- query\nSELECT 1 FORM recipes")
    (tmp_path / "two.sql").write_text("SELECT 1; SELECT 2")
    with pytest.raises(UsageError, match="health has malformed SQL: ") as refused:
        step.require_parseable(night(database))
    for part in ('query feed: syntax error at or near "recipes"', "parameters of query feed: ", "query two: "):
        assert part in refused.value.message
    assert "good" not in refused.value.message


@pytest.mark.slow
def test_the_step_does_not_raise_for_what_is_unhealthy(url):
    execute(url, "DROP TABLE recipes, nutrition CASCADE")
    done = HealthStep(settings=settings(), datasets=DATASETS).run(night(url))
    assert "rows.recipes" in done.detail
    assert "corrects them" in done.hint
    assert any(is_integrity(finding) and not finding.ok for finding in done.findings)


@pytest.mark.slow
def test_a_report_shows_no_row_that_breaks_a_rule_and_the_terminal_does(url):
    execute(url, "ALTER TABLE recipe_likes DROP CONSTRAINT recipe_likes_user_id_fkey, DISABLE TRIGGER USER")
    execute(url, "UPDATE recipe_likes SET user_id = overlay(user_id::text PLACING 'ada00000' FROM 1)::uuid")
    done = HealthStep(settings=settings(), datasets=DATASETS).run(night(url))
    (finding,) = (finding for finding in done.findings if finding.name == "references.recipe_likes.user_id")
    assert finding.detail == "snap health shows some of the rows"
    assert "ada00000" not in repr(done)
    assert "ada00000" in failed(health(url))["references.recipe_likes.user_id"].detail


@pytest.mark.slow
def test_the_step_ends_when_the_night_does(url, web):
    stopped = night(url)
    web.answers["/nutrition"] = lambda _: stopped.stop.set() or (500, b"")
    given = settings(nutrition_url=f"{web.url}/nutrition")
    with pytest.raises(Interrupted):
        HealthStep(settings=given, datasets=DATASETS).run(stopped)
    assert len(web.asked) == 1
