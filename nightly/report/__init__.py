"""A page for each night, that needs nothing but itself, and its record beside it as JSON.

write.py       files: the page, the record, latest.html, what is pruned; the step "report"
history.py     records of earlier nights, read from those files
view.py        what a page shows, from records; pure
plots.py       shapes of charts, as numbers and SVG paths; pure
page.html.j2   the page
"""

from nightly.report.view import HISTORY, page
from nightly.report.write import ReportSettings, ReportStep, Written, address, page_of, write_report

__all__ = ["HISTORY", "ReportSettings", "ReportStep", "Written", "address", "page", "page_of", "write_report"]
