"""Show the results of checks to people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from snap.manifest import Finding, Manifest
from snap.redact import clean
from snap.units import measured, plural, size, unit_of
from snap_cli.render import Line, View

if TYPE_CHECKING:
    from snap_cli.forms.common import MeasuredForm


def finding_documents(checks: Sequence[Finding]) -> list[MeasuredForm]:
    """Return the JSON form of findings."""
    return [
        {
            "name": each.name,
            "ok": each.ok,
            "value": each.value,
            "limit": each.limit,
            "unit": unit_of(each.name),
            "detail": each.detail,
        }
        for each in checks
    ]


def failed_view(checks: Sequence[Finding]) -> View:
    """Return the failed findings, each with its value, limit and detail."""
    lines: list[Line] = []
    for finding in checks:
        if not finding.ok:
            value, limit = (measured(finding.name, each) for each in (finding.value, finding.limit))
            said = f"{value}, limit {limit}" if finding.measured else value
            lines.append(Line(f"FAILED  {finding.name}: {said}", "bad"))
            if finding.detail:
                lines.append(Line(f"        {clean(finding.detail)}"))
    return tuple(lines)


def summary(checks: Sequence[Finding]) -> str:
    """Return the number of checks that passed or failed, as a sentence."""
    failed = sum(not finding.ok for finding in checks)
    return f"{failed} of {plural(len(checks), 'check')} failed" if failed else f"{plural(len(checks), 'check')} passed"


def media_summary(manifest: Manifest) -> str:
    """Return the number and the size of the media files that a manifest lists."""
    return f"{plural(len(manifest.media), 'file')}, {size(sum(file.bytes for file in manifest.media))}"
