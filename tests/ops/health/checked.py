"""Check the health of databases against the published snapshot v1."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from snap.config import Origin, section
from snap.manifest import Finding, Manifest
from snap.progress import Silent
from snap.store import Store
from snap_cli.datasets import DATASETS
from snap_ops.health.check import Health, check_health
from snap_ops.health.settings import HealthSettings, read_questions
from snap_restorer import Target
from tests.ops.health.web import TOKEN
from tests.paths import ROOT

NOW = datetime(2026, 11, 2, tzinfo=UTC)  # a day after the snapshot's as-of
V1 = Store(ROOT).resolve("v1")


def settings(folder: Path = Path(), **given: Any) -> HealthSettings:
    origin = Origin(file="snap.toml", folder=folder, environment={"TOKEN": TOKEN})
    return section(HealthSettings, {"retry": "0 s"} | given, "health", origin)


def health(url: str, manifest: Manifest = V1.manifest, now: datetime = NOW, **given: Any) -> Health:
    made = settings(**given)
    return check_health(
        Target(url), manifest, made, read_questions(manifest, made, DATASETS), now=now, progress=Silent()
    )


def failed(found: Health) -> dict[str, Finding]:
    return {finding.name: finding for finding in found.findings if not finding.ok}
