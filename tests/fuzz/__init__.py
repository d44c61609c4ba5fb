"""Fuzz every command with randomly altered inputs; all of them must obey one law.

A kind of input (kinds/) plants a file or row altered by a seed, and names the command that reads it. A worker runs the
command in its own process through the program's entry function, under a time limit, and checks the outcome against the
law (law.py). Beside the project are files that nothing may touch (ground.py).

    FUZZ=parquet:17 pytest -m slow tests/fuzz            one input again, with all that it printed
    FUZZ=parquet:5000-9000 pytest -m slow tests/fuzz     other inputs
"""
