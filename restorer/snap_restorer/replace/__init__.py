"""Mode replace: all rows of a snapshot replace the rows of the target's tables."""
