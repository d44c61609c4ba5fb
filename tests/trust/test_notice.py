"""Test that the notice names the sources of the committed word lists."""

from __future__ import annotations

from tests.paths import ROOT


def test_the_list_that_faker_fills_is_named_with_fakers_licence() -> None:
    text = (ROOT / "NOTICE").read_text(encoding="utf-8")
    (path,) = (word for word in text.split() if word.endswith("names.csv"))
    assert (ROOT / path).is_file()
    assert "Copyright (c) 2012 Daniele Faraglia" in text
    assert "The above copyright notice and this permission notice shall be included" in text


def test_what_spelled_the_names_is_named_with_its_licence() -> None:
    text = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "spelled by anyascii" in text
    assert "Hunter WB" in text
