"""Read committed schemas again and store the results: python -m tests.kept_schemas FOLDER ...

Run this after a change of a schema.sql, or of the content of schema.json.
"""

from __future__ import annotations

import sys
from pathlib import Path

from snap import durable
from snap.schema_json import schema_json
from snap_restorer import read_schema
from snap_restorer.local.embedded import Embedded
from tests.postgres import embedded_home


def main() -> None:
    with embedded_home() as home:
        try:
            for folder in map(Path, sys.argv[1:]):
                script = folder / "schema.sql"
                schema = read_schema([script], environment={"SNAP_DATA_DIR": str(home)})
                durable.write(folder / "schema.json", schema_json(schema, script.read_bytes()).encode())
        finally:
            Embedded(home=home).stop()


if __name__ == "__main__":
    main()
