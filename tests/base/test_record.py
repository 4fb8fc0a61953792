"""Frozen value objects."""

import pytest

from vcchk.base.record import Record


class Point(Record):
    x: int
    y: int = 2
    _secret = ("y",)


class Point3(Point):
    z: int = 3


def test_fields_defaults_and_inheritance() -> None:
    point = Point3(x=1)
    assert (point.x, point.y, point.z) == (1, 2, 3)
    assert Point3._fields == ("x", "y", "z")


def test_missing_and_unknown_fields_are_refused() -> None:
    with pytest.raises(TypeError, match="needs x"):
        Point()
    with pytest.raises(TypeError, match="no field w"):
        Point(x=1, w=2)
    with pytest.raises(TypeError, match="no field z"):  # those of a subclass are its own
        Point(x=1, z=Point3(x=1, z=2).z)


def test_frozen() -> None:
    point = Point(x=1)
    with pytest.raises(AttributeError):
        point.x = 2
    with pytest.raises(AttributeError):
        del point.x


def test_equality_hash_and_replace() -> None:
    assert Point(x=1) == Point(x=1, y=2)
    assert hash(Point(x=1)) == hash(Point(x=1, y=2))
    assert Point(x=1) != Point3(x=1)
    assert Point(x=1).replace(x=9) == Point(x=9)


def test_secret_fields_do_not_show() -> None:
    assert repr(Point(x=1, y=77)) == "Point(x=1, y=***)"
