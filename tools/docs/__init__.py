"""What tools/make_docs.py puts into docs/: code out of sources that tests run, tables out of vcchk's own data."""
