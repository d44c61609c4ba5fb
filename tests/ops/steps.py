"""Provide the context of a night for a single step that needs only a database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any, cast

from snap.progress import Silent
from snap_ops.step import StepContext
from snap_restorer import Target

NOW = datetime(2026, 11, 23, 3, 0, 0, tzinfo=UTC)


def night(url: str, **given: Any) -> StepContext:
    target = Target(url)
    fixed = {"now": NOW, "progress": Silent(), "stop": threading.Event()}
    return StepContext(snapshot=cast(Any, None), target=target, direct=target, **{**fixed, **given})
