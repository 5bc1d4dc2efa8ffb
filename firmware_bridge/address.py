"""Where a simulated door and its simulator meet: ``tcp:HOST:PORT`` or ``unix:PATH``."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from firmware_bridge.errors import AddressError


@dataclass(frozen=True)
class Address:
    """A stream socket's family and what `socket.connect` and `socket.bind` want to hear."""

    family: socket.AddressFamily
    where: tuple[str, int] | str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``tcp:HOST:PORT`` or ``unix:PATH``; raises `AddressError`."""
        kind, _, rest = text.partition(":")
        host, _, port = rest.rpartition(":")
        if kind == "unix" and rest:
            return cls(socket.AF_UNIX, rest)
        if kind == "tcp" and host and port.isdecimal() and int(port) < 2**16:
            return cls(socket.AF_INET, (host, int(port)))
        raise AddressError(f"{text!r} is no address", mend="write tcp:HOST:PORT or unix:PATH")

    def __str__(self) -> str:
        return f"unix:{self.where}" if isinstance(self.where, str) else f"tcp:{self.where[0]}:{self.where[1]}"
