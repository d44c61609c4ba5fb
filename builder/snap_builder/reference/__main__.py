"""Print docs/words.md."""

import sys

from snap_builder.reference.page import page

sys.stdout.write(page())
