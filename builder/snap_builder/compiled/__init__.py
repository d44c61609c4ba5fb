"""Declarations compiled over a schema, into the plan of a build."""
