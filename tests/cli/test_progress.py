"""Test progress on a terminal: each phase is named, at any width, and no bar remains at the end."""

import pytest

from snap_cli.progress import Bars, told
from snap_cli.render import Style
from tests.cli.emulator import screen_of
from tests.paths import ROOT


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (76, "copy recipe_collection_items  12,345 of 600,000 rows  6,789 rows/s  1 min 05 s"),
        (66, "copy recipe_collection_items  12,345 of 600,000 rows  1 min 05 s"),
        (60, "copy recipe_collection_items  12,345 of 600,000 rows"),
        (38, "copy recipe_c…  12,345 of 600,000 rows"),
        (10, "copy recip"),
    ],
)
def test_what_there_is_no_room_for_is_left_out_and_no_number_is_cut(room, text):
    given = {"room": 80 if room == 76 else room}
    assert told("copy recipe_collection_items", 12_345, 600_000, 6_789.4, 65, **given) == text
    assert len(text) <= given["room"]


def test_work_that_counts_nothing_says_its_name_and_how_long_it_takes():
    assert told("commit", 0, None, None, 0.4, room=80) == "commit"
    assert told("put back constraints", 0, None, None, 12.4, room=80) == "put back constraints  12 s"


def test_a_note_above_the_bars_is_broken_between_words(capsys):
    from rich.progress import Progress

    with Progress(transient=True) as display:
        Bars(display, Style(tables=True, color=False, width=20)).note("a note of several words")
    assert "note: a note of\n  several words\n" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("width", [40, 200])
def test_a_build_and_a_check_name_their_phases_and_none_stands_at_its_end(project, width):
    seen = []

    def note(lines):
        seen.extend(line for line in lines if line not in seen)

    # Only phases of a tenth of a second or more are drawn, so both commands have many rules to check.
    screen_of(
        project, ("build", "x", "--dataset", "worldchef", "--scale", "1/3", "--postgres", "none"), width, seen=note
    )
    made, seen = seen, []
    assert _named(made, "check")
    screen_of(ROOT, ("check", "v1"), width, seen=note)
    assert _named(seen, "check")
    assert max(map(len, (*made, *seen))) <= width
    assert not [line for line in (*made, *seen) if _over(line)]


def _named(lines, *phases):
    return all(any(f" {phase} " in f"{line} " for line in lines) for phase in phases)


def _over(line):
    """Return whether a line reports all of its units as done."""
    words = line.split()
    return any(word == "of" and words[i - 1] == words[i + 1] and i > 1 for i, word in enumerate(words[:-1]) if i)
