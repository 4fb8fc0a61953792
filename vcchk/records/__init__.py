"""What is written down: the log, the journal, what is sealed, the folder they lie in."""
