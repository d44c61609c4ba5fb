"""Mode replace: a plan of what has to give way, rows encoded for COPY BINARY, everything back as it was."""
