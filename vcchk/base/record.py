"""Frozen value objects without the cost of `dataclasses` (12 ms of a cold start).

A subclass declares annotated class attributes; they are its fields, in order. Fields without a default must be
given. Fields named in ``_secret`` never show in ``repr``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_options):
        return lambda cls: cls


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Base of all frozen value objects: keyword construction, equality, repr, ``replace``."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _secret: ClassVar[tuple[str, ...]] = ()

    _required: ClassVar[frozenset[str]] = frozenset()
    _accepted: ClassVar[set[tuple[str, ...]]] = set()
    """The names that were given together so far and are right: a call makes a dozen records, always of the same."""

    def __init_subclass__(cls) -> None:
        own = tuple(n for n in cls.__dict__.get("__annotations__", ()) if not n.startswith("_"))
        cls._fields = cls._fields + tuple(n for n in own if n not in cls._fields)
        cls._required = frozenset(n for n in cls._fields if not hasattr(cls, n))
        cls._accepted = set()

    def __init__(self, **values: Any) -> None:
        names = tuple(values)
        if names not in self._accepted:
            self._accept(names)
        self.__dict__.update(values)

    def _accept(self, names: tuple[str, ...]) -> None:
        missing, unknown = self._required.difference(names), set(names).difference(self._fields)
        if missing:
            raise TypeError(f"{type(self).__name__} needs {', '.join(sorted(missing))}")
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(sorted(unknown))}")
        self._accepted.add(names)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, n) for n in self._fields)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        members = (f"{n}={'***' if n in self._secret else repr(getattr(self, n))}" for n in self._fields)
        return f"{type(self).__name__}({', '.join(members)})"

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        values = {n: getattr(self, n) for n in self._fields}
        values.update(changes)
        return type(self)(**values)
