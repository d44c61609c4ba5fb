"""Test the pools of names, places and phone numbers: every locale, in ASCII too, in ranges reserved for examples."""

from __future__ import annotations

import re

import pytest

from snap_builder.words.locales import WORDS, longest, names, shown

POOLS = sorted({pool for pools in names().values() for pool in pools}, key=str)
RESERVED = {
    "United States": r"\+1 \d{3} 555 01\d\d",
    "Canada": r"\+1 \d{3} 555 01\d\d",
    "United Kingdom": r"\+44 7700 900\d{3}",
    "Germany": r"\+49 30 23125 \d{3}",
    "France": r"\+33 1 99 00 \d\d \d\d",
}


@pytest.mark.parametrize("pool", [pytest.param(pool, id=f"{pool.locale} {pool.country}") for pool in POOLS])
def test_a_pool_has_words_of_every_kind_in_every_form(pool):
    for name in WORDS:
        for form, pattern in (("ascii", "[a-z0-9]+"), ("slug", "[a-z0-9]+(-[a-z0-9]+)*")):
            assert all(re.fullmatch(pattern, word) for word in pool.words(name, form).to_pylist()), (name, form)
        assert len(pool.words(name)) == len(pool.words(name, "ascii")) == len(pool.words(name, "lower"))


@pytest.mark.parametrize("pool", [pytest.param(pool, id=f"{pool.locale} {pool.country}") for pool in POOLS])
def test_phone_numbers_are_nobodys(pool):
    pattern = RESERVED.get(pool.country, r"\+\d{2,3} 000 5550 \d{3}")
    phones = pool.words("phone").to_pylist()
    assert len(set(phones)) == len(phones) == 1_000
    assert all(re.fullmatch(pattern, phone) for phone in phones)


def test_a_pool_is_named_by_locale_country_and_code():
    assert [names()[name] for name in ("germany", "de", "de-de")] == [names()["de_de"]] * 3
    assert {pool.locale for pool in names()["canada"]} == {"en_CA", "fr_CA"}
    assert {pool.country for pool in names()["ar_aa"]} > {"Egypt", "Jordan"}
    assert {name.lower() for name in shown()} <= set(names())


def test_the_longest_word_is_of_the_locale_or_of_all():
    assert longest("country", "", "de_DE") == len("Germany")
    assert longest("country", "", "region") == len("United Arab Emirates")
