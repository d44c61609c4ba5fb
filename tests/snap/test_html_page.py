"""Test pages of HTML: texts are shown and escaped, and the style is allowed by its hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from snap.html_page import breakable, renderer

CSS = "p { color: red; }\n"


def rendered(folder: Path, template: str, *, shown: Callable[[str], str] = str, **values: object) -> str:
    (folder / "page.css").write_text(CSS)
    (folder / "page.html.j2").write_text(template)
    return renderer(folder, "page.html.j2", shown=shown, filters={"twice": lambda text: text * 2, "name": breakable})(
        **values
    )


def test_a_text_is_shown_and_escaped_and_a_name_is_html_already(tmp_path: Path) -> None:
    text = rendered(tmp_path, "{{ a }} {{ a | twice }} {{ b | name }}", shown=str.upper, a="<b>", b="a_<i>.c")
    assert text == "&lt;B&gt; &lt;B&gt;&lt;B&gt; a_<wbr>&lt;i&gt;.<wbr>c"


def test_the_style_stands_as_it_is_with_the_hash_that_browsers_compute(tmp_path: Path) -> None:
    digest = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
    assert rendered(tmp_path, "{{ style }}{{ style_hash }}") == f"{CSS}sha256-{digest}"


def test_a_value_that_nobody_gave_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        rendered(tmp_path, "{{ nobody }}")
