"""Test that docs/words.md agrees with the docstrings of the words."""

import pytest

from snap_builder.reference.page import page
from tests.paths import ROOT


@pytest.mark.slow
def test_docs_words_md_is_up_to_date():
    assert (ROOT / "docs" / "words.md").read_text("utf-8") == page(), "run: make docs"
