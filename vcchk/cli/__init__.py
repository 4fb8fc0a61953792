"""The command line: ``vcchk <command>``."""
