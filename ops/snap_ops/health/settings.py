"""Read section [health] of snap.toml, and the rules and queries that a dataset and the team bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snap import durable
from snap.checks import Rule, parse_rules
from snap.config import Secret, Size
from snap.errors import UsageError
from snap.manifest import Manifest
from snap_ops.health import endpoints
from snap_ops.health.endpoints import Endpoint
from snap_restorer.prove.read_queries import Measuring, ReadQuery, read_query

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from snap_builder.dataset import Dataset

_LEAST_RUNS = 50
Datasets = Mapping[str, Callable[[], "Dataset"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """Section [health] of snap.toml. Every setting may be left out.

    `size` limits the bytes of the snapshot's tables and media. By default it is 50 MB, and is not enforced if the
    snapshot itself is larger. `database_size` and `storage_size` limit the bytes of the whole database and of all
    stored objects. Without these limits the bytes are only reported. `dataset` names the dataset whose rules and
    queries apply to a captured snapshot. `queries` is a folder of the team's own SQL. A file there replaces the
    dataset's query of the same name.
    """

    size: Size | None = None
    database_size: Size | None = None
    storage_size: Size | None = None
    cache_hits: float = 0.9
    sample: int = 50
    nutrition_url: str | None = None
    nutrition_token: Secret | None = None
    nutrition_timeout: timedelta = timedelta(seconds=10)
    retry: timedelta = timedelta(seconds=15)
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
        """Raise UsageError for limits that cannot be measured, and for a secret that is not set."""
        if self.runs < _LEAST_RUNS:
            raise UsageError(f"runs in [health] is {self.runs}", f"p95 needs {_LEAST_RUNS} runs or more")
        if self.warmup < 0 or self.sample < 1:
            raise UsageError(
                "warmup or sample in [health] is too small", "write 0 or more for warmup, and 1 or more for sample"
            )
        if not 0 <= self.cache_hits < 1:
            raise UsageError(f"cache_hits in [health] is {self.cache_hits}", "write a share, such as 0.9")
        if self.nutrition_url is not None:
            endpoints.shown(self.nutrition_url)
        for token in (self.nutrition_token, *(endpoint.token for endpoint in self.endpoints)):
            if token is not None:
                token.reveal()
        names = [endpoint.called for endpoint in self.endpoints]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise UsageError(
                f"[health] has two endpoints called {', '.join(repeated)}", "write a different name for each"
            )

    def measuring(self) -> Measuring:
        """Return how the read queries are timed."""
        return Measuring(
            runs=self.runs,
            warmup=self.warmup,
            timeout_s=self.query_timeout.total_seconds(),
            role=self.role,
            settings=self.settings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The rules and queries of a dataset and of the team, beyond the checks that the manifest implies."""

    derived: tuple[Rule, ...] = ()
    cache: str | None = None
    queries: tuple[ReadQuery, ...] = ()

    def texts(self) -> dict[str, str]:
        """Return all SQL texts by a name that says what each is, such as `rule NAME`."""
        texts = {f"rule {rule.name}": rule.sql for rule in self.derived}
        if self.cache is not None:
            texts["cache.sql"] = self.cache
        for query in self.queries:
            texts[f"query {query.name}"] = query.sql
            if query.parameters is not None:
                texts[f"parameters of query {query.name}"] = query.parameters
        return texts


def read_questions(manifest: Manifest, settings: HealthSettings, datasets: Datasets) -> Questions:
    """Read the rules and queries for a snapshot. Errors: UsageError for an unknown dataset or folder, or bad SQL."""
    settings.require_sense()
    name = settings.dataset or (manifest.parameters.dataset if manifest.parameters else None)
    if settings.dataset is not None and settings.dataset not in datasets:
        raise UsageError(f"dataset in [health] is {settings.dataset!r}", f"these are known: {', '.join(datasets)}")
    folder = datasets[name]().postgres if name is not None and name in datasets else None
    files = {file.name: file for file in folder.iterdir()} if folder is not None else {}
    queries = _queries(files["queries"]) if "queries" in files else {}
    if settings.queries is not None:
        if not settings.queries.is_dir():
            raise UsageError(
                f"queries in [health] is no folder: {settings.queries}", "create the folder, or leave out queries"
            )
        queries |= _queries(settings.queries, durable.read_within)
    return Questions(
        derived=_rules(files["derived.sql"]) if "derived.sql" in files else (),
        cache=files["cache.sql"].read_text("utf-8") if "cache.sql" in files else None,
        queries=tuple(queries[name] for name in sorted(queries)),
    )


def _rules(file: Path | Traversable) -> tuple[Rule, ...]:
    """Read the rules in a dataset's file. Errors: UsageError."""
    try:
        return parse_rules(file.read_text("utf-8"), source=file.name)
    except ValueError as error:
        raise UsageError(str(error), "correct that file of the dataset") from None


def _queries(
    folder: Path | Traversable, read: Callable[[Any], bytes] = methodcaller("read_bytes")
) -> dict[str, ReadQuery]:
    """Read the SQL queries in the files of a folder. Errors: UsageError."""
    queries = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        name = file.name.removesuffix(".sql")
        if not file.is_file():
            raise UsageError(f"{file} cannot be read: it is no file", "a query is a file of UTF-8 text")
        try:
            text = read(file).decode()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"{file} cannot be read: {reason}", "a query is a file of UTF-8 text") from None
        queries[name] = read_query(name, text, source=str(file))
    return queries
