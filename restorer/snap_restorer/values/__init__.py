"""Conversion of values between a snapshot's columns and Postgres, one module for each direction."""
