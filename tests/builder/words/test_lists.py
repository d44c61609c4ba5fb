"""Test the committed word lists: sorted, distinct ignoring case, and visible."""

import pytest

from snap_builder.words.lists import LISTS


@pytest.mark.parametrize("name", LISTS)
def test_words_differ_whatever_their_case_and_can_be_seen(name):
    words = LISTS[name]
    assert len({word.lower() for word in words}) == len(words) >= 100
    assert list(words) == sorted(words)
    assert all(word.isprintable() and word == word.strip() for word in words)


def test_a_list_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError):
        LISTS["nothing"]
