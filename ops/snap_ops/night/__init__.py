"""One night: its steps in order, its lease and journal, and what happens when one fails."""
