"""Test that every wrong answer of an endpoint or of the nutrition function becomes a finding of its own name."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from snap_ops.health.check import Health, is_integrity
from tests.ops.health.checked import failed, health
from tests.ops.health.web import TOKEN, TOTALS, Asked, Web, nutrition
from tests.params import few
from tests.postgres import execute


def http(url: str, web: Web, answer: Callable[[Asked], tuple[int, Any]] | None = None, **given: Any) -> Health:
    if answer is not None:
        web.answers["/nutrition"] = answer
        given |= {"nutrition_url": f"{web.url}/nutrition", "nutrition_token": "env:TOKEN"}
    return health(url, **given)


@pytest.mark.slow
def test_the_function_is_asked_for_a_fixed_sample_of_recipes(url, web):
    found = http(url, web, nutrition(19, 1), sample=7)
    assert failed(found) == {}
    assert found.facts["cache"]["http"] == {"hits": 133, "misses": 7, "recipes": 7, "failed": 0}
    first = list(web.asked)
    assert len({json.dumps(asked.body) for asked in first}) == 7
    http(url, web, nutrition(19, 1), sample=7)
    assert web.asked == first * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "reason"),
    few(
        [
            (nutrition(9, 1), "450 hits in 500 lookups"),
            (lambda _: (500, b"boom"), "status 500"),
            (lambda _: (200, b"<html>"), "not JSON"),
            (lambda _: (200, b"\xff\xfe"), "not JSON"),
            (lambda _: (200, b"[]"), "no cache_performance"),
            (lambda _: (200, b'{"cache_performance": 1}'), "no cache_performance"),
            (lambda _: (200, b'{"cache_performance": {"hits": 1, "hit_rate": 1}}'), "lacks hits"),
            (lambda _: (200, b'{"cache_performance": {"hits": "x", "misses": 0, "hit_rate": 1}}'), "lacks hits"),
            (lambda _: (200, b'{"cache_performance": {"hits": -1, "misses": 0, "hit_rate": 1}}'), "lacks hits"),
            (lambda _: (200, b'{"cache_performance": {"hits": 0, "misses": 0, "hit_rate": 0}}'), "0 hits in 0 lookups"),
            (nutrition(10, 0, TOTALS | {"protein": None}), "the total of protein is no number"),
            (nutrition(10, 0, {"protein": None, "fat": None, "carbs": None}), "total of protein and fat and carbs"),
            (nutrition(10, 0, {"protein": 3, "fat": 1}), "there is no total of carbs"),
            (lambda _: (200, b"x" * 5_000_000), "longer than"),
            (lambda _: (302, b""), "status 302"),
            (lambda _: (200, [b" "] * 100), "no whole answer within 300 ms"),
            (lambda _: time.sleep(1) or (200, b""), "no whole answer within 300 ms"),
        ],
        4,
    ),
)  # fmt: skip
def test_an_answer_that_is_not_the_contract_s_fails_the_check(url, web, answer, reason):
    found = failed(http(url, web, answer, nutrition_timeout="300 ms"))
    assert found.keys() == {"cache.http"}
    assert reason in found["cache.http"].detail
    assert not is_integrity(found["cache.http"])


@pytest.mark.slow
def test_the_function_s_own_text_of_its_rate_is_taken(url, web):
    answer = json.dumps({"cache_performance": {"hits": 10, "misses": 0, "hit_rate": "100.0%"}}).encode()
    assert failed(http(url, web, lambda _: (200, answer))) == {}


@pytest.mark.slow
def test_totals_that_are_null_fail_the_check_though_all_lines_are_hits(url, web):
    found = http(url, web, nutrition(10, 0, TOTALS | {"fat": None}))
    (finding,) = failed(found).values()
    assert (finding.name, finding.value) == ("cache.http", 1.0)
    assert finding.detail.count("the total of fat is no number") == 3  # then nothing more is asked
    assert found.facts["cache"]["http"] == {"hits": 30, "misses": 0, "recipes": 3, "failed": 3}


@pytest.mark.slow
def test_answers_that_tell_no_totals_are_said_to(url, web):
    found = http(url, web, nutrition(10, 0, {}), sample=4)
    assert failed(found) == {}
    (finding,) = (one for one in found.findings if one.name == "cache.http")
    assert finding.detail.endswith("of 4 recipes; 4 answers have no totals")


@pytest.mark.slow
@pytest.mark.parametrize("bad", [(500, b"boom"), (429, b"slow down"), (200, [b" "] * 100)])
def test_a_request_that_fails_for_a_moment_is_repeated_within_a_limit(url, web, bad):
    good = nutrition(10, 0)
    web.answers["/app"] = lambda _: bad if len(web.asked) < 3 else (200, b"ok")
    every = [{"url": f"{web.url}/app", "within": "300 ms"}]
    found = health(url, endpoints=every, retry="20 s")
    assert failed(found) == {}
    assert found.findings[-1].detail.endswith("; asked 3 times")
    web.asked.clear()
    answers = iter([bad, bad])
    given = {"nutrition_timeout": "300 ms", "sample": 2, "retry": "20 s"}
    assert failed(http(url, web, lambda asked: next(answers, None) or good(asked), **given)) == {}
    assert len(web.asked) == 4


@pytest.mark.slow
def test_an_answer_that_no_repetition_mends_is_not_repeated(url, web):
    web.answers["/gone"] = lambda _: (404, b"")
    assert failed(health(url, endpoints=[{"url": f"{web.url}/gone"}], retry="60 s"))
    assert len(web.asked) == 1


def test_after_three_bad_answers_nothing_more_is_asked(url, web):
    http(url, web, lambda _: (500, b""))
    assert len(web.asked) == 3


@pytest.mark.slow
def test_a_function_that_is_not_there_and_a_database_without_recipes(url, web):
    given = {"nutrition_url": "http://127.0.0.1:1/x?key=secret"}
    found = failed(health(url, **given))["cache.http"]
    assert "the request failed (ConnectError)" in found.detail
    assert "secret" not in found.detail
    execute(url, "DROP TABLE recipes CASCADE")
    assert failed(health(url, **given))["cache.http"].detail == "there is no recipe to ask about"


@pytest.mark.slow
def test_endpoints_answer_with_their_status_and_in_time(url, web):
    web.answers |= {
        "/healthy": lambda asked: (200, b"ok" if asked.token == TOKEN else b"who?"),
        "/locked": lambda _: (403, b""),
        "/moved": lambda _: (302, b""),
        "/late": lambda _: time.sleep(0.5) or (200, b""),
        "/drips": lambda _: (200, [b"x"] * 100),
    }
    every = [
        {"url": f"{web.url}/healthy?key=secret", "name": "app", "token": "env:TOKEN"},
        {"url": f"{web.url}/locked", "status": 403},
        {"url": f"{web.url}/moved"},
        {"url": f"{web.url}/late?key=secret", "within": "200 ms"},
        {"url": f"{web.url}/drips", "within": "200 ms"},
        {"url": "http://127.0.0.1:1/", "name": "gone"},
        {"url": "http://nowhere.invalid/", "name": "unknown"},
    ]
    found = health(url, endpoints=every)
    names = [finding.name for finding in found.findings if finding.name.startswith("http.")]
    assert names[:3] == ["http.app", f"http.{web.url}/locked", f"http.{web.url}/moved"]
    bad = failed(found)
    assert bad.keys() == {f"http.{web.url}/{name}" for name in ("moved", "late", "drips")} | {
        "http.gone",
        "http.unknown",
    }
    assert bad[f"http.{web.url}/moved"].value == 302
    assert "within 200 ms" in bad[f"http.{web.url}/late"].detail
    assert "secret" not in repr(found.findings)
    assert TOKEN not in repr(found)
    assert web.asked[0].token == TOKEN
    assert not any(map(is_integrity, bad.values()))
