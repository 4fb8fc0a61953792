"""The specification as data: methods, field tables, dictionaries, and the field checks on them. No I/O."""

from vcchk.interfaces.checks import Finding as Finding
from vcchk.interfaces.checks import check as check
from vcchk.interfaces.dictionaries import DICTIONARIES as DICTIONARIES
from vcchk.interfaces.dictionaries import Hit as Hit
from vcchk.interfaces.dictionaries import dictionary as dictionary
from vcchk.interfaces.dictionaries import search as search
from vcchk.interfaces.methods import METHODS as METHODS
from vcchk.interfaces.methods import Field as Field
from vcchk.interfaces.methods import Method as Method
from vcchk.interfaces.methods import find as find
from vcchk.interfaces.methods import serial_number as serial_number
