"""Mode replace: all rows of a snapshot in place of those that a target holds."""
