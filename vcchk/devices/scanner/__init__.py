"""The barcode scanner: `Scanner` is what the transaction calls, a driver a file."""

from vcchk.devices.scanner.controller import Scanner as Scanner
