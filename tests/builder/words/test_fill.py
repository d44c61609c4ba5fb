"""Test filling the name lists: a value keeps its script, and its spelling is safe in handles and e-mail addresses."""

import csv
import re
import unicodedata

import pytest

from snap_builder.words.fill import KINDS, LOCALES, WORLDCHEF, refresh, spell

SAFE = re.compile("[a-z0-9]+")
SCRIPTS = {
    "LATIN",
    *("DEVANAGARI", "BENGALI", "THAI"),
    *("CJK", "HIRAGANA", "HANGUL"),
    *("ARABIC", "HEBREW"),
}


def rows(folder):
    with (folder / "names.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


COMMITTED = rows(WORLDCHEF)


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("Łukasz", "lukasz"),
        ("Ólafur Þór", "olafurthor"),
        ("D’Angelo-Weiß", "dangeloweiss"),
        ("अमित", "amit"),
        ("অনন্যা", "annya"),
        ("สมชาย", "smchay"),
        ("丽华", "lihua"),
        ("さゆり", "sayuri"),
        ("경숙", "gyeongsug"),
        ("ليلى", "lyla"),
        ("אביגיל", "vygyl"),
        ("...", ""),
    ],
)
def test_a_name_is_spelled_in_letters_and_digits_of_ascii(name, spelling):
    assert spell(name) == spelling


def test_the_committed_names_are_of_every_script_and_each_has_a_safe_spelling():
    assert {unicodedata.name(row["value"][0]).split()[0] for row in COMMITTED} == SCRIPTS
    assert [row for row in COMMITTED if not SAFE.fullmatch(row["ascii"])] == []
    assert [row["value"] for row in COMMITTED if not SAFE.fullmatch(spell(row["value"]))] == []


@pytest.mark.slow
def test_a_refresh_fills_every_locale_and_kind_and_gives_the_same_bytes_again(tmp_path):
    first = refresh(tmp_path / "first").read_bytes()
    assert first == refresh(tmp_path / "second").read_bytes()
    filled = rows(tmp_path / "first")
    assert {(row["locale"], row["kind"]) for row in filled} == {(locale, kind) for locale in LOCALES for kind in KINDS}
    assert {row["locale"] for row in filled} == {row["locale"] for row in COMMITTED}
    assert [row for row in filled if not SAFE.fullmatch(row["ascii"])] == []
