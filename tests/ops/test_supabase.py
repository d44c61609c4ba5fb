"""Test whole nights as role postgres over a staging database like one on Supabase, and their records."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fingerprint import Fingerprint, changes
from tests.ops.buckets import S3
from tests.ops.killed import instants, require_old_or_new, seconds_of, wait_for
from tests.ops.staging import PRINTED, Staging
from tests.ops.supabase import DAY, SIGN_UP, missing, restart, supabase
from tests.params import KILLS
from tests.postgres import execute

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(missing() != "", reason=missing() or "all is there"),
]

# A server that was stopped at once skips up to 32 numbers of each sequence.
_SKIPPED = re.compile(r"positions: ")
# What pg_cron writes by itself, once a minute.
_CRON = re.compile(r"(rows|positions): cron\.(job_run_details|runid_seq): ")


@pytest.fixture
def place(tmp_path: Path, drawn: Path, s3: S3) -> Iterator[Staging]:
    """Yield a staging database that a first night has filled."""
    for name in ("manifests", "snapshots"):
        shutil.copytree(drawn / name, tmp_path / name, copy_function=os.link)
    with supabase(tmp_path, s3) as made:
        code, told, err = made.command()
        assert code == 0, (told, err)
        yield made


FIRING = "(SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal) + (SELECT count(*) FROM pg_event_trigger)"
COUNTS = {
    "publications": "SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_publication_tables)",
    "policies": "SELECT count(*) FROM pg_policy",
    "triggers": f"SELECT {FIRING}",
    "default_privileges": "SELECT count(*) FROM pg_default_acl, aclexplode(defaclacl)",
    "row_security": "SELECT count(*) FROM pg_class WHERE relrowsecurity",
    "dependents": "SELECT 0",
}


def states(told: Any) -> dict[str, str]:
    return {step["name"]: step["state"] for step in told["steps"]}


def recorded(told: Any) -> dict[str, Any]:
    """Return the steps of the night's record, by name."""
    record = json.loads(Path(told["report"]).with_suffix(".json").read_text("utf-8"))
    return {step["name"]: step for step in record["steps"]}


def changed(place: Staging, before: Fingerprint) -> list[str]:
    """Return the differences, except the order of privileges, which nobody can notice, and what pg_cron writes."""
    lines = changes(ordered(before), ordered(place.prints()))
    return [line for line in lines if not (_CRON.match(line) or PRINTED.match(line))]


def ordered(found: Fingerprint) -> Fingerprint:
    def sort(what: str) -> str:
        try:
            values = json.loads(what)
        except ValueError:
            return what
        if isinstance(values, dict) and values.get("acl"):
            values["acl"] = sorted(values["acl"])
        return json.dumps(values, sort_keys=True)

    return {aspect: {thing: sort(what) for thing, what in things.items()} for aspect, things in found.items()}


def test_a_normal_night_is_good_without_a_warning_and_changes_nothing(place: Staging) -> None:
    before = place.prints()
    code, told, err = place.command()
    assert code == 0, (told, err)
    assert set(states(told).values()) == {"done"}
    assert "warning" not in err
    steps = recorded(told)
    assert steps["losses"]["detail"] == "everything that was there came back"
    counts = {check["name"]: check["value"] for check in steps["losses"]["checks"]}
    for name, count in COUNTS.items():
        assert execute(place.url, count) == [(counts[f"kept.{name}"],)], name
    assert counts["kept.grants"] > 500
    assert changed(place, before) == []


def test_after_a_day_the_record_says_what_the_night_removed_and_what_it_kept(place: Staging) -> None:
    execute(place.direct, SIGN_UP + DAY)
    tables = ("auth.users", "storage.objects", "cron.job")
    kept = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
    assert execute(place.url, kept) == [(41, 12, 1)]
    code, told, err = place.command()
    assert code == 0, (told, err)
    assert set(states(told).values()) == {"done"}
    assert execute(place.url, kept) == [(41, 12, 1)]
    steps = recorded(told)
    assert steps["diff"]["detail"].endswith("3 rows changed")
    assert steps["losses"]["facts"]["lost"] == {
        "public": {
            "QA's cases": {"before": 7, "after": None, "lost": 7},
            "feedback": {"before": 500, "after": 0, "lost": 500},
            "profiles": {"before": 41, "after": 41, "lost": 3},  # renamed by people; the others came back as they were
        }
    }
    assert steps["losses"]["facts"]["gone"] == {"public": ['table public."QA\'s cases"']}
    assert steps["losses"]["facts"]["missing"] == steps["losses"]["facts"]["changed"] == {}
    backup = steps["backup"]["facts"]["id"]
    assert backup in steps["losses"]["detail"]
    assert steps["after_restore"]["log"] == ["smoke test with postgresql"]
    sizes = {check["name"]: check for check in steps["health"]["checks"] if check["name"].startswith("size.")}
    assert sizes["size.database"]["value"] > sizes["size.snapshot"]["value"] - 10_048_240  # the images
    assert (sizes["size.database"]["limit"], sizes["size.storage"]["limit"]) == (500_000_000, 1_000_000_000)
    assert sizes["size.storage"]["value"] == 78_000
    # The trigger works: a new account gets a profile.
    execute(
        place.direct, 'INSERT INTO auth.users (id, raw_user_meta_data) VALUES (gen_random_uuid(), \'{"name": "Last"}\')'
    )
    assert execute(place.url, "SELECT count(*) FROM public.profiles WHERE name = 'Last'") == [(1,)]
    members = "SELECT tablename FROM pg_publication_tables WHERE pubname = 'supabase_realtime' ORDER BY 1"
    assert execute(place.url, members) == [("profiles",), ("recipes",)]
    page = Path(told["report"]).read_text("utf-8")
    message = json.dumps(place.slack.got[-1])
    for text in (page, message):
        assert "feedback" in text
        assert backup in text


