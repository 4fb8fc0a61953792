"""vcchk: an open, tested replacement for VirtualCardChk.dll."""

__version__ = "0.1.0"
