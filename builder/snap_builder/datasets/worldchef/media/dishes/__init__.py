"""The dishes that are photographed, each with what it is served on. A dish draws itself on a canvas."""
