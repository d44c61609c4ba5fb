"""`snap init --dataset`: start a project that builds a dataset that comes with snap."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from snap import config
from snap.config import BuildSettings
from snap.errors import UsageError
from snap.units import plural, some
from snap_cli import datasets
from snap_cli.context import Context
from snap_cli.project_files import SETTINGS, write_project
from snap_cli.render import Line, Result, View

if TYPE_CHECKING:
    from snap_builder import Dataset
    from snap_cli.forms.snapshots import InitForm


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedResult(Result):
    """The written files, and the dataset that the project builds."""

    dataset: Dataset
    files: tuple[str, ...]

    def document(self) -> InitForm:
        rows = self.dataset.profiles[self.dataset.default_profile]
        return {
            "dataset": self.dataset.name,
            "files": list(self.files),
            "tables": [
                {"name": label, "rows": int(count), "columns": {}, "always_null": []} for label, count in rows.items()
            ],
            "left": [],
            "changes": [],
        }

    def view(self) -> View:
        versions = tuple(self.dataset.versions)
        known = f"; its versions are {', '.join(versions)}" if versions else ""
        return (
            Line(f"the project builds dataset {self.dataset.name}, {plural(len(self.dataset.tables), 'table')}{known}"),
            Line(f"wrote {some(self.files)}" if self.files else "all files exist already; none was written"),
            Line(f"build it: snap build {versions[-1] if versions else 'v1'}", "dim"),
        )


def adopt(root: Path, name: str, context: Context) -> AdoptedResult:
    """Write the files of a project whose dataset is one that comes with snap. Errors: UsageError."""
    if name not in datasets.DATASETS:
        known = ", ".join(datasets.DATASETS)
        near = difflib.get_close_matches(name, datasets.DATASETS, n=1)
        raise UsageError(
            f"snap has no dataset {name!r}",
            f"did you mean {near[0]!r}? its datasets are: {known}" if near else f"its datasets are: {known}",
        )
    settings = root / SETTINGS
    if settings.exists() and config.read(settings, context.environment).section(BuildSettings, "build").dataset != name:
        raise UsageError(
            f"{settings} exists already, and does not name the dataset {name}",
            f'write dataset = "{name}" into its section [build]',
        )
    files = write_project(root, {}, f'\n[build]\ndataset = "{name}"\n')
    return AdoptedResult(dataset=datasets.DATASETS[name](), files=files)
