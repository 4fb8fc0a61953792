"""One HTTP exchange with a deadline, and what is told when it fails."""
