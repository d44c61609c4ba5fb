"""Write a self-contained page for each night, and its record beside it as JSON.

files.py       the record, the page, latest.html, and what is too old
history.py     records of earlier nights, read from those files
view.py        what a page shows, from records; pure
samples.py     rows that differ, from the record; pure
trends.py      what the small charts show; pure
plots.py       shapes of charts, as numbers and SVG paths; pure
page.html.j2   the page
"""

from snap_ops.report.files import LATEST, ReportSettings, Samples, WrittenReport, night_before, write_report
from snap_ops.report.view import HISTORY, page

__all__ = ["HISTORY", "LATEST", "ReportSettings", "Samples", "WrittenReport", "night_before", "page", "write_report"]
