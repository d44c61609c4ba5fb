"""Provide short pauses between attempts and no proxy to every test of messages."""

from __future__ import annotations

import pytest

from snap_ops.notify import attempts


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses, and ignore the machine's proxy."""
    monkeypatch.setattr(attempts, "_PAUSES_S", (0.01, 0.02, 0.03))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
