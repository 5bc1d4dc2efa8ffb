"""What a technician does at the line while the door does not run: see who is there, and give a reader its own key.

The port is taken for ourselves alone, so neither can be done beside a running door.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import ClassVar, Self

from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp.config import OsdpConfig
from firmware_bridge.osdp.keys import KeyFileError, load_key, make_key
from firmware_bridge.osdp.line import Line
from firmware_bridge.osdp.replies import Capabilities, Identification, Inputs, LocalStatus, Outputs
from firmware_bridge.osdp.session import Alarmed, Event, Installed, Online, Session, Told

#: How long a reader may take to say all that is asked, and to take its key.
LOOK_S = 5.0
INSTALL_S = 15.0


class NobodyThereError(BridgeError):
    """The line cannot be taken, or the reader on it does not do what it should."""

    code: ClassVar[str] = "osdp_line"


@dataclass(slots=True)
class Found:
    """What a reader said of itself; None: nothing."""

    secure: bool | None = None
    installed: bool = False
    identification: Identification | None = None
    capabilities: Capabilities | None = None
    status: LocalStatus | None = None
    inputs: Inputs | None = None
    outputs: Outputs | None = None
    alarms: set[str] = field(default_factory=set)

    def take(self, event: Event) -> None:
        """Note what it says."""
        match event:
            case Online(secure=secure):
                self.secure = secure
            case Installed():
                self.installed = True
            case Alarmed(what=what):
                self.alarms.add(what)
            case Told(reply=Identification() as reply):
                self.identification = reply
            case Told(reply=Capabilities() as reply):
                self.capabilities = reply
            case Told(reply=LocalStatus() as reply):
                self.status = reply
            case Told(reply=Inputs() as reply):
                self.inputs = reply
            case Told(reply=Outputs() as reply):
                self.outputs = reply
            case _:
                pass


class _Visit:
    """The line for a while, without a trace."""

    def __init__(self, config: OsdpConfig, sessions: Mapping[str, Session]) -> None:
        self.found = {name: Found() for name in sessions}
        self._where = config.port
        self._port: tuple[str | None] | None = None
        self._news = threading.Condition()
        self._line = Line(config.port, config.baud, sessions, self._heard, self._opened)

    def __enter__(self) -> Self:
        self._line.start()
        with self._news:
            self._news.wait_for(lambda: self._port is not None, LOOK_S)
            why = self._port[0] if self._port else "does not open"
        if why is not None:
            self._line.close()
            raise NobodyThereError(
                f"the line cannot be taken ({why})",
                where=self._where,
                mend="check the converter and its cable, and stop the door service meanwhile",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()

    def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Whether it came true in time."""
        with self._news:
            return self._news.wait_for(true, within_s)

    def _opened(self, why: str | None) -> None:
        with self._news:
            self._port = self._port or (why,)
            self._news.notify_all()

    def _heard(self, reader: str, event: Event) -> None:
        with self._news:
            self.found[reader].take(event)
            self._news.notify_all()


def look(config: OsdpConfig, within_s: float = LOOK_S) -> dict[str, Found]:
    """Who is on the line, by the readers' names. Nothing is moved.

    Raises:
        BridgeError: the line cannot be taken, or a key cannot be read.
    """
    keys = {
        name: load_key(reader.key_file) if reader.key_file else None
        for name, reader in config.readers.items()
    }
    now = time.monotonic()
    sessions = {
        name: Session(reader.address, keys[name], os.urandom, now) for name, reader in config.readers.items()
    }
    with _Visit(config, sessions) as visit:
        # The outputs are what is asked last; a reader that cannot tell them costs the time that is given.
        visit.until(lambda: all(found.outputs for found in visit.found.values()), within_s)
        return visit.found


def install(config: OsdpConfig, name: str, within_s: float = INSTALL_S) -> bool:
    """Give the reader ``name``, fresh from the factory, its own key; False: it had it already.

    The key is in its file before the reader hears of it. Where the reader does not take it, the file stays, and the same key is
    offered again the next time: a reader whose answer was lost may have it.

    Raises:
        BridgeError: there is no such reader in the settings, it has no key file, the line cannot be taken, or the reader did not
            take the key.
    """
    reader = config.readers.get(name)
    if reader is None or reader.key_file is None:
        what = "speaks in clear and takes no key" if reader else "is not in the settings"
        raise KeyFileError(what, where=f"door.osdp.readers.{name}")
    address = reader.address
    if reader.key_file.exists():
        key = load_key(reader.key_file)
        with _Visit(config, {name: Session(address, key, os.urandom, time.monotonic())}) as visit:
            if visit.until(lambda: visit.found[name].secure is not None, LOOK_S):
                return False
    else:
        # Found out before there is a key on the disk that nobody has.
        with _Visit(config, {}):
            pass
        key = make_key(reader.key_file)
    session = Session(address, key, os.urandom, time.monotonic(), install=True)
    with _Visit(config, {name: session}) as visit:
        found = visit.found[name]
        if visit.until(lambda: found.installed and found.secure is not None, within_s):
            return True
    raise NobodyThereError(
        "did not take its key",
        where=f"door.osdp.readers.{name}",
        mend="check address, wires and bit rate; put the reader into its set-up mode (its factory key), then again",
    )
