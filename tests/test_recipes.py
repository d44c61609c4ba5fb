"""Test that the recipes of docs/testing.md run as they are, in projects that meet their assumptions."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from snap_restorer import Server
from tests.cases.pytest_projects import Project
from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.process]

PAGE = (ROOT / "docs/testing.md").read_text("utf-8")
# What is there before a recipe is followed, by its heading.
GIVEN = {
    "SQLAlchemy": {},
    "asyncpg": {},
    "Alembic": {
        "alembic.ini": "[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\n",
        "migrations/versions/first.py": """
            revision, down_revision = "0001", None

            def upgrade():
                raise AssertionError("the snapshot holds this")
        """,
        "migrations/versions/second.py": """
            import sqlalchemy as sa
            from alembic import op

            revision, down_revision = "0002", "0001"

            def upgrade():
                op.add_column("recipes", sa.Column("headline", sa.Text))
                op.execute("UPDATE recipes SET headline = upper(title)")
        """,
    },
    "Django": {
        "site_settings.py": """
            DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "app"}}
            INSTALLED_APPS = ["kitchen"]
            SECRET_KEY = "x"
            USE_TZ = True
        """,
        "kitchen/__init__.py": "",
        "kitchen/models.py": """
            from django.db import models

            class Recipe(models.Model):
                id = models.UUIDField(primary_key=True)
                title = models.TextField()

                class Meta:
                    managed = False
                    db_table = "recipes"
        """,
    },
}
SETTINGS = {"Django": {"DJANGO_SETTINGS_MODULE": "site_settings", "pythonpath": "."}}


def recipe(heading: str) -> dict[str, str]:
    """Return the files of a recipe: each block of code begins with a file name."""
    (section,) = re.findall(rf"^### {heading}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    blocks = re.findall(r"^```python\n# (\S+)\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert len(blocks) == section.count("```") / 2
    return dict(blocks)


def test_every_recipe_of_the_page_is_tried() -> None:
    assert re.findall(r"^### (.+)$", PAGE, re.MULTILINE) == list(GIVEN)


@pytest.mark.parametrize("heading", GIVEN)
def test_a_recipe_runs(tmp_path: Path, pg: Server, heading: str) -> None:
    for name, text in (GIVEN[heading] | recipe(heading)).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
    settings = {"snap_server": pg.url("postgres"), "snap_version": "v3", "snap_root": str(ROOT)}
    project = Project(folder=tmp_path, settings=settings | SETTINGS.get(heading, {}))
    project.write()
    run = project.run("-q", *([] if heading == "Django" else ["-p", "no:django"]))
    assert run.code == 0, run.said
    assert run.counts.keys() == {"passed"}, run.said
