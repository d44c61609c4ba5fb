"""Test which database a command means, and the settings of [target] in snap.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from snap.config import Settings, read
from snap.errors import UsageError
from snap_cli.context import Context
from snap_cli.guard import read_guard
from snap_cli.target import named, unread
from snap_restorer import Guard

BOTH = '[target]\ndb = "env:POOLER"\ndirect_db = "env:SERVER"\n'
ADDRESSES = {"POOLER": "host=pooler dbname=app", "SERVER": "host=server dbname=app"}


def settings(folder: Path, text: str) -> Settings:
    path = folder / "snap.toml"
    path.write_text(text)
    return read(path, ADDRESSES)


def context(**environment: str) -> Context:
    return Context(environment=environment)


def test_databases_are_protected_and_allowed_by_host_and_name(tmp_path: Path) -> None:
    text = '[target]\nprotected = ["db.example.com/app", "*/production"]\nallowed = ["local/*"]\n'
    guard = Guard(protected=("db.example.com/app", "*/production"), allowed=("local/*",), yes=True)
    assert read_guard(settings(tmp_path, text), yes=True) == guard


def test_an_empty_list_is_a_list_and_none_is_not(tmp_path: Path) -> None:
    assert read_guard(settings(tmp_path, "[target]\nallowed = []")) == Guard(allowed=())
    assert read_guard(settings(tmp_path, "[build]\njobs = 2")) == Guard(allowed=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'protected = "*/production"',
            r"target.protected in snap.toml is '\*/production', not a list of \[USER@\]HOST\[:PORT\]/DATABASE",
        ),
        ("allowed = {}", "target.allowed in snap.toml is {}, not a list"),
        (
            'protected = ["production"]',
            r"target.protected in snap.toml holds 'production', which is not \[USER@\]HOST\[:PORT\]/DATABASE",
        ),
        ("allowed = [1]", r"target.allowed in snap.toml holds 1, which is not \[USER@\]HOST\[:PORT\]/DATABASE"),
        ("proteced = []", r"unknown setting target\.proteced"),
    ],
)
def test_a_list_that_makes_no_sense_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refused:
        read_guard(settings(tmp_path, f"[target]\n{text}"))
    assert refused.value.hint


def test_an_address_in_the_file_is_refused_where_it_is_used_and_only_there(tmp_path: Path) -> None:
    literal = settings(tmp_path, '[target]\ndb = "postgresql://me:hunter2@h/x"\nprotected = ["*/x"]')
    assert read_guard(literal) == Guard(protected=("*/x",))
    assert "does not use the database of [target]" in unread(literal)
    target = named(context(), "host=a", literal)
    assert target is not None
    assert target.conninfo == "host=a"
    with pytest.raises(UsageError, match=r"target\.db is not written as env:NAME") as refused:
        named(context(), None, literal)
    assert "hunter2" not in refused.value.message + refused.value.hint


def test_every_command_that_reads_the_file_refuses_lists_that_make_no_sense(tmp_path: Path) -> None:
    (tmp_path / "snap.toml").write_text('[target]\nallowed = "*/x"')
    asked = Context(root_flag=tmp_path, environment={})
    assert "target" in asked.settings_file()
    with pytest.raises(UsageError, match=r"target\.allowed in snap\.toml is"):
        asked.settings()


def test_the_flag_counts_before_the_environment_and_both_before_the_file(tmp_path: Path) -> None:
    about = settings(tmp_path, BOTH)
    target = named(context(SNAP_DB_URL="host=b"), "host=a", about)
    assert target is not None
    assert target.conninfo == "host=a"
    target = named(context(SNAP_DB_URL="host=b"), None, about)
    assert target is not None
    assert target.conninfo == "host=b"
    assert named(context(DATABASE_URL="host=c"), None) is None


@pytest.mark.parametrize(
    ("text", "pooled", "direct"),
    [
        (BOTH, "host=pooler dbname=app", "host=server dbname=app"),
        (BOTH.replace("direct_db", "# direct_db"), "host=pooler dbname=app", "host=pooler dbname=app"),
        (BOTH.replace("\ndb", "\n# db"), "host=server dbname=app", "host=server dbname=app"),
    ],
)
def test_the_file_names_the_database_and_its_server(tmp_path: Path, text: str, pooled: str, direct: str) -> None:
    about = settings(tmp_path, text)
    found = [named(context(), None, about, direct=flag) for flag in (False, True)]
    assert [target and target.conninfo for target in found] == [pooled, direct]


def test_an_empty_flag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the database's URL is empty"):
        named(context(), " ", settings(tmp_path, BOTH))


def test_who_does_not_read_the_file_says_so_only_where_it_names_a_database(tmp_path: Path) -> None:
    assert "does not use the database of [target]" in unread(settings(tmp_path, BOTH))
    assert unread(settings(tmp_path, '[target]\nprotected = ["*/x"]')) == ""
