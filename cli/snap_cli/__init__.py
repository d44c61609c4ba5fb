"""The command line: parse, run, render. `main` is the entry point of the `snap` program."""

from snap_cli.main import main

__all__ = ["main"]
