"""Provide records of nights, as the steps make them, for the report and the messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from snap.manifest import Finding
from snap_ops.night.standing import with_standing
from snap_ops.record import CiRun, Left, NightRecord, StepRecord

DB = "postgresql://app@staging.example.com:5432/worldchef"
FIRST = datetime(2026, 11, 9, 3, 0, 4, tzinfo=UTC)

TABLES = {
    "users": 1_200, "recipes": 2_400, "nutrition": 2_400, "recipe_likes": 41_000, "recipe_ratings": 18_500,
    "user_follows": 9_600, "recipe_collections": 800, "recipe_collection_items": 6_400,
}  # fmt: skip
QUERIES = {"feed": 21.0, "search": 48.0, "profile": 6.4, "recipe detail": 3.1, "team/leaderboard": 88.0}

CHANGES = {name: {"added": 0, "removed": 0, "changed": 0} for name in TABLES} | {
    "recipe_likes": {"added": 492, "removed": 3, "changed": 0},
    "recipes": {"added": 0, "removed": 0, "changed": 214},
}


def step(name: str, seconds: float = 1.0, detail: str = "", **given: Any) -> StepRecord:
    return StepRecord(**{"name": name, "state": "done", "seconds": round(seconds, 3), "detail": detail, **given})


def finding(name: str, value: float | str, limit: float | str, *, ok: bool = True, detail: str = "") -> Finding:
    return Finding(name=name, ok=ok, value=value, limit=limit, detail=detail)


def night(*steps: StepRecord, started: datetime = FIRST, **given: Any) -> NightRecord:
    values = {
        "seconds": round(sum(one.seconds for one in steps) + 0.1, 3), "version": "v3", "digest": "7c1f09" * 10 + "abcd",
        "db": DB, "snap_version": "0.1.0", "steps": steps, **given,
    }  # fmt: skip
    return NightRecord(started=started, **values)


def wobble(day: int, salt: int) -> float:
    """Return a factor near 1, always the same for the same arguments."""
    return 1 + ((day * 7919 + salt * 104_729) % 97 - 48) / 240


def good(day: int = 0, **given: Any) -> NightRecord:
    """Return the record of the night `day` days after the first one, in which all went well."""
    grown = {name: round(rows * (1 + day * 0.012)) if rows > 5_000 else rows for name, rows in TABLES.items()}
    p95 = {name: round(ms * wobble(day, len(name)), 1) for name, ms in QUERIES.items()}
    times = {name: {"p50": round(ms / 2, 3), "p95": ms, "max": 2 * ms, "runs": 50} for name, ms in p95.items()}
    checks = [finding(f"rows.{name}", rows, rows) for name, rows in grown.items()]
    checks += [finding(f"references.{name}", 0, 0) for name in ("recipes.author_id", "recipe_likes.recipe_id")]
    checks += [finding(f"p95_ms.{name}", ms, 200) for name, ms in p95.items()]
    checks += [finding("size.database", 38_400_000 + 90_000 * day, 50_000_000), finding("cache_hit_rate", 0.943, 0.9)]
    return night(
        step("backup", 2.1 * wobble(day, 1), "20261123T030004Z-1a2b3c4d5e6f: 82,300 rows of 8 tables, read back",
             facts={"id": "20261123T030004Z-1a2b3c4d5e6f", "bytes": 9_812_331 + 23_000 * day, "rows": TABLES}),
        step("reset", 0.4 * wobble(day, 2), "dropped and created schema public"),
        step("migrate", 0.9 * wobble(day, 3), "12 migrations applied",
             log=("20260101000000_init.sql", "20260301000000_likes.sql", "NOTICE:  extension exists, skipping")),
        step("restore", 3.4 * wobble(day, 4), f"v3 as of now: {sum(grown.values()):,} rows in 8 tables",
             facts={"rows": grown, "mode": "replace"}),
        step("storage", 1.6 * wobble(day, 5), "24 images, 0 uploaded, 0 deleted",
             facts={"bytes": 10_204_113, "objects": 24}),
        step("health", 4.8 * wobble(day, 6), f"{len(checks)} checks met", findings=tuple(checks),
             facts={"p95": times, "p95_ms": p95, "p95_limit_ms": 200, "cache_hit_rate": 0.943}),
        started=FIRST + timedelta(days=day),
        **{"changes": CHANGES, **given},
    )  # fmt: skip


def failed(day: int = 14) -> NightRecord:
    """Return the record of a night that failed at the restore and put the database back."""
    before = good(day)
    broken = replace(
        before.steps[3],
        state="failed",
        code=5,
        detail='table "recipes" lacks the column servings_min, which v3 has\n'
        "migration 20261122190000_servings.sql renamed it to servings_from",
        hint="capture or build a version that has the new column, or undo the migration",
        facts={},
    )
    left = tuple(step(name, 0.0, "not reached", state="skipped") for name in ("storage", "health"))
    back = "restored from backup 20261123T030004Z-1a2b3c4d5e6f in 2.9 s; 82,300 rows of 8 tables proved"
    return replace(before, steps=(*before.steps[:3], broken, *left), rolled_back=back, changes=None, seconds=9.8)


LOST = {
    "backup": "20261123T030004Z-1a2b3c4d5e6f",
    "lost": {
        "public": {
            "feedback": {"before": 500, "after": 0, "lost": 500},
            "profiles": {"before": 40, "after": 2, "lost": 39},
        }
    },
    "gone": {"public": ["table scratch"]},
}


def lossy(day: int = 1, **given: Any) -> NightRecord:
    """Return the record of a night that lost rows, a table and the sign-up trigger."""
    before = good(day, changes={})
    kept = (
        finding("kept.publications", 3, 3),
        Finding(name="kept.triggers", ok=False, value=0, limit=1, detail="missing: trigger on_signup on auth.users"),
    )
    told = step("losses", 0.4, "539 rows of 2 tables and 1 object did not come back", state="failed", findings=kept,
                facts=LOST, code=1)  # fmt: skip
    return replace(before, **{"steps": (*before.steps[:4], told, *before.steps[4:]), **given})


def slow(day: int = 14) -> NightRecord:
    """Return the record of a night with a slow query and a warning, and nothing to put back."""
    before = good(day)
    health = before.steps[-1]
    checks = tuple(
        replace(one, ok=False, value=312.4, detail="50 runs as role authenticated")
        if one.name == "p95_ms.search"
        else one
        for one in health.findings
    )
    facts = {**health.facts, "p95_ms": {**health.facts["p95_ms"], "search": 312.4}}
    sick = replace(
        health, state="failed", code=1, detail="1 of 17 checks is not met", findings=checks, facts=facts,
        hint="look at the query's plan: snap health --json",
    )  # fmt: skip
    odd = replace(before.steps[4], state="warned", warnings=("covers/0007.jpg was uploaded twice",))
    return replace(before, steps=(*before.steps[:4], odd, sick))


def fortnight(until: int = 14) -> Sequence[NightRecord]:
    """Return the records of the nights before `until`, oldest first: mostly good ones, and one that failed."""
    return [failed(day) if day == 5 else slow(day) if day == 9 else good(day) for day in range(until)]


CI = CiRun(
    url="https://github.com/team/staging/actions/runs/19384756102",
    commit="b0c4f4a7d9e24d1f8f2f6e9a1c3b5d7e9f0a2b4c",
    commit_url="https://github.com/team/staging/commit/b0c4f4a7d9e24d1f8f2f6e9a1c3b5d7e9f0a2b4c",
)
SAMPLES = {
    "recipe_likes": [
        {"change": "added", "key": {"user_id": 17, "recipe_id": 2_031}, "columns": []},
        {"change": "removed", "key": {"user_id": 4, "recipe_id": 88}, "columns": []},
    ],
    "recipes": [{"change": "changed", "key": {"id": 12}, "columns": ["title", "description", "updated_at"]}],
    "newsletter": [{"change": "added", "key": None, "columns": []}],
}


def morning(record: NightRecord, left: Left, before: NightRecord | None = None) -> NightRecord:
    """Return a record as a run completes it: with the step diff, the final state, the CI run and the previous night."""
    diff = step("diff", 1.1, "since v3 was restored: 492 rows added, 3 rows removed, 214 rows changed",
                facts={"version": "v3", "tables": CHANGES, "schema": 0, "samples": SAMPLES})  # fmt: skip
    steps = (record.steps[0], diff, *record.steps[1:])
    return with_standing(replace(record, steps=steps, left=left, ci=CI), before)


def mornings(until: int = 14) -> list[NightRecord]:
    """Return the records of the nights before `until`, each as complete as a run's."""
    nights: list[NightRecord] = []
    for record in fortnight(until):
        left: Left = "put back" if record.rolled_back else "refreshed"
        nights.append(morning(record, left, nights[-1] if nights else None))
    return nights
