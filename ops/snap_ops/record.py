"""The record of a night, as values. The JSON on disk, the report's page and the messages are made from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from snap.manifest import Finding
from snap.redact import scrub
from snap.units import unit_of

_MOST = 2**63
State = Literal["done", "failed", "skipped", "warned"]
# What the night left in the database: the new rows, what was there before, the backup, a half, or it is not known.
Left = Literal["refreshed", "kept", "put back", "broken", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """The record of one step. `facts` are JSON values for the report: rows, bytes, p95 in ms by query, and so on.

    `ok` is false only if the step fails the night. A warning leaves `ok` true. `code` is the exit code of the failure.
    `log` has lines without secrets, such as the output of the team's command.
    """

    name: str
    state: State
    seconds: float
    detail: str
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""
    code: int = 0
    log: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Remove the secrets from every text, because the page, the file and all messages show this record."""
        for name in ("detail", "warnings", "findings", "facts", "hint", "log"):
            object.__setattr__(self, name, _scrubbed(getattr(self, name)))

    @property
    def ok(self) -> bool:
        return self.state != "failed"

    @classmethod
    def ended(cls, name: str, seconds: float, detail: str, warnings: tuple[str, ...] = ()) -> StepRecord:
        """Return the record of a step that succeeded, perhaps with warnings."""
        return cls(name=name, state="warned" if warnings else "done", seconds=seconds, detail=detail, warnings=warnings)

    @classmethod
    def skipped(cls, name: str, why: str) -> StepRecord:
        """Return the record of a step that did not run."""
        return cls(name=name, state="skipped", seconds=0, detail=why)

    def document(self) -> dict[str, Any]:
        """Return JSON values that `from_document` turns back into the same record."""
        return {
            "name": self.name,
            "ok": self.ok,
            "state": self.state,
            "seconds": round(self.seconds, 3),
            "detail": self.detail,
            "warnings": list(self.warnings),
            "checks": [_plain(asdict(each) | {"unit": unit_of(each.name)}) for each in self.findings],
            "facts": _plain(self.facts),
            "hint": self.hint,
            "code": self.code,
            "log": list(self.log),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> StepRecord:
        """Read the values that `document` returned. Errors: KeyError, TypeError or ValueError for anything else."""
        if document["state"] not in get_args(State):
            raise ValueError(f"{document['state']!r} is no state of a step")
        return cls(
            name=_text(document["name"]),
            state=document["state"],
            seconds=_number(document["seconds"]),
            detail=_text(document["detail"]),
            warnings=tuple(map(_text, document["warnings"])),
            findings=tuple(map(_finding, document["checks"])),
            facts=_mapping(document["facts"]),
            hint=_text(document["hint"]),
            code=_whole(document["code"]),
            log=tuple(map(_text, document.get("log", ()))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CiRun:
    """The CI run that a night belongs to, and the project's commit, each with the address of its page."""

    url: str
    commit: str
    commit_url: str

    def __post_init__(self) -> None:
        """Raise ValueError for an address that is not https, because a page links to both."""
        if not all(url.startswith("https://") for url in (self.url, self.commit_url)):
            raise ValueError("a run's address is none of https")


@dataclass(frozen=True, slots=True, kw_only=True)
class NightRecord:
    """The record of one night. A field is None or "" if its value is not known.

    `started` is UTC. `db` is the first of `urls`, all URLs that the night used. None of them holds a password.
    `rolled_back` says how the database was put back, or "".

    `changes` is what differs from the night before, {table: {"added", "removed", "changed": rows}}; None if nothing was
    compared. `usable` says whether people can work with the database, as it was last looked at. `last_good` is the
    start of the last night that refreshed the database and succeeded, this one included.
    """

    started: datetime
    seconds: float
    version: str
    digest: str
    db: str
    snap_version: str
    steps: tuple[StepRecord, ...]
    urls: tuple[str, ...] = ()
    rolled_back: str = ""
    changes: Mapping[str, Mapping[str, int]] | None = None
    left: Left = ""
    usable: bool | None = None
    last_good: datetime | None = None
    ci: CiRun | None = None

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    @property
    def losses(self) -> Mapping[str, Any] | None:
        """Return the facts of the step losses, or None if nothing was compared."""
        return next((step.facts for step in self.steps if step.name == "losses" and "lost" in step.facts), None)

    @property
    def addresses(self) -> str:
        """Return every URL of the night's database, for people."""
        return " and ".join(self.urls or (self.db,))

    @property
    def code(self) -> int:
        """Return the exit code of the first step that failed."""
        return next((step.code for step in self.steps if not step.ok), 0)

    def document(self) -> dict[str, Any]:
        """Return JSON values that `from_document` turns back into the same record."""
        return {
            "started": self.started.isoformat(),
            "seconds": round(self.seconds, 3),
            "version": self.version,
            "digest": self.digest,
            "db": self.db,
            "urls": list(self.urls),
            "snap_version": self.snap_version,
            "ok": self.ok,
            "rolled_back": self.rolled_back,
            "changes": None if self.changes is None else {name: dict(rows) for name, rows in self.changes.items()},
            "left": self.left,
            "usable": self.usable,
            "last_good": None if self.last_good is None else self.last_good.isoformat(),
            "ci": None if self.ci is None else asdict(self.ci),
            "steps": [step.document() for step in self.steps],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> NightRecord:
        """Read the values that `document` returned. Errors: KeyError, TypeError or ValueError for anything else."""
        started, changes, ci = _moment(document["started"]), document.get("changes"), document.get("ci")
        left, usable, last_good = document.get("left", ""), document.get("usable"), document.get("last_good")
        if left not in get_args(Left) or usable not in (None, False, True):
            raise ValueError("the record says nothing known of what the night left")
        return cls(
            started=started,
            seconds=_number(document["seconds"]),
            version=_text(document["version"]),
            digest=_text(document["digest"]),
            db=_text(document["db"]),
            urls=tuple(map(_text, document.get("urls", ()))),
            snap_version=_text(document["snap_version"]),
            rolled_back=_text(document["rolled_back"]),
            changes=None if changes is None else {name: _counts(rows) for name, rows in _mapping(changes).items()},
            left=left,
            usable=None if usable is None else bool(usable),
            last_good=None if last_good is None else _moment(last_good),
            ci=None if ci is None else CiRun(**{name: _text(ci[name]) for name in ("url", "commit", "commit_url")}),
            steps=tuple(map(StepRecord.from_document, document["steps"])),
        )


def finite(value: object) -> float | None:
    """Return a number that can be drawn. For NaN, infinities, booleans and anything else, return None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _scrubbed(value: Any) -> Any:
    """Return a value of a record with the secrets removed from all its texts."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Finding):
        return replace(value, **{name: _scrubbed(getattr(value, name)) for name in ("value", "limit", "detail")})
    if isinstance(value, Mapping):
        return {key: _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if isinstance(value, tuple):
        return tuple(map(_scrubbed, value))
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> float:
    if finite(value) is None:
        raise ValueError(f"{value!r} is no number of seconds")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) > _MOST:
        raise ValueError(f"{type(value).__name__} is no whole number of 63 bits")
    return value


def _moment(text: Any) -> datetime:
    """Return a moment as UTC. Errors: ValueError for a text without time zone, or a moment beyond Python's calendar."""
    moment = datetime.fromisoformat(_text(text))
    if moment.tzinfo is None:
        raise ValueError("the start has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text} is beyond the calendar") from None


def _finding(check: Any) -> Finding:
    given = _mapping(check)
    for name in ("value", "limit"):
        if not isinstance(given[name], str | int | float | None):
            raise TypeError(f"{name} of a check is neither a text nor a number")
    if type(given["ok"]) is not bool:
        raise TypeError("a check is neither good nor bad")
    return Finding(
        name=_text(given["name"]),
        ok=given["ok"],
        value=given["value"],
        limit=given["limit"],
        detail=_text(given["detail"]),
    )


def _counts(value: Any) -> Mapping[str, int]:
    return {name: _whole(rows) for name, rows in _mapping(value).items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is no mapping")
    return value


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold. Values of other types, NaN and the infinities become text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
