"""Pages of HTML for people: one file, no script, nothing loaded from elsewhere. No other module imports jinja2."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape


def renderer(
    folder: Path, template: str, *, shown: Callable[[str], str], filters: Mapping[str, Callable[..., Any]]
) -> Callable[..., str]:
    """Return a function that renders a template of a folder. The template knows the folder's page.css as `style`.

    `style_hash` is the style's hash for a content security policy that allows no other style. Every text goes through
    `shown` and is escaped.
    """
    style = Markup((folder / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - a file of ours
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FileSystemLoader(folder),
        finalize=lambda value: shown(value) if type(value) is not Markup and isinstance(value, str) else value,
    )
    environment.filters |= filters
    environment.globals |= {
        "style": style,
        "style_hash": f"sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}",
    }
    return environment.get_template(template).render


def breakable(name: str) -> Markup:
    """Return a name as HTML that may break after underscores, points and slashes."""
    return Markup(re.sub(r"([_./])", r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped; re would escape again
