"""Show a snapshot to people: one self-contained HTML file, and entity diagrams as text.

view.py        the content of the page, from a manifest and its overview; pure
page.html.j2   the page
entities.py    the tables and references of each diagram; pure
layout.py      the positions of boxes and lines; pure
drawing.py     the diagram as SVG; pure
texts.py       the diagram as Mermaid and as DBML; pure
"""

from snap_cli.page.texts import dbml, mermaid
from snap_cli.page.view import page

__all__ = ["dbml", "mermaid", "page"]
