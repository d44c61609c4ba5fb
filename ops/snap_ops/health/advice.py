"""Advise what to do about a failed check, by the check's name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from snap.manifest import Finding

_ADVICE: Mapping[str, str] = {
    "ledger.night": "finish or put back the night that was cut: snap nightly repair",
    "ledger": "restore the snapshot: snap nightly, or snap restore VERSION --db URL",
    "rows": "snap diff says which rows differ; snap nightly, or snap restore, corrects them",
    "references": "snap health shows some of these rows; snap nightly, or snap restore, corrects them",
    "derived": "look for a trigger that is missing or disabled; snap nightly, or snap restore, corrects the columns",
    "size": "delete what the snapshot does not hold, then VACUUM FULL, or raise the limit in [health]",
    "cache.sql": "fill the table nutrition, with protein_g, fat_g and carbs_g; expired rows become fresh again with "
    'as_of = "now" under [restore]',
    "cache.http": "check the function's log, nutrition_url and its token, and the rows of its table",
    "p95": "EXPLAIN (ANALYZE, BUFFERS) shows where the query's time goes; an index may be missing, or the server busy",
    "http": "check that address and its log; status and within of [[health.endpoints]] say what is expected",
}


def advice(name: str) -> str:
    """Return what to do about one failed check, or "" for a check that this package does not make."""
    return next((text for key, text in _ADVICE.items() if name == key or name.startswith(f"{key}.")), "")


def advised(findings: Iterable[Finding]) -> str:
    """Return what to do about all failed checks: each advice once, with the names of its checks."""
    about: dict[str, list[str]] = {}
    for finding in findings:
        if not finding.ok and (text := advice(finding.name)):
            about.setdefault(text, []).append(finding.name)
    return "; ".join(f"{_some(names)}: {text}" for text, names in about.items())


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
