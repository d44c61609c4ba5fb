"""Makers of columns that a declaration does not name: by constraint, by name, by type, by neighbours.

kinds.py        the types that values are made as
checks.py       what CHECKs ask of columns
conditions.py   CHECKs over several columns, as functions of a row
joint.py        columns that such CHECKs couple, chosen together
references.py   which columns name a parent, and what they share with it
unique_keys.py  what makes keys hold
combinations.py keys of columns that have few values
positions.py    columns that count the rows of a parent
exclusions.py   what overlaps in no two rows
order.py        numbers and moments that come after others
letters.py      texts in lower or upper case
documents.py    JSON documents and arrays
markers.py      columns that tell whether a row counts for a unique index over some rows
partials.py     words for such columns
polymorphic.py  columns that name rows of several tables
names.py        what columns are called, and what they then hold
columns.py      the maker of a column, of all that is known of it
shapes.py       words by a database's statistics
"""
