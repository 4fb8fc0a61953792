"""Every driver of the tables offers what its kind asks for, and is explained in the shipped INI."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType
from typing import Any

import pytest

from vcchk.base.errors import DeviceError
from vcchk.cli import ini_template
from vcchk.devices import find, registry
from vcchk.devices.driver import DriverRow
from vcchk.devices.printer import cpcl
from vcchk.devices.printer import drivers as printers
from vcchk.devices.screen import drivers as screens
from vcchk.devices.screen import file
from vcchk.doctor import equipment
from vcchk.settings import SECTIONS, ScreenSettings, Settings

DRIVERS = [(kind, name) for kind, names in registry.DRIVERS.items() for name in names]


def lacking(driver: object, protocol: type[Any]) -> list[str]:
    """Return the members of ``protocol`` that ``driver`` lacks, or whose parameters have other names."""
    wrong = []
    methods = [name for name, value in vars(protocol).items() if inspect.isfunction(value) and name[0] != "_"]
    for name in [*protocol.__annotations__, *methods]:
        own, wanted = getattr(driver, name, None), getattr(protocol, name, None)
        if not hasattr(driver, name):
            wrong.append(name)
        elif inspect.isfunction(wanted):
            theirs, parameters = (
                [p for p in inspect.signature(function).parameters if p != "self"] for function in (own, wanted)
            )
            if theirs != parameters:
                wrong.append(f"{name}{parameters}")
    return wrong


@pytest.mark.parametrize(("kind", "name"), DRIVERS)
def test_a_driver_offers_what_its_kind_asks_for(kind, name):
    driver = registry.load(kind, name)
    if kind == "printer":
        assert lacking(driver, printers.PrinterDriver) == []
    if kind == "screen":
        shape = screens.LineDriver if isinstance(driver, screens.LineDriver) else screens.DisplayDriver
        assert lacking(driver, shape) == []
        if shape is screens.DisplayDriver:
            assert lacking(driver.Display, screens.Display) == []
    assert isinstance(driver.OPTIONS, tuple)


def test_a_driver_that_lacks_something_would_be_seen():
    class Half:
        BAUD = 9600

        def show(self, text):
            """Has one parameter too few."""

    assert "clear" in lacking(Half(), screens.LineDriver)
    assert "show['text', 'values']" in lacking(Half(), screens.LineDriver)


@pytest.mark.parametrize(("kind", "name"), DRIVERS)
def test_the_shipped_ini_names_every_driver(kind, name):
    assert f"{name}（" in ini_template.explained(kind, SECTIONS[kind]._options["driver"])


@pytest.mark.parametrize("kind", registry.DRIVERS)
def test_a_driver_that_is_none(kind):
    for name, fault in (("", "absent"), ("laser", "bad_argument")):
        with pytest.raises(DeviceError) as caught:
            registry.load(kind, name)
        assert caught.value.name == fault


@pytest.fixture
def toys(monkeypatch):
    """A new screen that is no serial line and a new printer: a module and a row each, and nothing else."""
    for kind, name, like, table in (("screen", "wall", file, screens), ("printer", "toy", cpcl, printers)):
        module = ModuleType(f"vcchk.devices.{kind}.{name}")
        vars(module).update({key: value for key, value in vars(like).items() if not key.startswith("__")})
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(table.DRIVERS, name, DriverRow(name, "新型号"))


def test_a_new_driver_is_one_file_and_one_row(toys, tmp_path):
    assert isinstance(registry.load("screen", "wall").OPTIONS, tuple)
    settings = Settings(screen=ScreenSettings(driver="wall", options={"file": str(tmp_path / "wall.png")}))
    found = [finding for finding in equipment.devices(settings) if finding.check == "扩展屏"]
    assert [(finding.level, finding.text) for finding in found] == [("ok", "wall")]
    names = [name for name, *_ in find.questions("printer")]
    assert names[: len(find.HARMLESS_FIRST)] == list(find.HARMLESS_FIRST)
    assert "toy" in names
