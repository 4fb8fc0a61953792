"""Tests of telling what was scanned."""
