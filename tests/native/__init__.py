"""The C side, tested from outside: programs that load the built library and do what hosts do."""
