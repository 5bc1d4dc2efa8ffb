"""The reader's process: one line, one control socket, one thread.

The control socket speaks JSON Lines. Who connects is greeted with ``{"hello": "osdp_reader", "port": …}``, all
movements of outputs so far and ``{"ready": true}``; from then on it is told every event as it happens. It may ask

- ``{"set": "contact", "active": true}``: an input by its name, or ``case`` (open) or ``power`` (failed);
- ``{"card": "12345640", "bits": 26}``: hold up a card; ``"wiegand": false`` for plain bits;
- ``{"keys": "1234#"}``: press keys;
- ``{"line": "cut"}``, ``{"line": "mend"}``: nothing gets through, either way; ``{"line": "unplug"}``,
  ``{"line": "plug_in"}``: the panel's device disappears, and is there again.

Each is answered with ``{"done": id}`` or ``{"failed": id, "why": …}``; ``id`` is what the asker gave as ``"id"``.
"""

from __future__ import annotations

import json
import logging
import math
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firmware_bridge.address import Address
from firmware_bridge.osdp_reader.events import OutputMoved, OutputOrdered, ReaderEvent, to_json
from firmware_bridge.osdp_reader.peripheral import Peripheral
from firmware_bridge.osdp_reader.wire import LineError, Wire

log = logging.getLogger(__name__)

_REMEMBERED = 1000
_LONGEST_LINE = 4096
#: Seconds; nothing depends on it but how soon a stop is noticed.
_AT_LEAST_EVERY_S = 0.5


