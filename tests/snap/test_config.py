"""Test reading sections of snap.toml into dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from snap.config import Days, Origin, Secret, Size, read, salvage, section
from snap.errors import UsageError
from snap.redact import declare, scrub

ORIGIN = Origin(file="snap.toml", folder=Path("/project"), environment={"KEY": "s3cret"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    deep: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    text: str
    folder: Path | None = None
    keep: int = 7
    days: Days = 7
    share: float = 0.9
    limit: timedelta = timedelta(seconds=1)
    size: Size | None = None
    key: Secret | None = None
    mode: Literal["a", "b"] = "a"
    names: tuple[str, ...] = ()
    fast: bool = False
    within: Within = field(default_factory=Within)


def test_what_is_given_is_read_and_the_rest_has_its_default() -> None:
    given = {
        "text": "t",
        "folder": "x/y",
        "share": 1,
        "limit": "1.5 min",
        "size": "50 MB",
        "key": "env:KEY",
        "mode": "b",
        "names": ["n"],
        "fast": True,
        "within": {"deep": 2},
    }
    some = section(Some, given, "some", ORIGIN)
    assert (some.folder, some.share, some.limit, some.size) == (
        Path("/project/x/y"),
        1.0,
        timedelta(seconds=90),
        50_000_000,
    )
    assert some.key is not None
    assert some.key.reveal() == "s3cret"
    assert "s3cret" not in repr(some)
    assert (some.mode, some.names, some.fast, some.within, some.keep) == ("b", ("n",), True, Within(deep=2), 7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "lacks some.text"),
        ({"text": "t", "texts": 1}, "unknown setting some.texts"),
        ({"text": ""}, "some.text is '', not a text"),
        ({"text": "t", "keep": True}, "some.keep is True, not a whole number"),
        ({"text": "t", "limit": "10 parsecs"}, r"some.limit is '10 parsecs', not a time such as '10 min'"),
        ({"text": "t", "limit": 10}, "some.limit is 10"),
        ({"text": "t", "size": "50 MiB"}, "some.size is '50 MiB'"),
        ({"text": "t", "mode": "c"}, "some.mode is 'c', not one of a, b"),
        ({"text": "t", "names": "n"}, "some.names is 'n', not a list"),
        ({"text": "t", "names": [1]}, r"some.names\[0\] is 1, not a text"),
        ({"text": "t", "within": {"deeper": 1}}, "unknown setting some.within.deeper"),
        ({"text": "t", "within": 1}, "some.within is 1, not a section"),
        ({"text": "t", "folder": 1}, "some.folder is 1, not a path"),
        ({"text": "a\0b"}, r"some.text is 'a\\x00b', not a text without NUL"),
        ({"text": "t", "folder": "a\0b"}, r"some.folder is 'a\\x00b', not a text without NUL"),
        ({"text": "t", "limit": "999999999999 h"}, "some.limit is '999999999999 h', more than 24 d"),
        ({"text": "t", "limit": "9" * 400 + " h"}, "some.limit is .*, more than 24 d"),
        ({"text": "t", "size": "9" * 400 + " GB"}, "some.size is .*, more than 1000000 GB"),
        ({"text": 16**5_000}, "some.text is a number of thousands of digits, not a text"),
        ({"text": "t", "keep": 10**400}, "some.keep is .*, more than 1000000000"),
        ({"text": "t", "keep": -(10**12)}, "some.keep is .*, less than -1000000000"),
        ({"text": "t", "days": 36_501}, "some.days is 36501, more than 36500"),
        ({"text": "t", "share": float("inf")}, "some.share is inf, more than 1000000000"),
        ({"text": "t", "share": float("nan")}, "some.share is nan, not a number"),
        ({"text": "t", "share": 10**400}, "some.share is .*, more than 1000000000"),
    ],
)
def test_what_is_wrong_is_named_with_what_it_takes(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        section(Some, given, "some", ORIGIN)


def test_a_secret_in_the_file_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match=r"some.key is not written as env:NAME") as raised:
        section(Some, {"text": "t", "key": "hunter2"}, "some", ORIGIN)
    assert "hunter2" not in str(raised.value.hint)


def test_a_secret_that_is_not_set_is_missed_where_it_is_needed() -> None:
    with pytest.raises(UsageError, match=r"\$NONE is not set"):
        Secret("NONE", {}).reveal()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[targets]", "unknown section 'targets'"),
        ("[target]\nproteced = []", r"unknown setting target\.proteced"),
        ("[build]\njbos = 2", r"unknown setting build\.jbos"),
        ("target = []", r"target is \[\], not a section"),
        ("[target", "cannot be read"),
        ("[build]\njobs = " + "9" * 5_000, "cannot be read"),
        ("[build]\njobs = " + "[" * 5_000, "cannot be read"),
        ("target = 0x" + "f" * 5_000, "target is a number of thousands of digits"),
    ],
)
def test_a_file_is_refused_whichever_of_its_sections_is_asked_for(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "snap.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as refused:
        read(path, {})
    assert refused.value.hint


def test_some_settings_of_a_section_are_read_whatever_the_others_say(tmp_path: Path) -> None:
    path = tmp_path / "snap.toml"
    path.write_text("[health]\ntext = 't'\nkeep = 'many'\nunknown = 1\n")
    assert read(path, {}).section(Some, "health", only=("text",)) == Some(text="t")
    with pytest.raises(UsageError, match=r"health\.keep is 'many'"):
        read(path, {}).section(Some, "health", only=("text", "keep"))


def test_a_value_and_a_secret_are_looked_at_when_their_section_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "snap.toml"
    path.write_text("[build]\njobs = 'many'\n[target]\ndb = 'env:NONE'\n[health]\nanything = 1\n")
    assert "health" in read(path, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lax:
    text: str = ""
    keep: int = 7


BOTH = Lax(text="t", keep=4)


@pytest.mark.parametrize(
    ("text", "read_from_it"),
    [
        ("[health]\ntext = 't'\nkeep = 4\n", BOTH),
        ("[health]\ntext = 't'\nkeep = 'many'\n", Lax(text="t")),
        ("[health]\ntext = 't'\nkeep = 4\nunknown = 1\n", BOTH),
        ("[health]\ntext = 't'\nkeep = 4 days\n", Lax(text="t")),
        ("[nightly]\nversion = v3\n[health]\ntext = 't'\nkeep = 4\n", BOTH),
        ("[health]\ntext = 't' # \U0001f4a5\nkeep = 4\n[nightly.limits\nkeep = 5", BOTH),
        ("[health\ntext = 't'\nkeep = 4\n", BOTH),
        ("[heatlh]\ntext = 't'\nkepe = 4\n", BOTH),
        ("[heatlh]\nkeep = 3\n[health]\ntext = 't'\nkeep = 4\nkepe = 5\n", BOTH),
        ("health = 3", Lax()),
        ("health = [", Lax()),
        ("[health]\nkeep = " + "[" * 5_000, Lax()),
        ("[health]\nkeep = 0x" + "f" * 5_000, Lax()),
        ("", Lax()),
        ("\x00\ufffe", Lax()),
    ],
)
def test_what_can_be_read_is_read_whatever_else_the_file_holds(tmp_path: Path, text: str, read_from_it: Lax) -> None:
    path = tmp_path / "snap.toml"
    path.write_text(text)
    assert salvage(path, {}).readable(Lax, "health") == read_from_it


def test_a_file_that_is_not_there_or_no_text_has_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"[health]\ntext = 't'\n# \xe9\nkeep = 4\n")
    assert salvage(tmp_path / "latin", {}).readable(Lax, "health") == BOTH
    for path in (tmp_path, tmp_path / "none"):
        assert salvage(path, {}).readable(Lax, "health") == Lax()


def test_secrets_of_a_file_that_cannot_be_read_are_known_as_secrets(tmp_path: Path) -> None:
    path = tmp_path / "snap.toml"
    path.write_text("[notify]\nslack = 'env:HOOK'\n[nightly\nversion = v3\n")
    salvage(path, {"HOOK": "topsecret-hook"})
    assert scrub("to topsecret-hook") == "to ***"
    declare(())
