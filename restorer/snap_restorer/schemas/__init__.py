"""Empty schemas, and create their objects again by migrations."""
