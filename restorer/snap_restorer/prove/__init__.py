"""The contents of a database and the speed of its queries, as `snap health` and `snap status` read them."""
