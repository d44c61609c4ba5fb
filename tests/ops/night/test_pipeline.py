"""Test that a night changes nothing unless all of its URLs lead to one database and each of them is allowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from snap.errors import TargetError
from snap.progress import Silent
from snap_ops.night.pipeline import NotAllowedError, plan_night
from snap_restorer import Server, Target
from snap_restorer.pg import mark
from snap_restorer.pg.guard import Guard
from tests.fingerprint import changes, fingerprint
from tests.ops.night.bed import NOW, RESET, Bed, made, states
from tests.postgres import Servers, bouncer, bouncer_program, execute, name_of


def require_untouched(bed: Bed, other: str) -> None:
    """Run nights over the bed's database and another one, in both roles. Require that neither database changes."""
    execute(other, "CREATE TABLE IF NOT EXISTS customers (id int); INSERT INTO customers VALUES (1)")
    before = [fingerprint(url) for url in (bed.url, other)]
    one, two = Target(bed.url), Target(other)
    for target, direct in ((one, two), (two, one)):
        record = bed.night(bed.backup, RESET, bed.restore, target=target, direct=direct)
        assert (states(record), record.code) == ({"start": "failed"}, 5)
        assert "are two databases" in record.steps[0].detail
        assert set(record.urls) == {one.redacted, two.redacted}
        for url in record.urls:
            assert url in record.steps[0].detail
        with pytest.raises(TargetError, match="are two databases"):
            plan_night(bed.pipeline(bed.restore, target=target, direct=direct), now=NOW, progress=Silent())
    for was, url in zip(before, (bed.url, other), strict=True):
        assert changes(was, fingerprint(url)) == []
    assert not (bed.root / "backups").exists()


@pytest.mark.slow
def test_a_night_whose_two_urls_are_two_servers_changes_nothing_in_either(bed: Bed, all_servers: Servers) -> None:
    elsewhere = all_servers.get("17")
    if elsewhere is None:
        pytest.skip("no second server on this machine")
    name = name_of(bed.url)
    execute(elsewhere.url("postgres"), f'CREATE DATABASE "{name}"')
    try:
        require_untouched(bed, elsewhere.url(name))
    finally:
        execute(elsewhere.url("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_night_whose_two_urls_are_two_databases_changes_nothing_in_either(
    bed: Bed, databases: Callable[[], str]
) -> None:
    require_untouched(bed, databases())


@pytest.mark.slow
def test_a_night_whose_two_urls_are_a_server_and_its_physical_copy_changes_nothing_in_either(
    tmp_path: Path, copied: tuple[str, str]
) -> None:
    original, copy = copied
    bed = made(tmp_path, original)
    execute(original, "SELECT pg_catalog.pg_switch_wal()")
    require_untouched(bed, copy)


@pytest.mark.slow
@pytest.mark.skipif(bouncer_program() is None, reason="no PgBouncer on this machine")
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_night_through_a_pooler_of_the_same_database_goes_well(bed: Bed, pg: Server, mode: str) -> None:
    with bouncer(pg, "postgres", mode=mode) as port:
        pooled = Target(f"host=127.0.0.1 port={port} user=postgres dbname='{name_of(bed.url)}'")
        record = bed.night(bed.backup, RESET, bed.restore, target=pooled)
    assert states(record) == {"backup": "done", "reset": "done", "restore": "done"}
    assert record.urls == (Target(bed.url).redacted, pooled.redacted)
    assert record.document()["urls"] == list(record.urls)


@pytest.mark.slow
def test_each_url_is_judged(bed: Bed, pg: Server) -> None:
    before, name = bed.prints(), name_of(bed.url)
    local = Target(f"host={pg.socket} port={pg.port} user=postgres dbname='{name}'")
    for allowed in ("local/*", "127.0.0.1/*", "nobody@local/*"):
        with pytest.raises(NotAllowedError, match="not among the databases"):
            bed.night(bed.restore, target=local, guard=Guard(allowed=(allowed,)))
    record = bed.night(bed.restore, target=local, guard=Guard(protected=("local/*",), allowed=("*/*",)))
    assert (states(record), record.code) == ({"start": "failed"}, 5)
    assert bed.changes(before) == []
    assert bed.night(bed.restore, target=local, guard=Guard(allowed=("postgres@local/*", "127.0.0.1/*"))).ok


@pytest.mark.slow
def test_a_marked_database_needs_no_list(bed: Bed) -> None:
    mark.allow(Target(bed.url))
    assert bed.night(bed.backup, RESET, bed.restore, guard=Guard()).ok
    assert bed.night(bed.restore, guard=Guard(allowed=("elsewhere/*",))).ok
    mark.revoke(Target(bed.url))
    with pytest.raises(NotAllowedError):
        bed.night(bed.restore, guard=Guard())
