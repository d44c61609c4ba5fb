"""The edge cases by name: rows for testers, which every build has.

A case sets columns and traits, and all columns that read these follow.
"""

import unicodedata
from collections.abc import Mapping

from snap.dataset import longest

Cases = Mapping[str, Mapping[str, object]]

_TAG = "quality.assurance+"
_DOMAIN = "@a-very-long-name-for-a-host.letters.example"
_SCHEDULED = "2026-11-09 09:00:00+00:00"

USERS: Cases = {
    "name of one word": {"display_name": "Nandini"},
    "name with an apostrophe": {"display_name": "Siobhán O’Malley-D'Angelo"},
    "name of 100 characters": {"display_name": longest(100)},
    "name in Cyrillic": {"display_name": "Зоряна Чернишенко"},
    "name in Greek": {"display_name": "Ευτυχία Παπαθανασίου"},
    "name from right to left": {"display_name": "شيماء عبد الرحيم"},
    "name in decomposed letters": {"display_name": unicodedata.normalize("NFD", "Zoë Ångström-Núñez")},
    "name with emoji of several characters": {"display_name": "Noor 👩🏽‍🍳🇧🇷"},
    "name with markup": {"display_name": '<b>Ada</b> & "Co" 100% \\o/'},
    "name of five: first": {"display_name": "Alex Kim"},
    "name of five: second": {"display_name": "Alex Kim"},
    "name of five: third": {"display_name": "Alex Kim"},
    "name of five: fourth": {"display_name": "Alex Kim"},
    "name of five: fifth": {"display_name": "Alex Kim"},
    "e-mail of 254 characters with a tag": {
        "email": _TAG + "x" * (254 - len(_TAG) - len(_DOMAIN)) + _DOMAIN,
    },
    "bio that is empty": {"bio": ""},
    "bio of two lines": {"bio": "Cook.\nReader of labels.\tTabs too."},
    "joined on a leap day": {"created_at": "2024-02-29 12:34:56.789+00:00"},
    "joined at midnight": {"created_at": "2026-01-01 00:00:00+00:00"},
    "joined in a whole second": {"created_at": "2025-12-24 18:00:00+00:00"},
    "joined in the hour that clocks repeat: first": {"created_at": "2025-10-26 00:30:00.5+00:00"},
    "joined in the hour that clocks repeat: again": {"created_at": "2025-10-26 01:30:00.5+00:00"},
    "joined as clocks went forward": {"created_at": "2026-03-29 01:00:00+00:00"},
    "more than 100 likes given": {"activity": 9_000, "created_at": "2024-11-20 08:15:00+00:00", "diets": 0},
}

RECIPES: Cases = {
    "title of 255 characters": {"title": longest(255)},
    "title in Cyrillic": {"title": "Бабусин рецепт на щодень"},
    "title in Greek": {"title": "Το κυριακάτικο της γιαγιάς"},
    "title from right to left": {"title": "وصفة جدتي ليوم الجمعة"},
    "title with emoji and markup": {"title": 'The <i>really</i> "good" one 👨‍👩‍👧‍👦 \\ 100%'},
    "one ingredient": {"lines_wanted": 1},
    "20 ingredients": {"lines_wanted": 20},
    "24 steps": {"steps_wanted": 24},
    "ingredient without quantity and unit": {"unmeasured": 1},
    "one serving": {"servings_wanted": 1},
    "50 servings": {"servings_wanted": 50},
    "no likes": {"status": "published", "appeal": 0},
    "more than 100 likes": {"status": "published", "appeal": 60_000, "deleted_at": None},
    "archived with an audience": {"status": "archived", "appeal": 1_500, "quality": 200, "deleted_at": None},
    "removed with an audience": {"status": "admin_removed", "appeal": 9_000, "quality": 200, "deleted_at": None},
    "scheduled for publication": {"status": "draft", "published_at": _SCHEDULED},
}

COLLECTIONS: Cases = {
    "50 items or more": {"size": 70, "theme": 3, "deleted_at": None},
    "gap in the positions": {"gap_after": 2, "size": 40, "theme": 3, "deleted_at": None},
    "description of two lines": {"description": 'First line\nsecond line, with 50% "quotes" and a \\ backslash'},
}

RATINGS: Cases = {
    "comment of several lines": {"comment": "Line one.\n\nLine three <br> & done."},
    "comment that is empty": {"comment": ""},
    "comment of emoji": {"comment": "👩🏽‍🍳🇧🇷👍🏿❤️‍🔥"},
}