def test_what_a_dashboard_made_and_no_migration_knows_is_a_finding(place: Staging) -> None:
    execute(
        place.direct,
        "ALTER PUBLICATION supabase_realtime ADD TABLE public.feedback;"
        "ALTER TABLE public.recipes FORCE ROW LEVEL SECURITY;"
        "CREATE TRIGGER by_hand AFTER UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();"
        "CREATE POLICY by_hand ON public.feedback FOR SELECT TO anon USING (true);"
        "GRANT SELECT ON public.feedback TO anon",
    )
    code, told, err = place.command()
    assert code == 1, (told, err)
    assert states(told)["losses"] == "failed"
    assert told["rolled_back"] == ""
    assert recorded(told)["losses"]["facts"]["missing"] == {
        "publications": ["publication relation public.feedback in publication supabase_realtime"],
        "triggers": ["trigger by_hand on auth.users"],
        "row_security": ["forced row level security of public.recipes"],
        "policies": ["policy by_hand on public.feedback"],
        "grants": ["SELECT for anon on table public.feedback"],
    }
    code, told, err = place.command()
    assert code == 0, (told, err)


@pytest.mark.parametrize("fault", ["migrate", "after_restore", "smoke"])
def test_a_night_that_fails_leaves_all_as_it_was(place: Staging, fault: str) -> None:
    execute(place.direct, SIGN_UP + DAY)
    if fault == "migrate":
        place.migration("20260501000000_broken", "DROP TRIGGER on_auth_user_created ON auth.users; SELECT nothing")
    elif fault == "after_restore":
        (place.root / "after" / "30_broken.sql").write_text("DELETE FROM public.profiles; SELECT 1 / 0")
    else:
        place.change(after_restore={"command": ["false"]})
    before = place.prints()
    code, told, err = place.command()
    assert code in {5, 6}, (told, err)
    assert states(told)["migrate" if fault == "migrate" else "after_restore"] == "failed"
    assert told["rolled_back"]
    assert changed(place, before) == []


@pytest.mark.parametrize(("cut", "count"), [("kill", KILLS), ("restart", KILLS // 2)])
def test_nights_that_are_cut_at_random_instants_leave_the_old_night_or_the_new_one(
    place: Staging, cut: str, count: int
) -> None:
    """In each step in turn, the night is killed, or its server restarts."""

    def differs(before: Fingerprint) -> list[str]:
        return [line for line in changed(place, before) if cut == "kill" or not _SKIPPED.match(line)]

    code, first, err = place.command()
    assert code == 0, (first, err)
    new = place.prints()
    execute(place.direct, DAY)
    old = place.prints()
    left = set()
    for step, delay in instants(count, seconds_of(first), 20_261_128):
        process = place.process()
        wait_for(process, step, delay)
        if cut == "kill":
            process.kill()
        else:
            restart(place)
        process.communicate()
        code, told, err = place.command("repair")
        assert code == 0, (step, told, err)
        if execute(place.url, "SELECT count(*) FROM basejump.accounts") == [
            (0,)
        ]:  # cut between restore and after_restore
            assert "its later steps may not have run" in told["steps"][0]["detail"]
            code, _, err = place.command("--only", "after_restore")
            assert code == 0, err
        left.add(require_old_or_new(place, told, old, new, differs))
        if differs(old):
            execute(place.direct, DAY)
            old = place.prints()
    assert {"old", "put back"} <= left or cut == "restart"  # the night itself puts back, once the server is there again
    code, told, err = place.command()
    assert code == 0, (told, err)
