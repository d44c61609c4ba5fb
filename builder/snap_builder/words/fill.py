"""Refresh the committed name lists of WorldChef. Only this module and snap_builder.words.add use Faker.

`python -m snap_builder.words.fill` rewrites `names.csv` in the vocabulary folder of WorldChef. It needs the extra
`words`. The lists are committed and the build reads nothing else, because Faker adds, drops and reorders names from
release to release: a build that asked Faker would give other bytes after an upgrade. Run this to change the names on
purpose, and review the diff.

`names.csv` has the columns `locale,kind,value,ascii`. A value keeps its native script. `ascii` is what an e-mail
address may use of it, spelled character by character: Arabic and Hebrew come without the vowels that they do not write.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snap.extras import missing

try:
    from anyascii import anyascii
    from faker import Faker
except ModuleNotFoundError as error:
    needs = missing("words", str(error.name), "python -m snap_builder.words.fill")
    raise SystemExit(f"error: {needs.message}\nhint: {needs.hint}") from None

WORLDCHEF = Path(__file__).parents[1] / "datasets" / "worldchef" / "vocab"

# Locales for which Faker has names of women, men and families; places.csv holds the same locales. For a locale
# without names, such as ar_EG, Faker gives American names and no warning, which is right for en_CA only.
LOCALES = (
    *("en_US", "en_CA", "fr_CA"),
    *("es_MX", "pt_BR", "es_CO", "es_AR", "es_CL"),
    *("en_GB", "de_DE", "fr_FR", "it_IT", "pl_PL"),
    *("en_IN", "hi_IN", "bn_BD", "ne_NP"),
    *("ja_JP", "ko_KR", "zh_CN", "th_TH"),
    *("ar_AA", "he_IL", "tr_TR", "en_KE", "yo_NG"),
)
KINDS = {
    "first_f": ("first_name_female", 60),
    "first_m": ("first_name_male", 60),
    "last": ("last_name", 120),
}
DRAWS = 4_000  # draws per kind; popular names are drawn more often, and Faker's small lists are exhausted well before

# Without its marks a name is one or two words of letters: no titles, initials or ordinals (Faker has some).
_PLAIN = re.compile(r"(?!.* I+$)[^\W\d_]+(?:[ '’-][^\W\d_]+)?")
# Faker's Arabic surnames mix in tribes; those with an article or the ending -i are borne by families.
_SURNAMES = {"ar_AA": re.compile(r"ال\w+|\w+ي")}


def refresh(directory: Path) -> Path:
    """Write `names.csv` into a directory from Faker, and return its path.

    One Faker release gives the same bytes every time: each locale has a fixed seed, and rows are sorted. A
    kind has fewer rows than asked if Faker knows fewer names.
    """
    rows: list[tuple[str, str, str, str]] = []
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(zlib.crc32(locale.encode()))
        for kind, (method, count) in KINDS.items():
            names: dict[str, str] = {}
            for value, ascii_form in _draws(fake, method):
                if kind != "last" or locale not in _SURNAMES or _SURNAMES[locale].fullmatch(value):
                    names.setdefault(value, ascii_form)
                if len(names) == count:
                    break
            rows.extend((locale, kind, value, ascii_form) for value, ascii_form in names.items())
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "names.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("locale", "kind", "value", "ascii"))
        writer.writerows(sorted(rows))
    return path


def _draws(fake: Any, method: str) -> Iterator[tuple[str, str]]:
    """Yield names with their ASCII forms, without names of unusual form and names without a spelling."""
    pair = getattr(fake, f"{method}_pair", None)  # Japanese only: (kanji, kana, romanised)
    for _ in range(DRAWS):
        drawn, _kana, spoken = pair() if pair else (getattr(fake, method)(), "", "")
        value = unicodedata.normalize("NFC", drawn)
        ascii_form = spell(spoken or value)
        if ascii_form and _PLAIN.fullmatch(_without_marks(value)):
            yield value, ascii_form


def spell(name: str) -> str:
    """Return a name in [a-z0-9], for use in handles and in the local part of e-mail addresses."""
    return re.sub(r"[^a-z0-9]", "", anyascii(name).lower())


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c)[0] != "M")


def main() -> None:
    sys.stdout.write(f"{refresh(WORLDCHEF)}\n")


if __name__ == "__main__":
    main()
