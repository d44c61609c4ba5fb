"""Whether a database is well: its data, its size, its cache, the time that queries take, the endpoints around it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from nightly.endpoints import Endpoint, answers, cache_hits, endpoint
from nightly.settings import Secret, Size
from nightly.step import Night, Outcome
from restorer import Target
from restorer.health import LiveRules, examine, sample
from restorer.timing import Query, Timing, load_queries, time_queries
from snap.check.rules import load_rules
from snap.errors import UsageError
from snap.manifest import Finding
from snap.store import Snapshot

# What is slow, large or cold makes nothing wrong; all other findings do.
_REPORTED = frozenset({"database_bytes", "cache_hits", "cache_hits_http"})
_REPORTED_KINDS = ("p95.", "http.")
_FREE_TIER = Size(50_000_000)  # what the guide leaves a staging database, its images included


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """Section [health] of snap.toml. `settings` are NAME=VALUE, set while queries are timed under `role`.

    `queries` is a folder of the team's own; those of the dataset are timed too. `endpoints` are "URL" or "URL STATUS".
    """

    database_bytes: Size = _FREE_TIER
    cache_hit_rate: float = 0.9
    p95: timedelta = timedelta(milliseconds=200)
    runs: int = 50
    warmup: int = 5
    role: str | None = None
    settings: tuple[str, ...] = ()
    queries: Path | None = None
    timeout: timedelta = timedelta(seconds=10)
    endpoints: tuple[str, ...] = ()
    nutrition_url: str | None = None
    nutrition_token: Secret | None = None
    sample: int = 25

    def require_possible(self) -> None:
        """Look whether the settings make sense. Errors: UsageError."""
        for name, value, least in (("runs", self.runs, 1), ("warmup", self.warmup, 0), ("sample", self.sample, 1)):
            if value < least:
                raise UsageError(f"{name} in [health] is {value}", f"give {least} or more")
        if self.timeout <= timedelta() or self.p95 <= timedelta():
            raise UsageError("timeout and p95 in [health] have to be some time", "write a time such as '200 ms'")
        if self.nutrition_url is not None:
            endpoint(self.nutrition_url)
        if self.nutrition_token is not None:
            self.nutrition_token.reveal()
        self.asked()
        self.session()
        self.own_queries()

    def asked(self) -> tuple[Endpoint, ...]:
        """Give the endpoints. Errors: UsageError."""
        return tuple(map(endpoint, self.endpoints))

    def session(self) -> dict[str, str]:
        """Give the settings of a session. Errors: UsageError."""
        pairs = {}
        for text in self.settings:
            name, equals, value = text.partition("=")
            if not equals or not name.strip():
                raise UsageError(f"settings in [health] hold {name!r}, which is not NAME=VALUE", "write NAME=VALUE")
            pairs[name.strip()] = value
        return pairs

    def own_queries(self) -> tuple[Query, ...]:
        """Read the team's own queries. Errors: UsageError."""
        return load_queries(self.queries) if self.queries is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """All findings, and the timings by query. Text and JSON are made of it."""

    findings: tuple[Finding, ...]
    timings: tuple[Timing, ...]

    @property
    def healthy(self) -> bool:
        return all(finding.ok for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What a dataset ships for living databases: rules, read queries, and a sample for its Edge Function."""

    rules: LiveRules = field(default_factory=LiveRules)
    queries: tuple[Query, ...] = ()
    sample: str = ""


def promises(folder: Traversable | None) -> Promises:
    """Read a dataset's folder for Postgres: `*.sql` run first, rules/, queries/, sample.sql."""
    if folder is None:
        return Promises()
    texts = {item.name: item.read_text("utf-8") for item in folder.iterdir() if item.name.endswith(".sql")}
    asked = texts.pop("sample.sql", "")
    rules = load_rules(folder / "rules", {}).rules
    prelude = "\n".join(texts[name] for name in sorted(texts))
    return Promises(
        rules=LiveRules(prelude=prelude, rules=rules), queries=load_queries(folder / "queries"), sample=asked
    )


def look(
    target: Target, snapshot: Snapshot, promised: Promises, settings: HealthSettings, *, night: int | None = None
) -> Health:
    """Examine a database. What is not well is a finding. Errors: TargetError, ServiceError where it cannot be told."""
    settings.require_possible()
    manifest = snapshot.manifest
    findings = list(
        examine(
            target,
            manifest,
            promised.rules,
            media_bytes=sum(file.bytes for file in manifest.media),
            most_bytes=settings.database_bytes,
            night=night,
        )
    )
    findings = [_limited(finding, settings) for finding in findings]
    seconds = settings.timeout.total_seconds()
    if settings.nutrition_url is not None and promised.sample:
        token = settings.nutrition_token.reveal() if settings.nutrition_token else None
        lists = sample(target, promised.sample, settings.sample)
        findings.append(cache_hits(settings.nutrition_url, token, lists, settings.cache_hit_rate, seconds))
    timings = time_queries(
        target,
        (*promised.queries, *settings.own_queries()),
        runs=settings.runs,
        warmup=settings.warmup,
        role=settings.role,
        settings=settings.session(),
        timeout_s=seconds,
    )
    findings.extend(_slow(timing, settings.p95) for timing in timings)
    findings.extend(answers(settings.asked(), seconds))
    return Health(findings=tuple(findings), timings=timings)


def is_wrong(finding: Finding) -> bool:
    """Whether a failed finding says that the data themselves are not what they should be."""
    return not finding.ok and finding.name not in _REPORTED and not finding.name.startswith(_REPORTED_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthStep:
    """Step "health". `promises` gives what a dataset ships, by the snapshot; `night` one's own in the journal."""

    settings: HealthSettings
    promises: Callable[[Snapshot], Promises]

    @property
    def name(self) -> str:
        return "health"

    def plan(self, night: Night) -> tuple[str, ...]:
        """Say what would be looked at."""
        settings, promised = self.settings, self.promises(night.snapshot)
        queries = len(promised.queries) + len(settings.own_queries())
        lines = [f"check the data of {night.target.redacted}, time {queries:,} queries {settings.runs:,} times each"]
        if settings.nutrition_url is not None and promised.sample:
            lines.append(f"ask {endpoint(settings.nutrition_url).name} about {settings.sample:,} recipes")
        lines.extend(f"ask {one.name}" for one in settings.asked())
        return tuple(lines)

    def run(self, night: Night) -> Outcome:
        """Look at everything; what is not well is in the findings."""
        found = look(night.target, night.snapshot, self.promises(night.snapshot), self.settings, night=night.number)
        bad = [finding for finding in found.findings if not finding.ok]
        said = f"{len(found.findings):,} checks passed"
        if bad:
            said = f"{len(bad):,} of {len(found.findings):,} checks failed: {', '.join(one.name for one in bad)}"
        return Outcome(detail=said, findings=found.findings, facts=_facts(found, self.settings))


def _facts(found: Health, settings: HealthSettings) -> Mapping[str, Any]:
    rows = {f.name.removeprefix("rows."): f.value for f in found.findings if f.name.startswith("rows.")}
    return {
        "rows": rows,
        "p95_ms": {one.name: round(one.p95_ms, 3) for one in found.timings if not one.failed},
        "p50_ms": {one.name: round(one.p50_ms, 3) for one in found.timings if not one.failed},
        "p95_limit_ms": settings.p95.total_seconds() * 1000,
        "database_bytes": next(f.value for f in found.findings if f.name == "database_bytes"),
    }


def _limited(finding: Finding, settings: HealthSettings) -> Finding:
    """Hold the dataset's rate of cache hits against the limit of the settings."""
    if finding.name != "cache_hits" or not isinstance(finding.value, float):
        return finding
    return Finding(
        name=finding.name,
        ok=finding.value > settings.cache_hit_rate,
        value=finding.value,
        limit=settings.cache_hit_rate,
        detail=finding.detail,
    )


def _slow(timing: Timing, limit: timedelta) -> Finding:
    most = limit.total_seconds() * 1000
    name = f"p95.{timing.name}"
    if timing.failed or math.isnan(timing.p95_ms):
        return Finding(name=name, ok=False, value="failed", limit=most, detail=timing.failed)
    detail = f"ms; median {timing.p50_ms:.2f}, slowest {timing.most_ms:.2f} of {timing.runs:,} runs"
    return Finding(name=name, ok=timing.p95_ms < most, value=round(timing.p95_ms, 2), limit=most, detail=detail)
