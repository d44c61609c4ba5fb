"""Test the payload for Slack: within its limits, and without markup from the data."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_ops.notify import slack
from snap_ops.notify.message import message
from snap_ops.notify.services import text
from tests.ops import nights
from tests.params import few


def limits(payload: dict[str, Any]) -> list[str]:
    """Return every violation of the limits that Slack documents for blocks."""
    texts = [one["text"]["text"] for one in payload["blocks"] if "text" in one and one["type"] == "section"]
    fields = [one for block in payload["blocks"] for one in block.get("fields", ())]
    headers = [one["text"]["text"] for one in payload["blocks"] if one["type"] == "header"]
    elements = [one["text"] for block in payload["blocks"] for one in block.get("elements", ())]
    return [
        *(["blocks"] if len(payload["blocks"]) > 50 else []),
        *(f"text {len(one)}" for one in texts + elements if not 1 <= len(one) <= 3_000),
        *(f"field {len(one['text'])}" for one in fields if not 1 <= len(one["text"]) <= 2_000),
        *(["fields"] if len(fields) > 10 else []),
        *(f"header {len(one)}" for one in headers if not 1 <= len(one) <= 150),
    ]


def huge(piece: str) -> Any:
    """Return the record of a night with more of everything than Slack accepts."""
    checks = tuple(nights.finding(f"{piece}{i}", piece * 900, piece, ok=False, detail=piece * 900) for i in range(900))
    long = nights.step(piece * 90, 1.0, piece * 9_000, state="failed", code=6, hint=piece * 9_000, findings=checks)
    steps = [replace(long, name=f"{piece * 90}{i}", warnings=(piece * 4_000,) * 90) for i in range(90)]
    changes = {f"{piece * 90}{i}": {"added": 10**12, "removed": 10**12, "changed": 10**12} for i in range(5_000)}
    return nights.night(*steps, changes=changes, rolled_back=piece * 9_000, version=piece * 900, db=piece * 9_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", few(["&", "🍲", "<!channel> ", "<", "é", "a ", "\n"], 1))
def test_a_huge_night_is_within_slacks_limits(piece: str) -> None:
    made = slack.payload(message(huge(piece), "https://x.example.com/" + "y" * 900))
    assert limits(made) == []
    assert "more" in json.dumps(made)
    assert "&am…" not in json.dumps(made, ensure_ascii=False)


def test_what_the_database_says_is_no_markup() -> None:
    hostile = nights.step("restore", 1, "<!channel> <https://evil.example|click> & more", state="failed", code=6)
    said = json.dumps(slack.payload(message(nights.night(hostile, changes={"`*<@U1>": {"added": 1}}))))
    assert "<!channel>" not in said
    assert "<https://evil" not in said
    assert "<@U1>" not in said
    assert "&lt;!channel&gt;" in said


LINES = st.text(max_size=400)


@given(name=LINES, detail=LINES, hint=LINES, table=LINES, db=LINES, link=LINES)
def test_any_texts_make_a_message_that_slack_takes(
    name: str, detail: str, hint: str, table: str, db: str, link: str
) -> None:
    bad = nights.step(name, 1, detail, hint=hint, state="failed", code=4, warnings=(detail,))
    record = nights.night(bad, changes={table: {"added": 1, "removed": 0, "changed": 0}}, db=db, rolled_back=hint)
    made = slack.payload(message(record, link))
    assert limits(made) == []
    json.dumps(made).encode()
    assert text(message(record, link)).encode()
