"""The generator, without any dataset: pure functions of streams of random words.

streams.py    random words by seed, table, column and row number; uuids and choices from them
unique_pairs.py  pairs of parents that occur once
calendar.py   points in time
averages.py   averages of whole numbers
templates.py  texts and JSON documents
columns.py    NumPy vectors as Arrow columns
"""
