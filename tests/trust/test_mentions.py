"""Test that a name in the database mentions nobody and makes no link in the chat that is told of a night."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("apprise")

from snap_ops.notify import slack
from snap_ops.notify.message import message
from snap_ops.notify.services import text
from tests.ops import nights


@pytest.mark.parametrize(
    "name",
    [
        *("@everyone", "@here", "@Channel", "@all", "@room", "<@123456>", "<@&123456>", "<!channel>", "<#123>"),
        *("[the report](http://evil.example)", "![x](http://evil.example/x.png)"),
    ],
)
def test_a_name_is_no_mention_and_no_link(name: str) -> None:
    night = nights.failed()
    failed = tuple(replace(step, detail=f"table {name} is locked", warnings=(name,)) for step in night.steps)
    told = message(replace(night, steps=failed, changes={name: {"added": 1}}))
    assert name not in text(told)
    assert name.strip("<>![]")[-3:] in text(told)
    assert "<" not in name or name not in str(slack.payload(told))  # in which verbatim texts know no other mentions


def test_what_is_no_mention_stays_as_it_is() -> None:
    told = text(message(replace(nights.good(), db="postgresql://here@all.example/worldchef")))
    assert "postgresql://here@all.example/worldchef" in told
