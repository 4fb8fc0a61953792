"""Programs for those who work on vcchk: what is generated in the repository. Not shipped."""
