"""The label printer: `Printer` is what the transaction calls, a driver a file."""

from vcchk.devices.printer.controller import Printer as Printer
