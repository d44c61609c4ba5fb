"""The command line: parse, run, render. `main` is what the `snap` program is."""

from snap_cli.main import main

__all__ = ["main"]
