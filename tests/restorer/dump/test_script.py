"""Test parsing the data script that pg_restore prints, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_restorer.dump.script import events

SCRIPT = b"""--
-- PostgreSQL database dump
--

\\restrict abc

SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Data for Name: t; Type: TABLE DATA
--

COPY public."odd;
FROM stdin;" (a, "it's") FROM stdin;
1\tCOPY x FROM stdin;
2\t\\\\.
3\t'
\\.


--
-- Data for Name: empty; Type: TABLE DATA
--

COPY public.empty (a) FROM stdin;
\\.

SELECT pg_catalog.setval('public."a;
''b"', 7, true);

BEGIN;

SELECT pg_catalog.lo_open('16400', 131072);
SELECT pg_catalog.lowrite(0, '\\x6869');
SELECT pg_catalog.lo_close(0);

COMMIT;

\\unrestrict abc
"""
MEANS = [
    ("copy", b'COPY public."odd;\nFROM stdin;" (a, "it\'s") FROM stdin;'),
    ("rows", b"1\tCOPY x FROM stdin;\n2\t\\\\.\n3\t'\n"),
    ("end", b""),
    ("copy", b"COPY public.empty (a) FROM stdin;"),
    ("end", b""),
    ("statement", b"SELECT pg_catalog.setval('public.\"a;\n''b\"', 7, true);"),
    ("statement", b"SELECT pg_catalog.lo_open('16400', 131072);"),
    ("statement", b"SELECT pg_catalog.lowrite(0, '\\x6869');"),
    ("statement", b"SELECT pg_catalog.lo_close(0);"),
]


def joined(pieces):
    found = []
    for kind, text in events(pieces):
        if kind == "rows" and found[-1][0] == "rows":
            found[-1] = (kind, found[-1][1] + text)
        else:
            found.append((kind, text))
    return found


def test_a_script_is_taken_apart():
    assert joined([SCRIPT]) == MEANS


@given(st.lists(st.integers(0, len(SCRIPT)), max_size=40))
def test_any_cut_gives_the_same(cuts):
    places = [0, *sorted(cuts), len(SCRIPT)]
    assert joined(SCRIPT[a:b] for a, b in zip(places, places[1:], strict=False)) == MEANS


@pytest.mark.parametrize("end", [SCRIPT.index(b"\n1\t") + 5, SCRIPT.index(b"\\.\n"), SCRIPT.index(b"''b")])
def test_a_script_that_is_cut_off_is_refused(end):
    with pytest.raises(ValueError, match="ends in the middle"):
        list(events([SCRIPT[:end]]))
