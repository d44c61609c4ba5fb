"""Whether a database is what its snapshot says, and quick: facts become findings, for a night and `snap health`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snap.checks import Rule, parse_rules
from snap.config import Secret, Size
from snap.errors import UsageError
from snap.manifest import Finding, Manifest
from snap.progress import Progress
from snap_ops.health import endpoints
from snap_ops.health.endpoints import Endpoint
from snap_ops.step import StepContext, StepResult
from snap_restorer.pg.interrupt import require_going
from snap_restorer.pg.ledger import Entry
from snap_restorer.pg.target import Target
from snap_restorer.prove.facts import CacheQuery, DatabaseFacts, FactsRequest, IngredientLine, examine
from snap_restorer.prove.read_queries import Measuring, ReadQuery, Timing, read_query, time_reads
from snap_restorer.prove.violations import Problem, Violations

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from snap_builder.dataset import Dataset

BUDGET = Size(50_000_000)
_INTEGRITY = ("ledger", "rows", "references", "derived")
_LEAST_RUNS = 50
_P95 = 0.95
Datasets = Mapping[str, Callable[[], "Dataset"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """Section [health] of snap.toml; all of it may be left out.

    `size`: without it 50 MB, and only reported where the snapshot itself is larger. `dataset` is whose rules and
    queries a captured snapshot is held to. `queries` is a folder of the team's own SQL: a file called as one of the
    dataset's queries takes its place.
    """

    size: Size | None = None
    cache_hits: float = 0.9
    sample: int = 50
    nutrition_url: str | None = None
    nutrition_token: Secret | None = None
    nutrition_timeout: timedelta = timedelta(seconds=10)
    p95: timedelta = timedelta(milliseconds=200)
    runs: int = _LEAST_RUNS
    warmup: int = 5
    query_timeout: timedelta = timedelta(seconds=5)
    lock_timeout: timedelta = timedelta(seconds=10)
    queries: Path | None = None
    dataset: str | None = None
    role: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()

    def require_sense(self) -> None:
        """Errors: UsageError for what cannot be measured, or a secret that is not set."""
        if self.runs < _LEAST_RUNS:
            raise UsageError(f"runs in [health] is {self.runs}", f"p95 wants {_LEAST_RUNS} or more")
        if self.warmup < 0 or self.sample < 1:
            raise UsageError("warmup or sample in [health] is too small", "give warmup 0 or more, and sample 1 or more")
        if not 0 <= self.cache_hits < 1:
            raise UsageError(f"cache_hits in [health] is {self.cache_hits}", "give a share, such as 0.9")
        if self.nutrition_url is not None:
            endpoints.shown(self.nutrition_url)
        for token in (self.nutrition_token, *(one.token for one in self.endpoints)):
            if token is not None:
                token.reveal()
        names = [one.called for one in self.endpoints]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UsageError(f"[health] has two endpoints called {', '.join(twice)}", "give each a name of its own")

    def measuring(self) -> Measuring:
        return Measuring(
            runs=self.runs,
            warmup=self.warmup,
            timeout_s=self.query_timeout.total_seconds(),
            role=self.role,
            settings=self.settings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What a dataset and the team ask of a database, beyond what the manifest implies."""

    derived: tuple[Rule, ...] = ()
    cache: str | None = None
    queries: tuple[ReadQuery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found; `facts` are JSON values: rows, bytes, cache, p95 with p50, p95 and max in ms by query."""

    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]

    @property
    def healthy(self) -> bool:
        return all(finding.ok for finding in self.findings)


def is_integrity(finding: Finding) -> bool:
    """Whether a finding speaks of what the data are, and not of how quick they or their surroundings are."""
    return finding.name.split(".", 1)[0] in _INTEGRITY


def questions(manifest: Manifest, settings: HealthSettings, datasets: Datasets) -> Questions:
    """Read what is to be asked. Errors: UsageError for a dataset or folder that is not there, or a malformed query."""
    settings.require_sense()
    name = settings.dataset or (manifest.parameters.dataset if manifest.parameters else None)
    if settings.dataset is not None and settings.dataset not in datasets:
        raise UsageError(f"dataset in [health] is {settings.dataset!r}", f"these are known: {', '.join(datasets)}")
    folder = datasets[name]().postgres if name is not None and name in datasets else None
    held = {item.name: item for item in folder.iterdir()} if folder is not None else {}
    queries = _queries(held["queries"]) if "queries" in held else {}
    if settings.queries is not None:
        if not settings.queries.is_dir():
            raise UsageError(f"queries in [health] is no folder: {settings.queries}", "make it, or leave it out")
        queries |= _queries(settings.queries)
    return Questions(
        derived=parse_rules(held["derived.sql"].read_text("utf-8"), source="derived.sql")
        if "derived.sql" in held
        else (),
        cache=held["cache.sql"].read_text("utf-8") if "cache.sql" in held else None,
        queries=tuple(queries[name] for name in sorted(queries)),
    )


def _queries(folder: Path | Traversable) -> dict[str, ReadQuery]:
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    found = {}
    for item in files:
        name = item.name.removesuffix(".sql")
        try:
            text = item.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{item} cannot be read: {error}", "a query is a file of UTF-8 text") from None
        found[name] = read_query(name, text, source=str(item))
    return found


def check(
    target: Target,
    manifest: Manifest,
    settings: HealthSettings,
    asked: Questions,
    *,
    now: datetime,
    progress: Progress,
    night: int | None = None,
    stop: threading.Event | None = None,
) -> Health:
    """Ask everything. `night` is one's own, which is under way. What is unhealthy is a finding.

    Errors: TargetError where rows are hidden; ServiceError; Interrupted once `stop` is set.
    """
    stop = stop or threading.Event()
    cached = asked.cache is not None
    progress.start("health", 3)
    request = FactsRequest(
        derived=tuple(asked.derived),
        cache=CacheQuery(sql=asked.cache, sample=settings.sample, now=now) if asked.cache is not None else None,
        night=night,
        lock_timeout_s=settings.lock_timeout.total_seconds(),
    )
    held = examine(target, manifest, request, stop=stop)
    progress.advance("health", 1)
    findings = [*_integrity(held, manifest), _size(held, manifest, settings.size)]
    facts: dict[str, Any] = {"rows": dict(held.rows), "bytes": dict(held.bytes), "cache": {}, "p95": {}}
    if cached:
        finding, facts["cache"]["sql"] = _cache(held.cache, settings.cache_hits)
        findings.append(finding)
    if asked.queries:
        for timing in time_reads(target, asked.queries, settings.measuring(), stop=stop):
            finding, facts["p95"][timing.name] = _timing(timing, settings.p95)
            findings.append(finding)
    progress.advance("health", 1)
    if settings.nutrition_url is not None or settings.endpoints:
        found, said = _over_http(settings, held.cache, stop)
        findings += found
        facts["cache"] |= said
    progress.advance("health", 1)
    return Health(findings=tuple(findings), facts=facts)


def _integrity(held: DatabaseFacts, manifest: Manifest) -> Iterator[Finding]:
    yield _ledger(held.entry, manifest)
    if held.night is not None:
        what = f"the night of {held.night.holder}, since {held.night.started:%Y-%m-%d %H:%M} UTC,"
        detail = f"{what} changes this database, or was cut while it did; the next night puts it back"
        yield Finding(name="ledger.night", ok=False, value="not ended", limit="ended", detail=detail)
    for data in manifest.tables:
        rows = held.rows[data.table.label]
        yield Finding(
            name=f"rows.{data.table.label}",
            ok=rows == data.rows,
            value="no table" if rows is None else rows,
            limit=data.rows,
        )
    for offence in held.references:
        yield _offence("references", offence, 0)
    for rule, found in held.derived:
        if isinstance(found, Problem):
            yield Finding(name=f"derived.{rule.name}", ok=False, value="unknown", limit=rule.limit, detail=found.reason)
        else:
            yield _offence("derived", found, rule.limit, rule.about)


def _ledger(entry: Entry | None, manifest: Manifest) -> Finding:
    wanted = manifest.version
    if entry is None:
        return Finding(name="ledger", ok=True, value="none", limit=wanted, detail="skipped: the database has no ledger")
    if entry.state != "done":
        detail = f"a restore of {entry.version} was not finished; run it again"
        return Finding(name="ledger", ok=False, value=entry.state, limit=wanted, detail=detail)
    moved = f", {entry.as_of_shift_days:+} days" if entry.as_of_shift_days else ""
    detail = f"{entry.mode}{moved}, {entry.loaded_at:%Y-%m-%d %H:%M} UTC"
    if entry.version == wanted and entry.digest != manifest.digest:
        detail = f"it was restored from another {wanted}, of digest {entry.digest[:12]}"
    return Finding(
        name="ledger",
        ok=(entry.version, entry.digest) == (wanted, manifest.digest),
        value=entry.version,
        limit=wanted,
        detail=detail,
    )


def _offence(kind: str, found: Violations, limit: int, about: str = "") -> Finding:
    if found.skipped:
        return Finding(name=f"{kind}.{found.name}", ok=True, value=0, limit=limit, detail=f"skipped: {found.skipped}")
    ok = found.rows <= limit
    detail = about if ok else "; ".join([*([about] if about else []), *found.shown])
    return Finding(name=f"{kind}.{found.name}", ok=ok, value=found.rows, limit=limit, detail=detail)


def _size(held: DatabaseFacts, manifest: Manifest, limit: Size | None) -> Finding:
    """Tables with indexes and TOAST, and the media: what the snapshot takes of a plan's free megabytes."""
    tables, media = sum(size or 0 for size in held.bytes.values()), sum(file.bytes for file in manifest.media)
    most = BUDGET if limit is None else limit
    detail = f"tables {tables:,} bytes, media {media:,} bytes"
    large = limit is None and manifest.estimated_db_bytes + media >= most
    if large:
        detail += "; not enforced: the snapshot itself is larger, and [health] says no size"
    return Finding(
        name="size.database", ok=large or tables + media < most, value=tables + media, limit=most, detail=detail
    )


def _cache(found: tuple[IngredientLine, ...] | Problem | None, least: float) -> tuple[Finding, dict[str, Any]]:
    if found is None or isinstance(found, Problem):
        detail = found.reason if found is not None else ""
        return Finding(name="cache.sql", ok=False, value="unknown", limit=least, detail=detail), {}
    hits, cached, lines = sum(x.fresh for x in found), sum(x.cached for x in found), len(found)
    rate = hits / lines if lines else 0.0
    detail = f"{hits:,} hits in {lines:,} lookups"
    if cached > hits:
        detail += f"; {cached - hits:,} more have expired (restore the snapshot as of now)"
    facts = {"hits": hits, "misses": lines - hits, "expired": cached - hits}
    return Finding(name="cache.sql", ok=rate > least, value=round(rate, 4), limit=least, detail=detail), facts


def _timing(timing: Timing, limit: timedelta) -> tuple[Finding, dict[str, Any]]:
    most = limit.total_seconds() * 1000
    name = f"p95.{timing.name}"
    if timing.problem:
        return Finding(name=name, ok=False, value="unknown", limit=most, detail=timing.problem), {}
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
                detail = "there is no recipe to ask about"
                findings.append(
                    Finding(name="cache.http", ok=False, value="unknown", limit=settings.cache_hits, detail=detail)
                )
            else:
                finding, facts["http"] = endpoints.check_nutrition(
                    client,
                    settings.nutrition_url,
                    settings.nutrition_token,
                    recipes,
                    least=settings.cache_hits,
                    within_s=settings.nutrition_timeout.total_seconds(),
                    stop=stop,
                )
                findings.append(finding)
        for endpoint in settings.endpoints:
            require_going(stop)
            findings.append(endpoints.check_endpoint(client, endpoint))
    return findings, facts


def _recipes(lines: Iterable[IngredientLine]) -> dict[str, list[dict[str, Any]]]:
    """Return the lines as the function takes them, by recipe; a line without a unit has none."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        ingredient = {"name": line.name, "quantity": line.quantity, "unit": line.unit}
        found.setdefault(line.recipe, []).append({key: value for key, value in ingredient.items() if value is not None})
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthStep:
    """Step "health". Nothing that is unhealthy raises: the findings say it, and `is_integrity` what weighs most."""

    settings: HealthSettings
    datasets: Datasets = field(repr=False)

    @property
    def name(self) -> str:
        return "health"

    def plan(self, context: StepContext) -> tuple[str, ...]:
        """Say what would be asked; reads the files of questions, not the database."""
        asked = questions(context.snapshot.manifest, self.settings, self.datasets)
        tables, version = context.snapshot.manifest.tables, context.snapshot.manifest.version
        keys = sum(len(data.table.foreign_keys) for data in tables)
        http = len(self.settings.endpoints) + (self.settings.nutrition_url is not None)
        return (
            f"hold {len(tables)} tables and {keys} references of {context.target.redacted} to {version}",
            f"hold {len(asked.derived)} derived columns to what they sum up",
            f"time {len(asked.queries)} read queries, {self.settings.runs} runs each"
            + (f", as {self.settings.role}" if self.settings.role else ""),
            f"ask {http} addresses over HTTP",
        )

    def run(self, context: StepContext) -> StepResult:
        """Ask everything."""
        manifest = context.snapshot.manifest
        found = check(
            context.target,
            manifest,
            self.settings,
            questions(manifest, self.settings, self.datasets),
            now=context.now,
            progress=context.progress,
            night=context.number,
            stop=context.stop,
        )
        failed = [finding.name for finding in found.findings if not finding.ok]
        every = f"{len(found.findings)} checks"
        return StepResult(
            detail=f"{len(failed)} of {every} failed: {', '.join(failed)}" if failed else f"healthy, {every}",
            findings=found.findings,
            facts={
                **found.facts,
                "p95_ms": {name: times["p95"] for name, times in found.facts["p95"].items() if times},
                "p95_limit_ms": self.settings.p95.total_seconds() * 1000,
            },
        )
