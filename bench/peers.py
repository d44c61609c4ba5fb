"""Load Parquet by other loaders, one table at a time: python bench/peers.py adbc|duckdb CONNINFO ROOT VERSION.

Prints {"tables": {name: seconds}, "failed": {name: error}}, or {"unable": error}. Imports are not counted. The script
reads the manifest as JSON and does not import snap, so another Python with another DuckDB can run it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Load = Callable[[dict[str, Any], list[str]], None]


def main() -> None:
    kind, conninfo, root, version = sys.argv[1:]
    manifest = json.loads((Path(root) / "manifests" / f"{version}.json").read_text())
    folder = Path(root) / "snapshots" / version
    answer: dict[str, Any] = {"tables": {}, "failed": {}}
    try:
        load = {"adbc": adbc, "duckdb": duckdb}[kind](conninfo)
    except Exception as error:  # noqa: BLE001 - whatever it is goes into the answer
        print(json.dumps({"unable": _line(error)}))
        return
    for table in manifest["tables"]:
        files = [str(folder / file["path"]) for file in table["files"]]
        started = time.perf_counter()
        try:
            load(table, files)
        except Exception as error:  # noqa: BLE001 - whatever it is goes into the answer
            answer["failed"][table["name"]] = _line(error)
        else:
            answer["tables"][table["name"]] = time.perf_counter() - started
    print(json.dumps(answer))


def adbc(conninfo: str) -> Load:
    """Load record batches through ADBC's driver for Postgres, one transaction a table."""
    import adbc_driver_postgresql.dbapi as driver
    import pyarrow as pa
    import pyarrow.parquet as pq

    connection = driver.connect(conninfo)

    def batches(files: list[str]) -> Iterator[pa.RecordBatch]:
        for name in files:
            yield from (_plain(batch) for batch in pq.ParquetFile(name).iter_batches(16_384))

    def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
        # The driver does not support arrow.uuid and arrow.json, so it gets their storage types.
        columns = [c.storage if isinstance(c.type, pa.BaseExtensionType) else c for c in batch.columns]
        return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def load(table: dict[str, Any], files: list[str]) -> None:
        first = next(batches(files))
        reader = pa.RecordBatchReader.from_batches(first.schema, batches(files))
        try:
            with connection.cursor() as cursor:
                cursor.adbc_ingest(table["name"], reader, mode="append", db_schema_name=table["schema"])
            connection.commit()
        except Exception:
            connection.rollback()
            raise

    return load


def duckdb(conninfo: str) -> Load:
    """Run INSERT INTO ... SELECT through DuckDB's extension postgres, which writes by COPY, one transaction a table."""
    import duckdb as engine

    connection = engine.connect()
    try:
        connection.execute("INSTALL postgres")
        connection.execute("LOAD postgres")
    except engine.Error:
        bundled = [
            path
            for entry in sys.path
            for path in Path(entry).glob(f"duckdb_ext/extensions/v{engine.__version__}/*/postgres_scanner.*")
        ]
        if not bundled:
            raise
        connection.close()
        connection = engine.connect(config={"allow_unsigned_extensions": "true"})
        connection.execute(f"LOAD {_text(str(bundled[0]))}")
    connection.execute(f"ATTACH {_text(conninfo)} AS target (TYPE postgres)")

    def load(table: dict[str, Any], files: list[str]) -> None:
        stored = [column for column in table["columns"] if not column["generated"]]
        columns = ", ".join(_name(column["name"]) for column in stored)
        values = ", ".join(map(_value, stored))
        into = f"target.{_name(table['schema'])}.{_name(table['name'])} ({columns})"
        names = ", ".join(map(_text, files))
        connection.execute(f"INSERT INTO {into} SELECT {values} FROM read_parquet([{names}])")

    return load


def _value(column: dict[str, Any]) -> str:
    """Return the SQL of a column of a snapshot's file as DuckDB's type; files store an interval in three parts."""
    name = _name(column["name"])
    if column["logical"] == "interval":
        return f"to_months({name}.months) + to_days({name}.days) + to_microseconds({name}.microseconds)"
    return name


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


if __name__ == "__main__":
    main()
