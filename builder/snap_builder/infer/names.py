"""Choose words by the names of columns: texts, numbers and moments, in the common cases."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import product
from typing import TypeVar

from snap_builder.declare import choice, during, integer, lognormal, moment, money, text
from snap_builder.declare.maker import Maker
from snap_builder.declare.moments import Moment
from snap_builder.declare.text import Text
from snap_builder.engine.calendar import DAY
from snap_builder.words.lists import LISTS

T = TypeVar("T")
_SHORTER = (16, 12, 8, 6)  # the most characters of a word, if a column is too short for all words
_MANY = 999_999  # rows
_FEW = 12  # the least number of words in a list of short words
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# (words of a name, templates from the longest to the shortest). The first template that fits is taken.
_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"e ?mail", ("{first|lower}.{last|lower}{n}@mail.example", "{first|lower}{n}@a.example", "u{n}@a.example")),
    (r"(first|given|fore) ?name", ("{first}",)),
    (r"(last|family|sur) ?name|surname", ("{last}",)),
    (r"(user|login|screen|nick) ?name|login|handle|nickname|username", ("{first|lower}{n}", "u{n}")),
    (r"(full|display|contact|real|customer|author|person) ?name|contact|author|owner|artist", ("{first} {last}",)),
    (r"(company|organi[sz]ation|business|vendor|supplier|publisher|brand|firm|employer)( ?name)?", ("{company}",)),
    (r"(job|position|contact)? ?(title of courtesy)", ("Dr.",)),
    (r"(job|contact) ?title|job|occupation|profession|designation", ("{job}",)),
    (r"(phone|mobile|fax|tel|telephone|cell)( ?(number|no|num))?", ("+1 555 01{##}", "555-01{##}", "01{##}")),
    (r"(street|address|addr|ship address|billing address)( ?(line)? ?1)?", ("{##} {street}", "{street}")),
    (r"(address|addr)( ?line)? ?[23]|district|suburb", ("{word} {##}", "{##}")),
    (r".*city|town|locality", ("{city}",)),
    (r".*country|nation", ("{country}",)),
    (r".*(zip|postal|post) ?(code)?|zip|postcode|plz", ("{#####}", "{####}", "{##}")),
    (r"slug|permalink", ("{word|lower}-{word|lower}-{n}", "{word|lower}-{n}", "{n}")),
    (
        r".*(url|uri|website|link|homepage|site)",
        ("https://www.{word|lower}.example/{n}", "https://a.example/{n}", "/{n}"),
    ),
    (r".*(image|avatar|photo|picture|thumbnail|logo|icon)( ?(url|path))?", ("https://img.example/{n}.png", "{n}.png")),
    (r".*(file ?name|file|path|attachment)", ("{word|lower}/{word|lower}-{n}.txt", "{n}.txt")),
    (r"(mime|content|media) ?type", ("text/plain", "text")),
    (r".*(ip|ip address|remote addr)", ("192.0.2.{#}",)),
    (r".*host( ?name)?|domain", ("{word|lower}.example", "a.example")),
    (r"user agent", ("Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0")),
    (
        r".*(token|secret|hash|digest|checksum|password|salt|fingerprint|api ?key)",
        ("{################}{################}", "{################}", "{########}"),
    ),
    (r".*(colou?r)", ("{color}", "red")),
    (r".*(time ?zone|tz)", ("Europe/Berlin", "UTC")),
    (r".*(locale|language|lang)( ?code)?", ("en-US", "en")),
    (r".*currency( ?code)?", ("EUR",)),
    (
        r".*(title|subject|headline|caption|heading)",
        ("{word} {word|lower} {word|lower}", "{word} {word|lower}", "{word}"),
    ),
    (
        r".*(description|body|content|bio|note|notes|comment|comments|message|summary|text|details|remarks|about|reason|overview|synopsis)",
        ("{word} {word|lower} {word|lower} {word|lower} {word|lower} {word|lower}.", "{word} {word|lower}", "{word}"),
    ),
    (
        r".*(sku|code|number|no|ref|reference|serial|barcode|isbn|ean)",
        ("{word|lower}-{n}", "{######}", "{####}", "{##}"),
    ),
    (r".*name|label|tag", ("{word} {word|lower}", "{word}")),
)
_PEOPLE = re.compile(
    r".*(user|person|people|customer|employee|author|actor|member|staff|patient|student|teacher|contact|profile|artist)s?"
)
_CHOICES: tuple[tuple[str, dict[object, int]], ...] = (
    (r".*(status|state)", {"active": 70, "pending": 20, "archived": 10}),
    (r"gender|sex", {"female": 49, "male": 49, "other": 2}),
    (r".*(type|kind|category|level|role|mode)", {"standard": 60, "special": 30, "other": 10}),
    (r".*(priority|severity)", {"low": 50, "medium": 35, "high": 15}),
)
_NUMBERS: tuple[tuple[str, Callable[[], Maker]], ...] = (
    (
        r".*(price|amount|cost|total|fee|salary|balance|subtotal|tax|budget|freight|value|revenue|payment)",
        lambda: money(1, 900, shape=lognormal(40, "0.9")),
    ),
    (
        r".*(quantity|qty|units|seats|count|number of .*|copies|items)",
        lambda: integer(1, 20, shape=lognormal(3, "0.7")),
    ),
    (r"age", lambda: integer(18, 80)),
    (r".*year", lambda: integer(1990, 2025)),
    (r".*month", lambda: integer(1, 12)),
    (r".*(rating|score|stars)", lambda: integer(1, 5)),
    (r".*(percent|percentage|rate|ratio|discount)", lambda: money(0, 1)),
    (r".*(latitude|lat)", lambda: money(-60, 70)),
    (r".*(longitude|lng|lon|long)", lambda: money(-180, 180)),
    (
        r".*(size|bytes|length|width|height|weight|duration|milliseconds|seconds|minutes|runtime)",
        lambda: integer(1, 30_000, shape=lognormal(300, "1.0")),
    ),
    (r".*(position|sort|order|rank|sequence|priority|level)", lambda: integer(1, 100)),
    (r".*port", lambda: integer(1_024, 32_000)),
    (r".*version", lambda: integer(1, 9)),
)
_MOMENT = r"( at| on| date| time)?"
# Moments that come after the row's first moment, and the percentage of rows without them.
_LATER: tuple[tuple[str, int], ...] = (
    (
        rf".*(deleted?|archived?|removed?|cancell?ed|cancel|banned|locked|revoked){_MOMENT}",
        90,
    ),
    (rf".*(closed?|suspended|stopped|failed|rejected|refunded|left|lost){_MOMENT}", 80),
    (rf".*(updated?|modified|changed|edited|last .*|seen|activity|login){_MOMENT}", 0),
    (
        r".*(publish|publishe|shippe|ship|pai|complete|finishe|finish|end|ende|ends|return|returne|confirme|verifie|"
        "sent|read|resolve|accepte|approve|processe|delivere|require|until|to|expire|expires|expiry|expiration|done|due|"
        "fulfille|decline|dismisse|answere|replie|settle|claime|redeeme|activate|"
        rf"notifie|reviewe|checke|exporte|ran|run|won|used)d?{_MOMENT}",
        20,
    ),
)
_LIVES, _RECENT = during("-70y", "-18y"), during("-2y")  # births of living people, and all other moments
_BORN = re.compile(r".*(birth|born|dob|birthday)( at| on| date| day)?|date of birth")
# Moments since when a row exists, which rows that reference it come after: nobody joins a club that is not there yet.
_SINCE = (
    "create|insert|adde?|joine?|registere?|signe?d? up|opene?|founde?|hire|enrolle?|subscribe|ordere?|place|rental|"
    "purchase|invoice|booke?|issue"
)
_BEGAN = re.compile(rf".*({_SINCE})d?{_MOMENT}")
_FIRST = re.compile(rf".*({_SINCE}|starts?|starte|begin|payment|since|from|date|time|at|on|timestamp)d?{_MOMENT}")


def spoken(name: str) -> str:
    """Return a column's name as lower-case words: `createdAt` and `created_at` become `created at`."""
    return " ".join(word.lower() for word in _WORDS.findall(name))