class Service:
    """Carries bytes and wishes to a `Peripheral`, and its words back.

    Args:
        peripheral: the reader.
        wire: its line.
        control: where the control socket listens; None: nobody watches.
        inputs: the names of its inputs, in their order.
        inverted: those whose level on the wire is the other way round: active reads 0.
        lifeline: a pipe whose other end is held by whom this reader is not to outlive.
    """

    def __init__(
        self,
        peripheral: Peripheral,
        wire: Wire,
        control: Address | None,
        inputs: Sequence[str],
        inverted: Sequence[str] = (),
        lifeline: int | None = None,
    ) -> None:
        self._peripheral = peripheral
        self._wire = wire
        self._inputs = {name: (number, name in inverted) for number, name in enumerate(inputs)}
        for number, is_inverted in self._inputs.values():
            peripheral.set_input(number, active=is_inverted, now=time.monotonic())
        self._cut = False
        self._record: deque[ReaderEvent] = deque(maxlen=_REMEMBERED)
        self._clients: dict[socket.socket, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._watched: int | None = None
        self._lifeline = lifeline
        if lifeline is not None:
            self._selector.register(lifeline, selectors.EVENT_READ)
        self._control = control
        self._listener = self._listen(control) if control else None
        self._stopping = False

    def run(self) -> None:
        """Until `stop`."""
        try:
            while not self._stopping:
                self._watch_line()
                for key, _ in self._selector.select(self._patience()):
                    self._ready(key.fileobj)
                self._peripheral.tick(time.monotonic())
                self._tell()
        finally:
            self._close()

    def stop(self) -> None:
        """End `run` soon; may be called from a signal handler."""
        self._stopping = True

    def _listen(self, control: Address) -> socket.socket:
        if isinstance(control.where, str):
            Path(control.where).unlink(missing_ok=True)
        listener = socket.socket(control.family, socket.SOCK_STREAM)
        try:
            listener.bind(control.where)
        except OSError as error:
            listener.close()
            raise LineError(f"cannot listen ({error.strerror})", where=str(control)) from error
        listener.listen()
        self._selector.register(listener, selectors.EVENT_READ)
        return listener

    def _patience(self) -> float:
        due = self._peripheral.due
        wait = _AT_LEAST_EVERY_S if due == math.inf else due - time.monotonic()
        return max(0.0, min(wait, _AT_LEAST_EVERY_S))

    def _watch_line(self) -> None:
        now = self._wire.fileno
        if now != self._watched:
            if self._watched is not None:
                self._selector.unregister(self._watched)
            if now is not None:
                self._selector.register(now, selectors.EVENT_READ)
            self._watched = now

    def _ready(self, what: Any) -> None:
        if what == self._lifeline:
            self._stopping = not os.read(what, _LONGEST_LINE)
        elif isinstance(what, int):
            self._line_spoke()
        elif self._listener is not None and what is self._listener:
            self._greet(self._listener.accept()[0])
        elif what in self._clients:
            self._client_spoke(what)

    def _line_spoke(self) -> None:
        data = self._wire.read()
        if self._cut or not data:
            return
        reply = self._peripheral.receive(data, time.monotonic())
        # Whoever watches hears of a movement before the panel can: the record is never behind what the panel knows.
        self._tell()
        if reply:
            self._wire.write(reply)

    def _greet(self, client: socket.socket) -> None:
        client.setblocking(False)
        self._selector.register(client, selectors.EVENT_READ)
        self._clients[client] = b""
        self._tell()
        hello = {"hello": "osdp_reader", "port": self._wire.panel_port, "outputs": self._peripheral.outputs}
        self._say(client, [hello, *map(to_json, self._record), {"ready": True}])

    def _client_spoke(self, client: socket.socket) -> None:
        try:
            data = client.recv(_LONGEST_LINE)
        except OSError:
            data = b""
        if not data:
            self._forget(client)
            return
        *lines, held = (self._clients[client] + data).split(b"\n")
        self._clients[client] = held[:_LONGEST_LINE]
        for line in lines:
            self._asked(client, line)

    def _asked(self, client: socket.socket, line: bytes) -> None:
        number = None
        try:
            wish = json.loads(line)
            number = wish.get("id")
            self._grant(wish)
        except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:
            self._say(client, [{"failed": number, "why": str(error)}])
        else:
            self._say(client, [{"done": number, "port": self._wire.panel_port}])

    def _grant(self, wish: dict[str, Any]) -> None:
        """Raises what a wish does that cannot be granted."""
        now, reader = time.monotonic(), self._peripheral
        reader.tick(now)
        match wish:
            case {"set": "case", "active": bool(open_)}:
                reader.set_case(open_=open_, now=now)
            case {"set": "power", "active": bool(failed)}:
                reader.set_power(failed=failed, now=now)
            case {"set": str(name), "active": bool(active)}:
                number, inverted = self._inputs[name]
                reader.set_input(number, active=active is not inverted, now=now)
            case {"card": str(data), "bits": int(bits)}:
                reader.card(bytes.fromhex(data), bits, now, wiegand=wish.get("wiegand", True))
            case {"keys": str(typed)}:
                reader.keys(typed, now)
            case {"line": "cut" | "mend" as what}:
                self._cut = what == "cut"
            case {"line": "unplug" | "plug_in" as what}:
                (self._wire.unplug if what == "unplug" else self._wire.plug_in)()
                self._watch_line()
            case _:
                raise ValueError("this wish is not known")

    def _tell(self) -> None:
        events = self._peripheral.take_events()
        self._record += [event for event in events if isinstance(event, OutputMoved | OutputOrdered)]
        for client in list(self._clients) if events else ():
            self._say(client, [to_json(event) for event in events])

    def _say(self, client: socket.socket, lines: list[dict[str, Any]]) -> None:
        try:
            client.sendall(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        except OSError:
            log.warning("somebody who watches does not read, and is not told any more")
            self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        if self._clients.pop(client, None) is not None:
            self._selector.unregister(client)
            client.close()

    def _close(self) -> None:
        for client in list(self._clients):
            self._forget(client)
        if self._listener:
            self._listener.close()
        if self._control and isinstance(self._control.where, str):
            Path(self._control.where).unlink(missing_ok=True)
        self._wire.unplug()
        self._selector.close()
