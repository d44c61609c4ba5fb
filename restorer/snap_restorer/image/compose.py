"""The compose service that runs an image of a snapshot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from snap.manifest import Manifest
from snap_restorer.image.context import tag
from snap_restorer.image.data_folder import require_name
from snap_restorer.local.roles import OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeRequest:
    """The options of a compose file.

    `context` is the image's folder, relative to the compose file. `port` is the port on the host.
    """

    context: Path
    database: str
    port: int
    written_by: str


def compose(manifest: Manifest, request: ComposeRequest) -> str:
    """Return the text of a compose file with one service. Errors: UsageError for a name that is not possible."""
    context = request.context.as_posix()
    values = {
        "version": manifest.version,
        "digest": manifest.digest,
        "database": require_name(request.database),
        "owner": OWNER,
        "port": str(request.port),
        "written_by": request.written_by,
        "context": context if context.startswith(("/", "..")) else f"./{context}",
        "image": tag(request.database, manifest.version),
    }
    template = resources.files(__package__).joinpath("files", "compose.yaml").read_text("utf-8")
    # JSON strings are valid YAML. compose would interpret a dollar sign in a string.
    quoted = {name: json.dumps(value.replace("$", "$$"))[1:-1] for name, value in values.items()}
    return Template(template).substitute(quoted)
