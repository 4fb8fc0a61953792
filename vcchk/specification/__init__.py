"""The specification as data: methods, field tables, dictionaries, and the field checks on them. No I/O."""

from vcchk.specification.checks import Deviation as Deviation
from vcchk.specification.checks import check as check
from vcchk.specification.checks import is_padded as is_padded
from vcchk.specification.dictionaries import DICTIONARIES as DICTIONARIES
from vcchk.specification.dictionaries import Hit as Hit
from vcchk.specification.dictionaries import dictionary as dictionary
from vcchk.specification.dictionaries import search as search
from vcchk.specification.methods import METHODS as METHODS
from vcchk.specification.methods import Method as Method
from vcchk.specification.methods import find as find
from vcchk.specification.methods import serial_number as serial_number
from vcchk.specification.tables import Field as Field
