"""Generate docs/words.md from the docstrings of the words: `python -m snap_builder.reference > docs/words.md`.

docstrings.py  reads a word's docstring by its headings
examples.py    runs the code of an example over the schema of all examples
page.py        writes both as Markdown

`schema.sql` beside them is the schema of the examples, and `schema.json` that schema as a Postgres has read it.
"""
