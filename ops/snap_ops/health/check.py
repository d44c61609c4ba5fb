"""Turn facts of a database into findings about its data and its speed, for a night and for `snap health`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from snap.config import Size
from snap.manifest import Finding, Manifest
from snap.progress import Progress
from snap.units import measured
from snap_ops.health import endpoints
from snap_ops.health.settings import HealthSettings, Questions
from snap_restorer.pg.ledger import LedgerEntry
from snap_restorer.pg.target import Target
from snap_restorer.prove.facts import CacheQuery, DatabaseFacts, FactsRequest, IngredientLine, examine
from snap_restorer.prove.read_queries import Timing, time_reads
from snap_restorer.prove.violations import Problem, Violations

BUDGET = Size(50_000_000)
_INTEGRITY = ("ledger", "rows", "references", "derived")
_P95 = 0.95
_SHOWN = "snap health shows some of the rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The health of a database. `facts` are JSON: rows, bytes, cache, p95 with p50, p95 and max in ms by query."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]

    @property
    def healthy(self) -> bool:
        return all(finding.ok for finding in self.findings)


def is_integrity(finding: Finding) -> bool:
    """Return whether a finding is about the data themselves, and not about speed, size or the cache."""
    return finding.name.split(".", 1)[0] in _INTEGRITY


def check_health(
    target: Target,
    manifest: Manifest,
    settings: HealthSettings,
    questions: Questions,
    *,
    now: datetime,
    progress: Progress,
    night: int | None = None,
    show_rows: bool = True,
    trust_code: bool = False,
    stop: threading.Event | None = None,
) -> Health:
    """Run every check on a database and return the findings. `night` is the number of the caller's own night.

    `show_rows`: findings quote rows that break a rule. This suits the terminal of the person who asked, but no report.
    `trust_code`: the database's code may run with a superuser's rights.

    Errors: TargetError if the role cannot read every row; ServiceError; Interrupted once `stop` is set.
    """
    stop = stop or threading.Event()
    progress.start("health", 3)
    request = FactsRequest(
        derived=questions.derived,
        cache=CacheQuery(sql=questions.cache, sample=settings.sample, now=now) if questions.cache is not None else None,
        night=night,
        lock_timeout_s=settings.lock_timeout.total_seconds(),
        trust_code=trust_code,
    )
    database = examine(target, manifest, request, stop=stop)
    progress.advance("health", 1)
    findings = [*_integrity(database, manifest, show_rows), *_sizes(database, manifest, settings)]
    facts: dict[str, Any] = {
        "rows": dict(database.rows),
        "bytes": dict(database.bytes),
        "database_bytes": database.whole_bytes,
        "storage_bytes": None if database.stored is None else database.stored[0],
        "cache": {},
        "p95": {},
    }
    if questions.cache is not None:
        finding, facts["cache"]["sql"] = _cache(database.cache, settings.cache_hits, show_rows)
        findings.append(finding)
    if questions.queries:
        for timing in time_reads(
            target, questions.queries, replace(settings.measuring(), trust_code=trust_code), stop=stop
        ):
            finding, facts["p95"][timing.name] = _timing(timing, settings.p95, show_rows)
            findings.append(finding)
    progress.advance("health", 1)
    if settings.nutrition_url is not None or settings.endpoints:
        answers, cache_facts = _over_http(settings, database.cache, stop)
        findings += answers
        facts["cache"] |= cache_facts
    progress.advance("health", 1)
    return Health(findings=tuple(findings), facts=facts)


def _integrity(database: DatabaseFacts, manifest: Manifest, show_rows: bool) -> Iterator[Finding]:
    yield _ledger(database.entry, manifest)
    if database.night is not None:
        what = f"the night of {database.night.holder}, since {database.night.started:%Y-%m-%d %H:%M} UTC,"
        detail = f"{what} changes this database, or was cut while it did; the next night puts it back"
        yield Finding(name="ledger.night", ok=False, value="not ended", limit="ended", detail=detail)
    for data in manifest.tables:
        rows = database.rows[data.table.label]
        yield Finding(
            name=f"rows.{data.table.label}",
            ok=rows == data.rows,
            value="no table" if rows is None else rows,
            limit=data.rows,
        )
    for violations in database.references:
        yield _violations("references", violations, 0, show_rows)
    for rule, answer in database.derived:
        if isinstance(answer, Problem):
            yield _unknown(f"derived.{rule.name}", rule.limit, answer.reason if show_rows else answer.reported)
        else:
            yield _violations("derived", answer, rule.limit, show_rows, rule.about)


def _unknown(name: str, limit: float, detail: str) -> Finding:
    """Return a failed finding about something that could not be measured."""
    return Finding(name=name, ok=False, value="unknown", limit=limit, detail=detail)


def _ledger(entry: LedgerEntry | None, manifest: Manifest) -> Finding:
    wanted = manifest.version
    if entry is None:
        return Finding(name="ledger", ok=True, value="none", limit=wanted, detail="skipped: the database has no ledger")
    if entry.state != "done":
        detail = f"a restore of {entry.version} was not finished, foreign keys may be missing; run it again"
        return Finding(name="ledger", ok=False, value=entry.state, limit=wanted, detail=detail)
    moved = f", {entry.as_of_shift_days:+} days" if entry.as_of_shift_days else ""
    detail = f"{entry.mode}{moved}, {entry.loaded_at:%Y-%m-%d %H:%M} UTC"
    if entry.version == wanted and entry.digest != manifest.digest:
        detail = f"it was restored from another {wanted}, with digest {entry.digest[:12]}"
    return Finding(
        name="ledger",
        ok=(entry.version, entry.digest) == (wanted, manifest.digest),
        value=entry.version,
        limit=wanted,
        detail=detail,
    )


def _violations(kind: str, violations: Violations, limit: int, show_rows: bool, about: str = "") -> Finding:
    name = f"{kind}.{violations.name}"
    if violations.skipped:
        return Finding(name=name, ok=True, value=0, limit=limit, detail=f"skipped: {violations.skipped}")
    ok = violations.rows <= limit
    shown = violations.shown if show_rows else violations.reported or (_SHOWN,)
    detail = about if ok else "; ".join(filter(None, (about, *shown)))
    return Finding(name=name, ok=ok, value=violations.rows, limit=limit, detail=detail)


def _sizes(database: DatabaseFacts, manifest: Manifest, settings: HealthSettings) -> Iterator[Finding]:
    """Compare the sizes of the snapshot's data, the whole database and all stored objects with their limits, if any."""
    yield _share(database, manifest, settings.size)
    whole, limit = database.whole_bytes, settings.database_size
    share = sum(size or 0 for size in database.bytes.values())
    detail = f"of which the snapshot's tables have {measured('bytes', share)}"
    yield _within("size.database", whole, limit, detail)
    if database.stored is not None:
        stored, objects = database.stored
        yield _within("size.storage", stored, settings.storage_size, f"{objects:,} objects of all buckets")
    elif manifest.media:
        media = sum(file.bytes for file in manifest.media)
        yield _within("size.storage", media, settings.storage_size, "the snapshot's media; no other objects are known")


