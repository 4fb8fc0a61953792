"""VirtualCardChk.ini as frozen records, and where the library's files lie."""

from vcchk.settings.loading import load_settings, parse_settings
from vcchk.settings.option import Option, Section
from vcchk.settings.schema import (
    SECTIONS,
    AbiSettings,
    AutofillSettings,
    DeviceSettings,
    GatewaySettings,
    InsuranceSettings,
    JournalSettings,
    LogSettings,
    PrinterSettings,
    ScannerSettings,
    ScreenSettings,
    Settings,
    WireSettings,
)

__all__ = [
    "SECTIONS",
    "AbiSettings",
    "AutofillSettings",
    "DeviceSettings",
    "GatewaySettings",
    "InsuranceSettings",
    "JournalSettings",
    "LogSettings",
    "Option",
    "PrinterSettings",
    "ScannerSettings",
    "ScreenSettings",
    "Section",
    "Settings",
    "WireSettings",
    "load_settings",
    "parse_settings",
]
