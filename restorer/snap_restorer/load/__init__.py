"""Loading for mode replace: the plan of what is dropped meanwhile, rows encoded for COPY BINARY, and verification."""
