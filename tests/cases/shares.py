"""What tests of shares ask of a manifest, and of the process that publishes it."""

from __future__ import annotations

from typing import Any

import pytest

from snap.checks import each as checks_each
from snap.manifest import Finding, Manifest


def found(manifest: Manifest) -> list[Finding]:
    """Return all findings but the bytes, which count the manifest with the version's name."""
    return [finding for finding in manifest.checks if finding.name != "snapshot_bytes"]


def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list to which each read of a table's rows from now on is added."""
    labels: list[str] = []
    read = checks_each.Reader.read

    def counted(reader: Any, plan: Any, files: Any, stem: str) -> Any:
        labels.append(plan.data.table.label)
        return read(reader, plan, files, stem)

    monkeypatch.setattr(checks_each.Reader, "read", counted)
    return labels
