"""`dataclasses.replace` for the fold, which copies something several times an entry: a month of a busy place in a second, not in three.

For frozen dataclasses without slots and without anything done after ``__init__``, as all of `kiosk.premises.model` are. Type
checkers see the library's own function, so a field that does not exist is still found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from dataclasses import replace
else:
    _T = TypeVar("_T")

    def replace(thing: _T, **changes: Any) -> _T:
        """A copy of ``thing`` in which some fields differ."""
        made = object.__new__(type(thing))
        fields = made.__dict__
        fields.update(thing.__dict__)
        fields.update(changes)
        return made


__all__ = ["replace"]
