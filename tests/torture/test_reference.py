"""Test an undisturbed restore into the hard target, which other tests compare with: only the snapshot's rows change."""

from __future__ import annotations

import pytest

from tests.fingerprint import changes, cluster, fingerprint, only, without
from tests.postgres import execute
from tests.torture.arena import MODES, OWNER, Arena, Mode

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_a_restore_changes_nothing_but_the_rows(arena: Arena, target: str, mode: Mode) -> None:
    around = cluster(arena.admin())
    arena.repaired(target, mode)
    assert changes(around, cluster(arena.admin())) == []
    found = fingerprint(arena.admin(target))
    assert changes(without(arena.old, "rows", "positions"), without(found, "rows", "positions")) == []
    changed = {line.split(":")[1].strip() for line in changes(only(arena.old, "rows"), only(found, "rows"))}
    tables = {"users", "recipes", "nutrition", "recipe_likes", "recipe_ratings", "user_follows"}
    assert changed == {f"public.{table}" for table in tables} | {
        "public.recipe_collections",
        "public.recipe_collection_items",
        "snap.ledger",
    }


def test_the_rows_are_those_of_a_restore_into_an_empty_database(arena: Arena) -> None:
    url = arena.admin("empty")
    execute(arena.admin(), f'CREATE DATABASE empty OWNER "{OWNER}"')
    assert arena.restore("new", "empty").code == 0
    plain = fingerprint(url)["rows"]
    arena.drop("empty")
    tables = [name for name in plain if name.startswith("public.") and name != "public.nutrition"]  # has a column more
    assert len(tables) == 7
    assert {name: plain[name] for name in tables} == {name: arena.new["rows"][name] for name in tables}
