"""Make a site of these pages with Sphinx: `make site`."""

import posixpath
import re
from pathlib import Path

from docutils import nodes
from pygments.lexers.special import TextLexer
from pygments.lexers.sql import PostgresLexer
from sphinx.application import Sphinx

from snap.version import __version__

project = "snap"
author = "the contributors of snap"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc"]
default_role = "code"  # single backticks, as the docstrings have them
autodoc_typehints_format = "short"
nitpick_ignore_regex = [("py:.*", ".*")]  # types that a signature names have no page
exclude_patterns = ["ci", "nightly/schedule"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "snap"
html_search_scorer = str(Path(__file__).with_name("search_order.js"))
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^):#]+)(?:#[^)]*)?\)")


def complete(_: Sphinx, page: str, source: list[str]) -> None:
    """List a folder's pages below its README. A link to a file beside docs/, which is no page, becomes its text.

    Decisions stay out of the sidebar, which would list them on every page: their README links to each one.
    """
    source[0] = LINK.sub(
        lambda link: link[1] if posixpath.normpath(f"{page}/../{link[2]}").startswith("..") else link[0], source[0]
    )
    if page.startswith("decisions/"):
        source[0] = source[0] if page.endswith("/README") else f"---\norphan: true\n---\n\n{source[0]}"
    elif page.endswith("/README"):
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n[a-z0-9]*\n```\n"


def pass_over_decisions(app: Sphinx, _: nodes.document) -> None:
    """Leave decisions out of the search: their words are those of every page."""
    if app.env.docname.startswith("decisions/"):
        app.env.metadata[app.env.docname]["nosearch"] = True


def setup(app: Sphinx) -> None:
    app.add_lexer("sql", PostgresLexer)
    app.add_lexer("mermaid", TextLexer)
    app.connect("source-read", complete)
    app.connect("doctree-read", pass_over_decisions, priority=900)