def _within(name: str, value: int, limit: Size | None, detail: str) -> Finding:
    ok = limit is None or value < limit
    return Finding(name=name, ok=ok, value=value, limit="not set" if limit is None else limit, detail=detail)


def _share(database: DatabaseFacts, manifest: Manifest, limit: Size | None) -> Finding:
    """Compare the size of the snapshot's tables (with indexes and TOAST) and media in the database with its limit."""
    tables, media = sum(size or 0 for size in database.bytes.values()), sum(file.bytes for file in manifest.media)
    most = BUDGET if limit is None else limit
    detail = f"tables {tables:,} bytes, media {media:,} bytes"
    large = limit is None and manifest.estimated_db_bytes + media >= most
    if large:
        detail += "; not enforced: the snapshot itself is larger, and [health] sets no size"
    return Finding(
        name="size.snapshot", ok=large or tables + media < most, value=tables + media, limit=most, detail=detail
    )


def _cache(
    lines: tuple[IngredientLine, ...] | Problem | None, least: float, show_rows: bool
) -> tuple[Finding, dict[str, Any]]:
    if lines is None or isinstance(lines, Problem):
        reason = "" if lines is None else lines.reason if show_rows else lines.reported
        return _unknown("cache.sql", least, reason), {}
    hits, cached, lookups = sum(x.fresh for x in lines), sum(x.cached for x in lines), len(lines)
    rate = hits / lookups if lookups else 0.0
    recipes = {x.recipe for x in lines}
    unsummed = {x.recipe for x in lines if x.fresh and not x.summed}
    detail = f"{hits:,} hits in {lookups:,} lookups"
    if cached > hits:
        detail += f"; {cached - hits:,} more have expired (restore the snapshot as of now)"
    if unsummed:
        detail += f"; {_totals_missing(len(unsummed), len(recipes))}"
    facts = {"hits": hits, "misses": lookups - hits, "expired": cached - hits, "without_totals": len(unsummed)}
    ok = rate > least and not unsummed
    return Finding(name="cache.sql", ok=ok, value=round(rate, 4), limit=least, detail=detail), facts


