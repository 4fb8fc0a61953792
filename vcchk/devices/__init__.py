"""The three devices of a till: extension screen, label printer, barcode scanner.

`port` and `spool` carry bytes, drivers make and read them (pure functions), `screen.Screen`, `printer.Printer` and
`scanner.Scanner` are what the transaction calls. Nothing here is imported by a call that uses no device.
"""

LABELS_FOLDER = "labels"
"""Below the state folder: labels that are not printed yet (`printer.pending`)."""
