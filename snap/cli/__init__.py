"""The command line: parse, run, render. `main` is what the `snap` program is."""

from snap.cli.entry import main

__all__ = ["main"]
