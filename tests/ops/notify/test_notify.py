"""Test sending messages to real servers on this machine in place of Slack and other services."""

from __future__ import annotations

import json
import logging
import sys
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from snap.config import Origin, section
from snap.errors import UsageError
from snap_ops.notify import NotifySettings, attempts, notify_all, slack
from snap_ops.notify.message import message
from snap_ops.notify.services import text
from tests.ops import nights
from tests.ops.order import require_order
from tests.ops.servers import PATH, SECRETS, serving
from tests.ops.telling import OK, secret, tell
from tests.paths import ROOT

pytestmark = [
    pytest.mark.server,
    # One of apprise's plugins imports it where it is still there.
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]


def words(payload: dict[str, Any]) -> str:
    """Return all text that a payload shows, unescaped."""
    found = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.extend([value["text"]] if isinstance(value.get("text"), str) else [])
            for one in value.values():
                look(one)
        elif isinstance(value, list):
            for one in value:
                look(one)

    look(payload["blocks"])
    return "\n".join(found).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_a_good_night_is_told_with_version_steps_checks_changes_and_a_link() -> None:
    with serving(OK) as server:
        assert tell(server.url, link="https://reports.example.com/a.html?x=1&y=2") == ()
    said = words(server.got[0])
    assert server.paths == [PATH]
    assert "worldchef: All went well" in said
    assert "v3" in said
    assert "all 17 met" in said
    assert "*restore* 3." in said
    assert "`recipe_likes` 492 added and 3 removed" in said
    assert "<https://reports.example.com/a.html?x=1&y=2|Open the report>" in said
    assert server.got[0]["text"].endswith("worldchef: All went well")


@pytest.mark.parametrize(
    ("db", "title"),
    [
        ("postgresql://h/app?sslmode=require", "app: All went well"),
        ("postgresql://h", "h: All went well"),
        ("", "Staging: All went well"),
        ("host=h dbname=app", "host=h dbname=app: All went well"),
    ],
)
def test_a_title_names_the_database(db: str, title: str) -> None:
    assert message(nights.good(db=db)).title == title


def test_every_url_of_the_database_is_named_to_everyone() -> None:
    urls = (
        "postgresql://postgres@db.abcdefghijklmnopqrst.supabase.co:5432/postgres?sslmode=verify-full",
        "postgresql://postgres.abcdefghijklmnopqrst@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?sslmode=require",
    )
    told = message(replace(nights.good(), db=urls[0], urls=urls))
    [database] = [value for name, value in told.facts if name == "Database"]
    assert database == " and ".join(urls)
    assert all(url in text(told) for url in urls)
    slacked = json.dumps(slack.payload(told), ensure_ascii=False)
    assert all(url in slacked for url in urls)


def test_a_failed_night_leads_with_the_reason_the_hint_and_the_rollback() -> None:
    with serving(OK) as server:
        assert tell(server.url, nights.failed()) == ()
    said = words(server.got[0])
    assert "worldchef: Failed at restore, and the database was put back" in said
    assert 'table "recipes" lacks the column servings_min' in said
    assert "*What to do* capture or build a version" in said
    assert said.index("What failed") < said.index("The database was put back*") < said.index("*Steps*")
    assert "82,300 rows of 8 tables proved" in said


def test_a_message_leads_with_whether_people_can_work_since_when_and_what_to_do() -> None:
    before = nights.mornings()[-1]
    record = nights.morning(nights.failed(14), "put back", before)
    with serving(OK) as server:
        assert tell(server.url, record, link="https://reports.example.com/x") == ()
    said = words(server.got[0])
    title = "Staging is usable, with the data from before this night · Failed at restore, and the database was put back"
    assert server.got[0]["text"].endswith(f"worldchef: {title}")
    require_order(
        said,
        title,
        "*What to do*",
        "capture or build a version",
        "*Last good night* Sun 22 Nov 2026, 1 night ago",
        "*What failed*",
        'table "recipes" lacks',
        "Open the report",
        nights.CI.url,
        nights.CI.commit_url,
    )
    assert said.count("capture or build a version") == 1


def test_a_good_night_says_that_people_can_work_and_no_more() -> None:
    with serving(OK) as server:
        assert tell(server.url, nights.morning(nights.good(14), "refreshed")) == ()
    said = words(server.got[0])
    assert server.got[0]["text"].endswith("worldchef: Staging is usable, refreshed this night")
    assert "What to do" not in said


def test_checks_that_do_not_hold_are_named_with_value_and_limit() -> None:
    with serving(OK) as server:
        tell(server.url, nights.slow())
    said = words(server.got[0])
    assert "1 of 17 not met" in said
    assert "`p95_ms.search` 312 ms, limit 200 ms (50 runs as role authenticated)" in said
    assert "covers/0007.jpg was uploaded twice" in said


@pytest.mark.parametrize(("record", "told"), [(nights.good(), 0), (nights.failed(), 1), (nights.slow(), 1)])
def test_only_failures_are_told_where_that_is_asked_for(record: Any, told: int) -> None:
    with serving(OK) as server:
        assert notify_all(record, NotifySettings(slack=secret(server.url), on="failure")) == ()
    assert len(server.got) == told


