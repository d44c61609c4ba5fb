"""Test that docs/cli.md agrees with the program's own help."""

from snap_cli.forms import FORMS
from snap_cli.reference import reference
from tests.paths import ROOT


def test_docs_cli_md_is_up_to_date():
    stored = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert stored == reference(), "run: make docs"


def test_every_command_lists_its_exit_codes_and_an_example():
    sections = reference().split("\n## ")[1:]
    assert len(sections) == len(FORMS) + 2  # four groups are no commands, --version and --help no sections
    for section in sections:
        if not section.startswith(("snap db\n", "snap backup\n", "snap nightly\n")):
            assert "Exit codes:" in section
            assert "Example:" in section
            assert "130  interrupted" in section
