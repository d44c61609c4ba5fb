"""Generate docs/cli.md from the live commands: `python -m snap_cli.reference > docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from snap_cli.app import command

_WIDTH = 100
_HEAD = """\
# The command line

Made by `make docs` from the live help; a test fails when it is stale. `python -m snap` is the same program.

- stdout carries the result; stderr carries progress, notes, warnings and errors. Progress bars appear only
  on a terminal. `NO_COLOR` and `--quiet` are honoured; a closed stdout ends quietly. No password is printed, except
  by `snap db url --password`.
- With `--json` stdout is exactly one JSON document, on failure too: `{"error": {"kind", "message", "reasons",
  "hint"}}`, kind one of usage, snapshot, check, target, service, interrupted, internal. A command that has a result
  and still fails (a check failed, a version was not reproduced, one of the manifests is corrupt) prints its result
  with that `error` added.
- `snap schema` prints the JSON Schema of each of these documents. Sizes are bytes, times seconds, counts rows where a
  field names no other unit. `--version` and `--help` obey `--json` too.
- Without `--json` an error is two lines on stderr, `error: …` and `hint: …`. Several reasons stand between them, one
  per line. `SNAP_DEBUG=1` adds the traceback.
- Options that every command has may stand before it too: `snap --json list`.
- The root is `--root`, else `$SNAP_ROOT`, else the nearest folder upwards that holds `snap.toml`, or both
  `manifests/` and `snapshots/`.
- A flag overrides the environment, and the environment overrides `snap.toml`: `--jobs`, then `$SNAP_JOBS`, then `jobs`
  in section `[build]`.
- Section `[target]` of `snap.toml` has the lists `protected` and `allowed`, of patterns
  `[USER@]HOST[:PORT]/DATABASE` (a Unix socket is the host `local`). No flag allows replacing a protected database.
  Databases on the list `allowed`, and databases that `snap db allow` has marked, need no `--yes`. If there is a list
  `allowed`, all other databases need it.
- The database is `--db`, else `$SNAP_DB_URL`, else, for status, diff, health, backup and nightly, the one that
  `[target]` names, else the embedded Postgres. restore, capture and fit take a database by flag or environment only,
  and say so where `snap.toml` names one; capture and fit never use the embedded Postgres by themselves.
  `DATABASE_URL` is never read.
- Environment: `SNAP_ROOT`, `SNAP_DB_URL`, `SNAP_JOBS`, `SNAP_DEBUG`, `SNAP_MASK_KEY` (the key of the
  pseudonyms of `capture --mask`), and for the embedded Postgres `SNAP_DATA_DIR` (its folder) and `SNAP_PG_BIN` (other
  Postgres programs). Each project has its own embedded Postgres: the path of the project's root determines the data
  folder and the port, unless `SNAP_DATA_DIR` names one folder for all projects.
"""


def reference() -> str:
    """Return the text of docs/cli.md."""
    root = command()
    context = root.make_context("snap", [], resilient_parsing=True, terminal_width=_WIDTH, max_content_width=_WIDTH)
    return "\n".join([_HEAD, *_sections(root, context)])


def _sections(node: Any, context: Any) -> Iterator[str]:
    help_text = "\n".join(line.rstrip() for line in node.get_help(context).splitlines())
    yield f"## {context.command_path}\n\n```text\n{help_text}\n```\n"
    for name, child in getattr(node, "commands", {}).items():
        settings = {"parent": context, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
        yield from _sections(child, child.make_context(name, [], resilient_parsing=True, **settings))


if __name__ == "__main__":
    sys.stdout.write(reference())
