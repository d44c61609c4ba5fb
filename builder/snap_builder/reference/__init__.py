"""docs/words.md, made from the docstrings of the words: `python -m snap_builder.reference > docs/words.md`.

docstrings.py  what a word's docstring says, by its headings
examples.py    the code of an example, run over the schema of all examples
page.py        both as Markdown

`schema.sql` and `schema.json` beside them are the schema of the examples, and what a Postgres has read of it.
"""
