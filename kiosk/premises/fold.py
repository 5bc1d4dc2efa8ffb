"""The fold of the log: entry by entry, who is inside."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.ledger.entries import Recorded
from kiosk.premises.model import Premises


def fold(recorded: Iterable[Recorded], premises: Premises | None = None) -> Premises:
    """The premises after all of `recorded`, from `premises` (nobody inside, nothing written) on."""
    result = premises or Premises()
    for item in recorded:
        result = apply(result, item)
    return result


def apply(premises: Premises, recorded: Recorded) -> Premises:
    """The premises after one more entry."""
    raise NotImplementedError
