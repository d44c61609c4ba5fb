"""Test folding texts to ASCII: accents are removed, letters stay, and slugs have hyphens between words."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snap_builder.words.folding import ascii_of, slug_of


@pytest.mark.parametrize(
    ("text", "letters", "slug"),
    [
        ("São Paulo", "saopaulo", "sao-paulo"),
        ("Łódź", "lodz", "lodz"),
        ("Weiß & Söhne GmbH", "weisssohnegmbh", "weiss-sohne-gmbh"),
        ("L’Hôpital d'Ærø", "lhopitaldaero", "lhopital-daero"),
        ("  Ijmuiden--2 ", "ijmuiden2", "ijmuiden-2"),
        ("İstanbul Ilgın", "istanbulilgin", "istanbul-ilgin"),
        ("東京", "", ""),
        (None, None, None),
    ],
)
def test_accents_are_folded(text, letters, slug):
    texts = pa.array([text], pa.string())
    assert ascii_of(texts).to_pylist() == [letters]
    assert slug_of(texts).to_pylist() == [slug]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_becomes_letters_digits_and_single_hyphens(text):
    texts = pa.array([text], pa.string())
    assert re.fullmatch("[a-z0-9]*", ascii_of(texts)[0].as_py())
    assert re.fullmatch("([a-z0-9]+(-[a-z0-9]+)*)?", slug_of(texts)[0].as_py())
