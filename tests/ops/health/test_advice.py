"""Test that there is advice for every failed health check."""

from __future__ import annotations

import pytest

from snap.manifest import Finding
from snap_ops.health.advice import advice, advised
from tests.ops.health.checked import health


@pytest.mark.slow
def test_every_check_has_an_advice(url: str) -> None:
    found = health(url, endpoints=[{"url": "http://127.0.0.1:1/", "name": "gone"}])
    assert [finding.name for finding in found.findings if not advice(finding.name)] == []
    assert advice("cache.http") != advice("cache.sql")
    assert advice("ledger.night") != advice("ledger")
    assert advice("kept.policies") == ""


def test_an_advice_is_given_once_with_the_checks_that_it_is_about() -> None:
    bad = [Finding(name=name, ok=False, value=1, limit=0) for name in ("p95.feed", "p95.search", "rows.users")]
    good = Finding(name="http.app", ok=True, value=200, limit=200)
    first, *_, last = advised((*bad, good)).split("; ")
    assert first.startswith("p95.feed and 1 more: EXPLAIN")
    assert "http" not in advised((*bad, good))
    assert last.startswith("snap nightly, or snap restore")
    assert advised([good]) == ""
