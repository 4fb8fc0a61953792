"""The C side of vcchk and the functions that compile it."""