def _totals_missing(unsummed: int, recipes: int) -> str:
    return (
        f"{unsummed:,} of {recipes:,} recipes have no total of protein, fat or carbs: "
        "a row lacks the number protein_g, fat_g or carbs_g in its macros"
    )


def _timing(timing: Timing, limit: timedelta, show_rows: bool) -> tuple[Finding, dict[str, Any]]:
    most = limit.total_seconds() * 1000
    name = f"p95.{timing.name}"
    if timing.problem:
        return _unknown(name, most, timing.problem if show_rows else timing.reported), {}
    p50, p95, worst = (round(timing.at(share) * 1000, 3) for share in (0.5, _P95, 1.0))
    facts = {"p50": p50, "p95": p95, "max": worst, "runs": len(timing.seconds)}
    detail = f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {worst:.1f} ms of {len(timing.seconds)}"
    return Finding(name=name, ok=p95 < most, value=p95, limit=most, detail=detail), facts


def _over_http(
    settings: HealthSettings, cache: tuple[IngredientLine, ...] | Problem | None, stop: threading.Event
) -> tuple[list[Finding], dict[str, Any]]:
    findings: list[Finding] = []
    facts: dict[str, Any] = {}
    with endpoints.open_client() as client:
        if settings.nutrition_url is not None:
            recipes = _recipes(cache if isinstance(cache, tuple) else ())
            if not recipes:
                findings.append(_unknown("cache.http", settings.cache_hits, "there is no recipe to ask about"))
            else:
                finding, facts["http"] = endpoints.check_nutrition(
                    client,
                    settings.nutrition_url,
                    settings.nutrition_token,
                    recipes,
                    least=settings.cache_hits,
                    within_s=settings.nutrition_timeout.total_seconds(),
                    patience=endpoints.Patience(settings.retry.total_seconds(), stop),
                )
                findings.append(finding)
        for endpoint in settings.endpoints:
            patience = endpoints.Patience(settings.retry.total_seconds(), stop)
            findings.append(endpoints.check_endpoint(client, endpoint, patience))
    return findings, facts


def _recipes(lines: Iterable[IngredientLine]) -> dict[str, list[dict[str, Any]]]:
    """Return by recipe the ingredient lines in the form that the nutrition function accepts.

    A line without a unit has no unit key.
    """
    recipes: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        ingredient = {"name": line.name, "quantity": line.quantity, "unit": line.unit}
        recipes.setdefault(line.recipe, []).append(
            {key: value for key, value in ingredient.items() if value is not None}
        )
    return recipes
