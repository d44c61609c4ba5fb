"""Checks for people and for JSON: what build and check both show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from snap.manifest import Finding, Manifest
from snap.redact import clean
from snap.units import plural, size
from snap_cli.render import Line, View


def finding_documents(checks: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return the JSON form of findings."""
    return [asdict(finding) for finding in checks]


def failed_view(checks: Sequence[Finding]) -> View:
    """Return a line per failed finding, with its value, limit and detail."""
    lines: list[Line] = []
    for finding in checks:
        if not finding.ok:
            lines.append(Line(f"FAILED  {finding.name}: {finding.value}, limit {finding.limit}", "bad"))
            if finding.detail:
                lines.append(Line(f"        {clean(finding.detail)}"))
    return tuple(lines)


def summary(checks: Sequence[Finding]) -> str:
    """Return how many checks there were, and how many of them failed."""
    failed = sum(not finding.ok for finding in checks)
    return f"{failed} of {plural(len(checks), 'check')} failed" if failed else f"{plural(len(checks), 'check')} passed"


def media_summary(manifest: Manifest) -> str:
    """Return how many media files a manifest lists, and their size."""
    return f"{plural(len(manifest.media), 'file')}, {size(sum(file.bytes for file in manifest.media))}"
