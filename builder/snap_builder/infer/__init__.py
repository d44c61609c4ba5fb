"""Makers of columns that a declaration does not name: by constraint, by name, by type, by neighbours.

checks.py    what CHECKs ask of columns
conditions.py  CHECKs over several columns, as functions of a row
joint.py     columns that such CHECKs couple, chosen together
names.py     what columns are called, and what they then hold
columns.py   the maker of a column, of all that is known of it
"""
