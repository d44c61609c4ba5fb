"""A snapshot for people to look at: one HTML file that needs nothing but itself, and entity diagrams as text.

view.py        what the page shows, from a manifest and its overview; pure
page.html.j2   the page
entities.py    what each diagram draws; pure
layout.py      where boxes and lines lie; pure
drawing.py     the diagram as SVG; pure
texts.py       the diagram as Mermaid and as DBML; pure
"""

from snap_cli.page.texts import dbml, mermaid
from snap_cli.page.view import page

__all__ = ["dbml", "mermaid", "page"]
