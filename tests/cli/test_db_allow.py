"""Test snap db allow: a database is marked by its owner, and the mark is removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from snap_restorer import Target
from tests.fingerprint import changes, fingerprint
from tests.postgres import execute

PAIR = '[target]\ndb = "env:STAGING"\ndirect_db = "env:DIRECT"\n'


def test_a_mark_is_made_and_taken_back(snap: Callable[..., Any], project: Path, database: str) -> None:
    shown = Target(database).redacted
    ran = snap("db", "allow", "--db", database, "--yes", "--json")
    assert (ran.code, ran.document["urls"], ran.document["allowed"]) == (0, [shown], True)
    assert execute(database, "SELECT count(*) FROM snap.allowed") == [(1,)]
    ran = snap("db", "allow", "--revoke", "--db", database, "--json")
    assert (ran.code, ran.document["allowed"]) == (0, False)
    assert execute(database, "SELECT to_regclass('snap.allowed')") == [(None,)]
    assert f"{shown} has no mark" in snap("db", "allow", "--revoke", "--db", database).out
    assert f"nights may change {shown}" in snap("db", "allow", "--db", database, "--yes").out


@pytest.mark.slow
def test_it_asks_first(snap: Callable[..., Any], terminal: Callable[..., Any], project: Path, database: str) -> None:
    before = fingerprint(database)
    ran = snap("db", "allow", "--db", database)
    assert ran.code == 2
    assert "--yes" in ran.err
    ran = terminal("db", "allow", "--db", database, types="n\n")
    assert ran.code == 0
    assert "May nights replace what postgresql://" in ran.out
    assert "has no mark" in ran.out
    assert changes(before, fingerprint(database)) == []
    assert terminal("db", "allow", "--db", database, types="y\n").code == 0
    assert execute(database, "SELECT count(*) FROM snap.allowed") == [(1,)]


def test_what_may_not_be_marked_is_named(snap: Callable[..., Any], project: Path, databases: Callable[[], str]) -> None:
    one, other = databases(), databases()
    before = [fingerprint(url) for url in (one, other)]
    ran = snap("db", "allow", "--yes", "--json")
    assert ran.code == 2
    assert "the embedded Postgres needs no mark" in ran.error["message"]
    (project / "snap.toml").write_text(PAIR)
    ran = snap("db", "allow", "--yes", "--json", STAGING=one, DIRECT=other)
    assert ran.code == 5
    assert "are two databases" in ran.error["message"]
    (project / "snap.toml").write_text(f'{PAIR}protected = ["*/*"]\n')
    ran = snap("db", "allow", "--yes", "--json", STAGING=one, DIRECT=one)
    assert ran.code == 5
    assert "is protected" in ran.error["message"]
    for was, url in zip(before, (one, other), strict=True):
        assert changes(was, fingerprint(url)) == []