def _lookup(table: Iterable[tuple[str, T]], name: str) -> T | None:
    """Return the entry of a lookup table for a name: for all words of the name, else for its last words.

    For example, `contact email` has the entry of `email`.
    """
    words = spoken(name).split()
    for start in range(len(words)):
        rest = " ".join(words[start:])
        for pattern, value in table:
            if re.fullmatch(pattern, rest):
                return value
    return None


def text_for(
    name: str, table: str, *, room: int | None, rows: int, unique: bool, at_least: int = 0
) -> tuple[Text, bool] | None:
    """Return a word for a text from `at_least` to `room` characters long, or None if no text fits.

    The second value is whether the column's name was recognised. If possible, texts with row numbers also fit at a
    million rows, because a larger build may not change the texts of a smaller one.
    """
    words = spoken(name)
    templates = _lookup(_TEXTS, name)
    recognised = templates is not None
    if words == "name" and _PEOPLE.fullmatch(spoken(table)):
        templates = ("{first} {last}", *(templates or ()))
    sentence = " ".join(["{word}", *["{word|lower}"] * (at_least // 3)])
    digits = [] if unique or room is None else ["{" + "#" * min(room, 6) + "}"]
    listed = (*(templates or ()), "{word} {word|lower}", sentence, "{word}", *digits, "{n}")
    for count, template in product((max(rows, _MANY), rows), listed):
        numbered = f"{template} {{n}}" if unique and "{n}" not in template else template
        for most in (None, *_SHORTER):
            made = text(numbered, longest_word=most)
            fits = room is None or (made.longest(count) <= room and _has_choice(made))
            if fits and made.shortest() >= at_least:
                return made, recognised
    return None


def _has_choice(made: Text) -> bool:
    return all(len(made.words_of(name)) >= _FEW for name in LISTS if f"{{{name}" in made.template)


def is_free_text(name: str) -> bool:
    """Return whether a name stands for a text, and not for one of a few values."""
    return _lookup(_TEXTS, name) is not None and _lookup(_CHOICES, name) is None


def choice_for(name: str, *, room: int | None) -> Maker | None:
    """Return a word for one of the values that a name stands for, or None if one of them does not fit."""
    found = _lookup(_CHOICES, name)
    if found is None or (room is not None and max(len(str(value)) for value in found) > room):
        return None
    return choice(found)


def number_for(name: str) -> Maker | None:
    """Return a word for the number that a name stands for, or None for an unknown name."""
    make = _lookup(_NUMBERS, name)
    return None if make is None else make()


def later(name: str) -> int | None:
    """Return the percentage of rows without a moment of this name, if it follows the row's first moment, else None."""
    return _lookup(_LATER, name)


def moment_for(name: str) -> tuple[Moment, bool]:
    """Return a word for a moment, and whether the column's name was recognised."""
    words = spoken(name)
    if _BORN.fullmatch(words):
        return moment(_LIVES), True
    return moment(_RECENT, growth=2), _FIRST.fullmatch(words) is not None


def days_for(name: str) -> tuple[int, int]:
    """Return the begin and end of the usual period for a moment's name, in days from as-of."""
    period = _LIVES if _BORN.fullmatch(spoken(name)) else _RECENT
    return period.begin // DAY, period.end // DAY


def began(name: str) -> bool:
    """Return whether a name stands for the moment from which on other rows may reference the row."""
    return _BEGAN.fullmatch(spoken(name)) is not None


def first_moment(names: Iterable[str]) -> str | None:
    """Return the column of the moment at which a row was created, such as created_at, or None if there is none."""
    candidates = [name for name in names if later(name) is None and not _BORN.fullmatch(spoken(name))]
    begins = [name for name in candidates if re.match(r"(create|insert|start|begin|join|order|open)", spoken(name))]
    return next(iter(begins or candidates), None)
