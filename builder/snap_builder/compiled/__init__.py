"""Compile declarations and a schema into the plan of a build."""
