"""Inputs from elsewhere, altered at random, and the one law that every command obeys over them.

A kind of input (kinds/) plants an altered file or row, chosen by a seed, and names the command that meets it. A worker
runs the command in its own process by the program's own entry function, under a time limit, and judges what came of it
(law.py). Beside the project lies what nothing may touch (ground.py).

    FUZZ=parquet:17 pytest -m slow tests/fuzz            one input again, with all that it printed
    FUZZ=parquet:5000-9000 pytest -m slow tests/fuzz     other inputs
"""
