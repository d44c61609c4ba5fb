"""The snapshot contract: types, schema, manifest, Parquet, store, checks; and the command line over them."""

__version__ = "0.1.0"
