"""docs/words.md is what the words say of themselves."""

from snap_builder.reference.page import page
from tests.paths import ROOT


def test_docs_words_md_is_up_to_date():
    assert (ROOT / "docs" / "words.md").read_text("utf-8") == page(), "run: make docs"
