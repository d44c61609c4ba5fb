"""Write a self-contained page for each night, and its record beside it as JSON.

files.py       writes the record, the page and latest.html, and removes old files
history.py     records of earlier nights, read from those files
view.py        what a page shows, from records; pure
samples.py     differing rows, from the record; pure
trends.py      the small charts; pure
plots.py       shapes of charts, as numbers and SVG paths; pure
page.html.j2   the page
"""

from snap_ops.report.files import LATEST, ReportSettings, Samples, WrittenReport, night_before, write_report
from snap_ops.report.view import HISTORY, page

__all__ = ["HISTORY", "LATEST", "ReportSettings", "Samples", "WrittenReport", "night_before", "page", "write_report"]