def test_without_anyone_to_tell_nothing_happens() -> None:
    assert notify_all(nights.good(), NotifySettings()) == ()
    assert NotifySettings().plan() == ()


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        ("slack.com/x", "its address is not an http or https address"),
        ("ftp://127.0.0.1/topSECRET", "its address is not an http or https address"),
        ("http://[topSECRET", "it cannot be reached"),
        ("http://127.0.0.1:99999/topSECRET", "it cannot be reached"),
        ("http://exa mple/topSECRET\x00", "its address is not valid"),
    ],
)
def test_an_address_that_is_none_is_a_warning(address: str, trouble: str) -> None:
    assert tell(address) == (f"Slack ($SLACK_WEBHOOK_URL) was not notified: {trouble}",)


def test_a_secret_that_is_not_set_is_a_warning() -> None:
    assert tell("") == (
        "Slack ($SLACK_WEBHOOK_URL) was not notified: $SLACK_WEBHOOK_URL is not set, and snap.toml refers to it",
    )


@pytest.mark.parametrize("status", [200, 404, 500])
def test_the_address_is_in_no_log_warning_or_plan(
    status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving((status, f"no_service {PATH}", {})) as server:
        settings = NotifySettings(
            slack=secret(server.url), services=(secret(f"json://127.0.0.1:{server.port}{PATH}", "S"),)
        )
        said = "\n".join((*notify_all(nights.good(), settings), *settings.plan(), repr(settings)))
    printed = capfd.readouterr()
    for part in SECRETS:
        assert part not in said + caplog.text + printed.out + printed.err
    assert "httpx" not in caplog.text


@pytest.mark.parametrize("echo", ["xyztopsecret42", "token xyztopsecret42", "t0secret"])
def test_an_answer_that_repeats_the_address_is_not_repeated(echo: str) -> None:
    with serving((400, echo, {})) as server:
        assert tell(server.url)[0].endswith("it answered 400")


def test_logging_is_as_before_afterwards() -> None:
    before = [list(logging.getLogger(name).filters) for name in attempts._LOGGERS]
    with serving(OK) as server:
        tell(server.url)
    assert [list(logging.getLogger(name).filters) for name in attempts._LOGGERS] == before


def test_other_services_are_told_through_apprise() -> None:
    with serving(OK) as server:
        given = NotifySettings(services=(secret(f"json://127.0.0.1:{server.port}/hook", "TEAMS"),))
        assert notify_all(nights.failed(), given, link="https://reports.example.com/x") == ()
    (got,) = server.got
    assert got["title"] == "worldchef: Failed at restore, and the database was put back"
    assert got["type"] == "failure"
    assert '✗ restore: table "recipes" lacks the column servings_min' in got["message"]
    assert "Report: https://reports.example.com/x" in got["message"]


@pytest.mark.parametrize(("status", "calls"), [(404, 1), (500, 4), (429, 4)])
def test_other_services_are_asked_again_by_the_same_rule(status: int, calls: int) -> None:
    with serving((status, "", {})) as server:
        given = NotifySettings(services=(secret(f"json://127.0.0.1:{server.port}/hook", "TEAMS"),))
        assert notify_all(nights.good(), given) == (f"$TEAMS was not notified: it answered {status}",)
    assert len(server.got) == calls


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        ("nosuch://topSECRET", "apprise does not know this service (nosuch://…)"),
        ("topSECRET", "apprise does not know this service (write NAME://…)"),
        ("json://127.0.0.1:1/topSECRET", "it did not accept it"),
    ],
)
def test_a_service_that_cannot_be_told_is_a_warning(address: str, trouble: str) -> None:
    assert notify_all(nights.good(), NotifySettings(services=(secret(address, "X"),))) == (
        f"$X was not notified: {trouble}",
    )


def test_without_apprise_the_warning_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.delitem(sys.modules, "snap_ops.notify.services", raising=False)
    given = NotifySettings(services=(secret("json://x", "TEAMS"),))
    assert notify_all(nights.good(), given) == (
        "$TEAMS was not notified: apprise is not installed: pip install 'snapgres[notify]'",
    )


def test_one_that_is_dead_keeps_nobody_else_from_being_told() -> None:
    with serving((404, "no_service", {})) as dead, serving(OK) as alive:
        given = NotifySettings(
            slack=secret(dead.url), services=(secret(f"json://127.0.0.1:{alive.port}/hook", "TEAMS"),)
        )
        assert len(notify_all(nights.good(), given)) == 1
    assert len(alive.got) == 1


def test_a_plan_says_who_is_told_and_when() -> None:
    given = NotifySettings(slack=secret("x"), services=(secret("y", "TEAMS"),), on="failure")
    assert given.plan() == (
        "notify Slack ($SLACK_WEBHOOK_URL) when the night fails",
        "notify $TEAMS when the night fails",
    )
    with pytest.raises(UsageError, match="timeout"):
        replace(given, timeout=timedelta()).plan()


def test_the_documented_settings_are_read() -> None:
    page = ROOT / "docs" / "nightly" / "notify.md"
    written = (
        page.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0].replace("# services", "services")
    )
    origin = Origin(file="snap.toml", folder=Path(), environment={})
    given = section(NotifySettings, tomllib.loads(written)["notify"], "notify", origin)
    assert replace(given, slack=None, services=()) == NotifySettings()
    assert [who.name for who in (given.slack, *given.services) if who] == ["SLACK_WEBHOOK_URL", "TEAMS_URL"]
