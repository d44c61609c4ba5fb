"""Render the templates of this folder: how names, values, numbers and histograms are written. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from snap.html_page import breakable, renderer
from snap.overview import LONGEST, Histogram
from snap.redact import visible
from snap.units import measured, plural, shortened, size
from snap_cli.changes import left_out_text, schema_text

_MOST_TEXT = 400  # the most characters of a text that is no value
_BAR, _HIGH = 10, 32  # the width of a bar and the height of the chart, before the page stretches it


@lru_cache
def template(name: str) -> Callable[..., str]:
    """Return a function that renders a template of this folder."""
    return renderer(
        Path(__file__).parent,
        name,
        shown=visible,
        filters={
            "bars": _bars,
            "measured": lambda check, value: measured(check.name, value),
            "name": lambda text: breakable(visible(shortened(text, _MOST_TEXT))),
            "number": lambda value: f"{value:,}",
            "plural": plural,
            "schema_text": schema_text,
            "left_out_text": left_out_text,
            "share": _share,
            "size": size,
            "text": lambda text: shortened(str(text), _MOST_TEXT),
            "value": lambda text: shortened(text, LONGEST),
        },
    )


def _bars(histogram: Histogram) -> Markup:
    """Return a histogram's bars as an SVG path. A range with at least one row has a visible bar."""
    most = max(histogram.rows)
    heights = [-(-_HIGH * rows // most) for rows in histogram.rows]
    shape = "".join(
        f"M{number * _BAR} {_HIGH}v-{height}h{_BAR - 1}v{height}z" for number, height in enumerate(heights) if height
    )
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="histogram" viewBox="0 0 {_BAR * len(heights) - 1} {_HIGH}" preserveAspectRatio="none" '
        f'aria-hidden="true"><path d="{shape}"/></svg>'
    )


def _share(part: int, whole: int) -> str:
    """Return a share in percent. 0 and 100 are only returned for exactly none and all."""
    if part in (0, whole) or whole == 0:
        return "100 %" if part else "0 %"
    tenths = min(max(round(1000 * part / whole), 1), 999)
    return f"{tenths / 10:g} %"
