"""Show the result of `snap build --parts K/N`, which makes a share of a version's parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from snap.units import duration, plural, size
from snap_cli.render import Line, TimedResult, View

if TYPE_CHECKING:
    from snap_builder import Shared
    from snap_cli.forms.snapshots import ShareForm

_SHOWN = 20  # numbers of missing shares


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedResult(TimedResult):
    """The share of a version's parts that was made."""

    shared: Shared

    def document(self) -> ShareForm:
        shared = self.shared
        return {
            "version": shared.version,
            "dataset": shared.dataset,
            "share": shared.share.number,
            "shares": shared.share.of,
            "made": shared.made,
            "rows": [{"name": name, "rows": rows} for name, rows in shared.rows],
            "files": shared.files,
            "bytes": shared.bytes,
            "missing": list(shared.missing),
            "seconds": round(self.seconds, 3),
        }

    def view(self) -> View:
        shared, missing = self.shared, self.shared.missing
        rows = sum(rows for _, rows in shared.rows)
        what = f"{plural(shared.files, 'part')}, {plural(rows, 'row')}, {size(shared.bytes)}"
        done = f"made, {duration(self.seconds)}" if shared.made else "made already"
        shown = ", ".join(map(str, missing[:_SHOWN])) + (" …" if len(missing) > _SHOWN else "")
        then = (
            f"shares not made yet: {shown}" if missing else f"all shares are made; run: snap publish {shared.version}"
        )
        return Line(f"share {shared.share} of {shared.version}: {what}, {done}", "good"), Line(then, "dim")
