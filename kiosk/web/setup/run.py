"""One run of the set-up: what its pages share."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app

from kiosk.law import Instruments
from kiosk.web.setup.draft import Draft, Places

EXTENSION = "kiosk-setup"


@dataclass
class Setup:
    """One run of the set-up."""

    places: Places
    #: All that came with the kiosk, those known from press reports too.
    known: Instruments
    clock: Callable[[], datetime]
    finished: Callable[[], None]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    draft: Draft = field(default_factory=Draft)
    lock: threading.Lock = field(default_factory=threading.Lock)
    #: The one browser that came by the link.
    guest: str = ""
    #: Whether the venue file was written.
    written: bool = False

    @property
    def instruments(self) -> Instruments:
        """Those that count: known from press reports only if that was ticked."""
        if self.draft.unofficial:
            return self.known
        return Instruments(tuple(one for one in self.known if one.gazetted))


def setup() -> Setup:
    """The running set-up."""
    made: Setup = current_app.extensions[EXTENSION]
    return made


def left_to_premises(made: Setup) -> bool:
    """Whether the law leaves limits of this kind to other directions."""
    rules = [one.rules(made.draft.get("kind"), None) for one in made.instruments]
    return any(rule.left_to_premises for held in rules if held for rule in held.all)
