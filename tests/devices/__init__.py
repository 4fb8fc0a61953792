"""Tests of vcchk.devices: byte-exact exchanges, real pty lines, independent decoders, faults."""
