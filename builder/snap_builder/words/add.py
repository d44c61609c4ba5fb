"""Lists of words for the templates of texts, filled from Faker by a command and committed.

`python -m snap_builder.words.add city --rows 200` writes `lists/city.txt`: a word a line, sorted, in a fixed draw. The
build reads these files and never Faker, whose lists change from release to release.
"""

from __future__ import annotations

import argparse
import sys
import unicodedata
import zlib
from pathlib import Path

from snap.extras import missing

try:
    from faker import Faker
except ModuleNotFoundError as error:
    needs = missing("words", str(error.name), "python -m snap_builder.words.add")
    raise SystemExit(f"error: {needs.message}\nhint: {needs.hint}") from None

LISTS = Path(__file__).parent / "lists"
PROVIDERS = {
    "first": "first_name",
    "last": "last_name",
    "word": "word",
    "city": "city",
    "street": "street_name",
    "company": "company",
    "job": "job",
    "country": "country",
    "color": "color_name",
}
_DRAWS = 200  # draws for each wanted word: popular words are drawn more often


def add(name: str, *, locale: str, rows: int) -> Path:
    """Write the list `name` of up to `rows` distinct words of a locale, and return its path."""
    fake = Faker(locale)
    fake.seed_instance(zlib.crc32(f"{locale} {name}".encode()))
    words: dict[str, None] = {}
    for _ in range(rows * _DRAWS):
        words.setdefault(unicodedata.normalize("NFC", getattr(fake, PROVIDERS[name])()))
        if len(words) == rows:
            break
    path = LISTS / f"{name}.txt"
    path.write_text("".join(f"{word}\n" for word in sorted(words)), "utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PROVIDERS)
    parser.add_argument("--locale", default="en_US")
    parser.add_argument("--rows", type=int, default=200)
    asked = parser.parse_args()
    sys.stdout.write(f"{add(asked.name, locale=asked.locale, rows=asked.rows)}\n")


if __name__ == "__main__":
    main()
