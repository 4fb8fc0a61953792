"""The commands of `vcchk`, one a file: each has ``main(argv) -> int``."""
