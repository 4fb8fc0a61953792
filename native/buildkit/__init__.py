"""The build, packaging and demonstration of vcchk: one file a step, standard library only until the .venv exists."""
