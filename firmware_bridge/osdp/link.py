"""Whether a door can be driven and seen: which of its readers answer, and what of them is known. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field


@dataclass(slots=True)
class Link:
    """What the door needs of the line.

    Args:
        lock: the reader that moves the lock.
        wires: the inputs that are wired, as reader and number.
    """

    lock: str
    wires: AbstractSet[tuple[str, int]]
    _port: str | None = None
    _online: set[str] = field(default_factory=set)
    _inputs: dict[str, int] = field(default_factory=dict)
    _doubted: set[str] = field(default_factory=set)

    @property
    def why(self) -> str | None:
        """Why the door cannot be driven or seen; None: it can."""
        if self._port is not None:
            return self._port
        faults = [(reader, self._fault(reader)) for reader in sorted(self._needed)]
        return "; ".join(f"reader {reader} {fault}" for reader, fault in faults if fault) or None

    @property
    def to_ask(self) -> list[str]:
        """The readers of which something has to be known, or known anew, as far as they answer."""
        return sorted(
            reader
            for reader in self._needed
            if self.answers(reader) and (self.has_inputs(reader) or reader in self._doubted)
        )

    def answers(self, reader: str) -> bool:
        """Whether there is anybody to speak to."""
        return self._port is None and reader in self._online

    def sound(self, reader: str) -> bool:
        """Whether it answers, and all of it is known."""
        return self._port is None and self._fault(reader) is None

    def has_inputs(self, reader: str) -> bool:
        """Whether something is wired to its inputs."""
        return any(name == reader for name, _ in self.wires)

    def port(self, why: str | None) -> None:
        """The port is there, or why not: then every reader has to be found anew."""
        self._port = why
        if why is not None:
            self._online.clear()
            self._inputs.clear()

    def online(self, reader: str) -> None:
        """The reader answers; how its inputs stand is not known yet."""
        self._online.add(reader)
        self._inputs.pop(reader, None)
        self._doubted.discard(reader)

    def offline(self, reader: str) -> None:
        """The reader has stopped answering."""
        self._online.discard(reader)
        self._inputs.pop(reader, None)

    def told(self, reader: str, inputs: int) -> None:
        """The reader has said how its inputs stand, so many of them."""
        self._inputs[reader] = inputs

    def doubt(self, reader: str) -> None:
        """The reader left an order without an answer: how its inputs stand is old, too."""
        self._doubted.add(reader)
        self._inputs.pop(reader, None)

    def trust(self, reader: str) -> None:
        """The reader has answered since."""
        self._doubted.discard(reader)

    @property
    def _needed(self) -> set[str]:
        return {self.lock} | {reader for reader, _ in self.wires}

    def _fault(self, reader: str) -> str | None:
        if reader not in self._online:
            return "does not answer"
        most = max((number for name, number in self.wires if name == reader), default=None)
        if most is not None:
            if reader not in self._inputs:
                return "has not said how its inputs stand"
            if self._inputs[reader] <= most:
                return f"has {self._inputs[reader]} inputs, and no number {most}"
        return "left an order without an answer" if reader in self._doubted else None
