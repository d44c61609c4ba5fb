"""Draw every photo and write the list of them anew.

python -m snap_builder.datasets.worldchef.media [FOLDER to keep them in]
"""

from __future__ import annotations

import sys
import tempfile
from importlib.metadata import version as installed
from pathlib import Path

from snap.progress import Silent
from snap_builder.datasets.worldchef.media.photos import PHOTOS, draw
from snap_builder.media import listing, make


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        made = make(folder, (photo.key for photo in PHOTOS), draw, jobs=2, progress=Silent())
    text = listing(made, {"pillow": installed("pillow")})
    Path(__file__).with_name("files.json").write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
