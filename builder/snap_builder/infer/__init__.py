"""Infer makers for columns that a declaration does not name: by constraint, by name, by type, by other columns.

kinds.py        the types in which values are made
checks.py       the bounds that CHECKs set for single columns
contradictions.py  CHECKs that no value meets
conditions.py   CHECKs over several columns as functions of a row
joint.py        values of columns that such CHECKs couple, chosen together
references.py   the columns that reference a parent, and the columns that a row shares with its parent
unique_keys.py  makers that keep keys unique
combinations.py keys whose columns have few values
positions.py    columns that count the rows of a parent
exclusions.py   times and ranges that do not overlap
order.py        numbers and moments that have to come after others
letters.py      texts in lower or upper case
texts.py        texts by regular expression, DEFAULT, name and type
defaults.py     texts by the form of a column's DEFAULT
documents.py    JSON documents and arrays
markers.py      columns that decide whether a row belongs to a partial unique index
partials.py     words for these columns
polymorphic.py  columns that name rows of several tables
names.py        words by the name of a column
columns.py      the makers of all columns of a table
shapes.py       words by the statistics of a database
"""
