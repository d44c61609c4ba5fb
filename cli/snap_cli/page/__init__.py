"""Show data to people: pages of one HTML file each, and entity diagrams as text.

view.py             the content of a snapshot's page, from a manifest and its overview; pure
comparison.py       the content of a diff's page; pure
rendering.py        how the templates write names, values and numbers; pure
frame.html.j2       what every page has; snapshot.html.j2 and diff.html.j2 fill it
changes.html.j2     the differences of two sides, for both pages
entities.py         the tables and references of each diagram; pure
layout.py           the positions of boxes and lines; pure
drawing.py          the diagram as SVG; pure
texts.py            the diagram as Mermaid and as DBML; pure
"""

from snap_cli.page.comparison import comparison
from snap_cli.page.texts import dbml, mermaid
from snap_cli.page.view import Earlier, page

__all__ = ["Earlier", "comparison", "dbml", "mermaid", "page"]
