"""The datasets that `snap build` knows, by name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from snap.errors import UsageError

if TYPE_CHECKING:
    from snap_builder.dataset import Dataset

DEFAULT = "worldchef"


def _worldchef() -> Dataset:
    from snap_builder.datasets.worldchef import dataset  # noqa: PLC0415

    return dataset()


DATASETS: Mapping[str, Callable[[], Dataset]] = {"worldchef": _worldchef}


def find(name: str) -> Dataset:
    """Return the dataset called `name`. Errors: UsageError that names the known ones."""
    if name not in DATASETS:
        near = difflib.get_close_matches(name, DATASETS, n=1)
        known = f"these are known: {', '.join(DATASETS)}"
        raise UsageError(f"there is no dataset {name!r}", f"did you mean {near[0]!r}? {known}" if near else known)
    return DATASETS[name]()
