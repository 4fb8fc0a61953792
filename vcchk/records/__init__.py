"""What is written to the disk: log, journal, sealed values, platforms' rules; and the folder for all of it."""
