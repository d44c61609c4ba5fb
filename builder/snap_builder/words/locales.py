"""Names, places and phone numbers by locale and country, from the committed lists of WorldChef's people.

A pool has the names and places of one locale in one country. A column's value names pools by a locale (`de_DE`), a
country (`Germany`) or its code (`DE`). Canada has pools of two locales, and Arabic has pools in ten countries.

Phone numbers are from ranges that are reserved for examples (North America, the United Kingdom, Germany, France). In
other countries they continue with 000, with which no number begins.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from snap_builder.words.folding import FORMS

_VOCABULARY = Path(__file__).parents[1] / "datasets" / "worldchef" / "vocab"
_FILES = ("names.csv", "places.csv")
WORDS = ("first", "last", "city", "country", "phone")

# Country, ISO 3166 code, and how its phone numbers begin.
_COUNTRIES = (
    ("Argentina", "AR", "54"),
    ("Bangladesh", "BD", "880"),
    ("Brazil", "BR", "55"),
    ("Canada", "CA", "1"),
    ("Chile", "CL", "56"),
    ("China", "CN", "86"),
    ("Colombia", "CO", "57"),
    ("Egypt", "EG", "20"),
    ("France", "FR", "33"),
    ("Germany", "DE", "49"),
    ("India", "IN", "91"),
    ("Israel", "IL", "972"),
    ("Italy", "IT", "39"),
    ("Japan", "JP", "81"),
    ("Jordan", "JO", "962"),
    ("Kenya", "KE", "254"),
    ("Kuwait", "KW", "965"),
    ("Lebanon", "LB", "961"),
    ("Mexico", "MX", "52"),
    ("Morocco", "MA", "212"),
    ("Nepal", "NP", "977"),
    ("Nigeria", "NG", "234"),
    ("Oman", "OM", "968"),
    ("Poland", "PL", "48"),
    ("Qatar", "QA", "974"),
    ("Saudi Arabia", "SA", "966"),
    ("South Korea", "KR", "82"),
    ("Thailand", "TH", "66"),
    ("Tunisia", "TN", "216"),
    ("Türkiye", "TR", "90"),
    ("United Arab Emirates", "AE", "971"),
    ("United Kingdom", "GB", "44"),
    ("United States", "US", "1"),
)
_ALSO = {"turkey": "Türkiye", "uk": "United Kingdom", "usa": "United States", "korea": "South Korea"}
_NUMBERS = 1_000  # phone numbers in each country
# The area codes for reserved phone numbers; each has a hundred numbers.
_AREAS = {
    "Canada": (416, 604, 514, 403, 613, 204, 902, 780, 905, 250),
    "United States": (212, 312, 213, 713, 602, 215, 512, 415, 206, 617),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A locale, and a country where people of this locale live."""

    locale: str
    country: str

    def words(self, name: str, form: str = "") -> pa.StringArray:
        """Return the words of one kind in a form: as they are (`""`), in lower case (`lower`), `ascii` or `slug`."""
        return _words(self.locale, self.country, name, form)


@cache
def names() -> Mapping[str, tuple[Pool, ...]]:
    """Return pools by their names in lower case: locales, countries and country codes."""
    known: dict[str, list[Pool]] = {}
    codes = {country: code for country, code, _ in _COUNTRIES}
    for locale, country in dict.fromkeys((row["locale"], row["country"]) for row in _rows("places.csv")):
        pool = Pool(locale=locale, country=country)
        also = (name for name, named in _ALSO.items() if named == country)
        for name in (locale, locale.replace("_", "-"), country, codes[country], *also):
            known.setdefault(name.lower(), []).append(pool)
    return {name: tuple(pools) for name, pools in known.items()}


@cache
def shown() -> tuple[str, ...]:
    """Return the names of pools for messages: locales, countries and country codes."""
    locales = sorted({pool.locale for pools in names().values() for pool in pools})
    return (*locales, *(country for country, _, _ in _COUNTRIES), *(code for _, code, _ in _COUNTRIES))


@cache
def longest(name: str, form: str, locale: str) -> int:
    """Return the length of the longest word of a kind in the pools that `locale` names, or in all pools without it."""
    several = names().get(locale.lower()) or [pool for pools in names().values() for pool in pools]
    return max(pc.max(pc.utf8_length(pool.words(name, form))).as_py() for pool in dict.fromkeys(several))


def contents() -> Iterator[bytes]:
    """Yield the bytes of the committed lists."""
    for name in _FILES:
        yield (_VOCABULARY / name).read_bytes()


@cache
def _words(locale: str, country: str, name: str, form: str) -> pa.StringArray:
    values, letters = _listed(locale, country, name)
    if form == "ascii" and letters:
        return pa.array(letters, pa.string())
    formed = FORMS[form](pa.array(values, pa.string()))
    if form == "slug" and letters:  # a name in another script has no slug of its own
        return pc.if_else(pc.equal(formed, ""), pa.array(letters, pa.string()), formed)
    return formed


def _listed(locale: str, country: str, name: str) -> tuple[list[str], list[str]]:
    """Return the words of a pool, and their ASCII spellings if the lists have any. Popular words are repeated."""
    match name:
        case "first" | "last":
            rows = [row for row in _rows("names.csv") if row["locale"] == locale and row["kind"].startswith(name)]
            return [row["value"] for row in rows], [row["ascii"] for row in rows]
        case "city":
            rows = [row for row in _rows("places.csv") if (row["locale"], row["country"]) == (locale, country)]
            return [row["place"] for row in rows for _ in range(int(row["weight"]))], []
        case "country":
            return [country], []
        case _:
            return [_phone(country, number) for number in range(_NUMBERS)], []


def _phone(country: str, number: int) -> str:
    code = next(code for name, _, code in _COUNTRIES if name == country)
    match country:
        case "Canada" | "United States":
            return f"+1 {_AREAS[country][number // 100]} 555 01{number % 100:02}"
        case "United Kingdom":
            return f"+44 7700 900{number:03}"
        case "Germany":
            return f"+49 30 23125 {number:03}"
        case "France":
            return f"+33 1 99 00 {number // 100:02} {number % 100:02}"
        case _:
            return f"+{code} 000 5550 {number:03}"


@cache
def _rows(name: str) -> tuple[Mapping[str, str], ...]:
    with (_VOCABULARY / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
