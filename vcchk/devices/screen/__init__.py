"""The extension screen: `Screen` is what the transaction calls, a driver a file."""

from vcchk.devices.screen.controller import Screen as Screen
