"""vcchk: an open, tested replacement for VirtualCardChk.dll."""

__version__ = "0.2.0"
