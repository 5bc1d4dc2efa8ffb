"""One reader as the panel deals with it. Pure: times, random numbers and frames in; frames to send and events out.

Rules:

1. One frame is on its way at a time. It is answered by a reply with its own address and sequence number, or not at all.
2. What is not answered is sent again, byte for byte, so that the reader knows the repetition and does nothing twice: `TRIES` times at the
   rate of polls. Then the order that was in it is reported failed, and the conversation begins anew.
3. A reader that does not answer is asked once a second until it counts as offline (`OFFLINE_S`), then each `FAR_S`: for ever. No reader is ever
   given up.
4. With a key nothing counts but what comes through the secure channel. A reply in clear is refused and told as an alarm, except the two that
   say nothing: busy, and a refusal by a reader that has lost the channel, after which it is agreed on anew.
5. An order that has not gone out by its time is reported failed and never sent: nobody stands at the door any more. Each order is reported
   just once, done or failed; *failed* says that no answer came, not that nothing happened.
6. What a reader tells by itself when it comes online may be long past: how its inputs and its case stand counts from when it is
   asked, after it has said all it had kept.
7. A reader's factory key (``SCBK-D``) is used for one thing: to hand it its own key, under the manager's hand (`install`).
"""

from __future__ import annotations

import hmac
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from firmware_bridge.osdp.commands import (
    CAPABILITIES,
    IDENTIFY,
    INPUT_STATUS,
    LOCAL_STATUS,
    OUTPUT_STATUS,
    POLL,
    Command,
    CommandCode,
    new_key,
)
from firmware_bridge.osdp.frame import Frame, Security
from firmware_bridge.osdp.replies import (
    Ack,
    Busy,
    Cryptogram,
    FirstRmac,
    Inputs,
    LocalStatus,
    Nak,
    Outputs,
    Refusal,
    Reply,
    ReplyCode,
    ReplyError,
    parse_reply,
)
from firmware_bridge.osdp.secure import DEFAULT_KEY, RANDOM_LENGTH, Channel, ChannelError, SessionKeys

#: How long a reader may take to answer, how often one is asked, in seconds.
REPLY_S = 0.2
POLL_S = 0.05
TRIES = 3
#: How long a reader may be busy with an order: what is done later is done to nobody.
BUSY_S = 1.0
#: A reader that has not answered for this long is offline.
OFFLINE_S = 8.0
NEAR_S = 1.0
FAR_S = 5.0

Why = Literal["no_answer", "too_late", "refused", "channel_lost", "closed"]


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Something to be done; it is sent for the first time before ``until`` (monotonic seconds) or not at all."""

    command: Command
    until: float


@dataclass(frozen=True, slots=True)
class Online:
    """The reader answers; ``secure``: nobody can come between."""

    secure: bool


@dataclass(frozen=True, slots=True)
class Offline:
    """The reader has not answered for `OFFLINE_S`."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the reader said of itself, of its inputs, of a card."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Done:
    """The reader did it."""

    order: Order


@dataclass(frozen=True, slots=True)
class Failed:
    """No word that it was done. ``refusal`` where the reader said why not."""

    order: Order
    why: Why
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Alarmed:
    """Somebody meddles with the line, or the reader has another key."""

    what: Literal["reply_in_clear", "reply_altered", "wrong_key"]


@dataclass(frozen=True, slots=True)
class Installed:
    """The reader has taken its own key."""


Event = Online | Offline | Told | Done | Failed | Alarmed | Installed

#: What a reader is asked as soon as it is there, and when it has nothing old to tell any more.
_FIRST = (IDENTIFY, CAPABILITIES)
_NOW = (LOCAL_STATUS, INPUT_STATUS, OUTPUT_STATUS)
#: So many old reports at most; one that goes on is of a reader that always has something to say.
_OLD = 64

_Phase = Literal["away", "greeted", "challenged", "up"]


@dataclass(slots=True)
class _OnItsWay:
    data: bytes
    sequence: int
    command: Command
    order: Order | None
    tries: int = 0
    #: Answered "busy" since when.
    busy: float | None = None


@dataclass(slots=True)
class Session:
    """The conversation with the reader at ``address``.

    Args:
        address: 0 to 126.
        key: its base key; None: it speaks in clear, which is for a reader that cannot do better.
        random: gives so many bytes that nobody can foretell (`os.urandom`).
        install: the factory key is used, once, to hand the reader ``key``.
        now: monotonic seconds, as in all that follows.
    """

    address: int
    key: bytes | None
    random: Callable[[int], bytes]
    now: float
    install: bool = False
    online: bool = False
    _phase: _Phase = "away"
    _sequence: int = 0
    _flight: _OnItsWay | None = None
    _due: float = field(init=False)
    _heard: float = field(init=False)
    _orders: deque[Order] = field(default_factory=deque)
    _chores: deque[Command] = field(default_factory=deque)
    #: How many old reports may still come.
    _old: int = 0
    _channel: Channel | None = None
    _keys: SessionKeys | None = None
    _panel_random: bytes = b""
    _panel_cryptogram: bytes = b""

    def __post_init__(self) -> None:
        self._due = self._heard = self.now

    @property
    def due(self) -> float:
        """When it wants the line next; it may be past."""
        return self._due

    @property
    def secure(self) -> bool:
        """Whether the secure channel stands."""
        return self._channel is not None

    def submit(self, order: Order, now: float) -> None:
        """Have something done, before all polls."""
        self._orders.append(order)
        if self._flight is None and self._phase == "up":
            self._due = min(self._due, now)

    def close(self) -> list[Event]:
        """The line is gone: what was not answered never will be, and if it comes back everything begins anew, at once."""
        failed = self._start_over("closed") + [Failed(order, "closed") for order in self._orders]
        self._orders.clear()
        self.online = False
        self._due = -math.inf
        return failed

    def to_send(self, now: float) -> tuple[bytes | None, list[Event]]:
        """What goes on the line now that it is free, and the orders that came too late. None: nothing yet."""
        late = [order for order in self._orders if order.until < now]
        for order in late:
            self._orders.remove(order)
        events: list[Event] = [Failed(order, "too_late") for order in late]
        if now < self._due:
            return None, events
        if self._flight is None:
            self._flight = self._next()
        self._flight.tries += 1
        return self._flight.data, events

    def timed_out(self, now: float) -> list[Event]:
        """No reply came within `REPLY_S`, or none that could be read."""
        flight, events = self._flight, list[Event]()
        if flight is None:
            return events
        if flight.tries >= TRIES or self._phase == "away":
            events += self._start_over("no_answer")
        if self.online and now - self._heard >= OFFLINE_S:
            self.online = False
            events.append(Offline())
        if self._phase == "away":
            self._due = now + (NEAR_S if now - self._heard < OFFLINE_S else FAR_S) - REPLY_S
        else:
            self._due = now
        return events

    def received(self, frame: Frame, now: float) -> list[Event] | None:
        """A frame came. None: it is not the answer to what was asked, so wait on."""
        flight = self._flight
        if (
            flight is None
            or not frame.reply
            or frame.address != self.address
            or frame.sequence != flight.sequence
        ):
            return None
        channel = self._channel
        if channel is not None:
            if frame.security is None and frame.code in {ReplyCode.NAK, ReplyCode.BUSY}:
                return self._clear_word(frame, flight, now)
            try:
                frame = channel.unwrap(frame)
            except ChannelError:
                self._due = now
                in_clear = frame.mac is None
                return [
                    Alarmed("reply_in_clear" if in_clear else "reply_altered"),
                    *self._start_over("channel_lost"),
                ]
        try:
            reply = parse_reply(frame.code, frame.body)
        except ReplyError:
            return None
        self._heard = now
        if isinstance(reply, Busy):
            return self._busy(flight, now)
        self._flight = None
        self._sequence = self._sequence % 3 + 1
        self._due = now if self._phase != "up" else now + POLL_S
        return self._answered(flight, reply, frame, now)

    # What is sent

    def _next(self) -> _OnItsWay:
        order = None
        if self._phase == "away":
            command = POLL
        elif self._phase == "greeted":
            self._panel_random = self.random(RANDOM_LENGTH)
            command = Command(CommandCode.CHLNG, self._panel_random)
        elif self._phase == "challenged":
            command = Command(CommandCode.SCRYPT, self._panel_cryptogram)
        elif self._orders:
            order = self._orders.popleft()
            command = order.command
        else:
            command = self._chores.popleft() if self._chores else POLL
        return _OnItsWay(self._frame(command).encode(), self._sequence, command, order)

    def _frame(self, command: Command) -> Frame:
        frame = Frame(self.address, self._sequence, command.code, command.data)
        if self._channel is not None:
            return self._channel.wrap(frame)
        kind = {CommandCode.CHLNG: Security.CHALLENGE, CommandCode.SCRYPT: Security.SERVER_CRYPTOGRAM}.get(
            command.code
        )
        if kind is None:
            return frame
        return Frame(
            self.address,
            self._sequence,
            command.code,
            command.data,
            security=kind,
            security_data=b"\x00" if self.install else b"\x01",
        )

    def _start_over(self, why: Why) -> list[Event]:
        flight, self._flight = self._flight, None
        self._phase, self._sequence, self._channel, self._keys = "away", 0, None, None
        self._chores.clear()
        return [Failed(flight.order, why)] if flight and flight.order else []

    # What comes back

    def _clear_word(self, frame: Frame, flight: _OnItsWay, now: float) -> list[Event]:
        """Busy, or a refusal: in clear, by a reader that has lost the channel, or by somebody else. Neither is believed for more."""
        if frame.code == ReplyCode.BUSY:
            return self._busy(flight, now)
        self._due = now
        return self._start_over("channel_lost")

    def _busy(self, flight: _OnItsWay, now: float) -> list[Event]:
        flight.busy = now if flight.busy is None else flight.busy
        flight.tries = 0
        self._due = now + POLL_S
        patience = OFFLINE_S if flight.order is None else BUSY_S
        return self._start_over("no_answer") if now - flight.busy >= patience else []

    def _answered(self, flight: _OnItsWay, reply: Reply, frame: Frame, now: float) -> list[Event]:
        match self._phase:
            case "away":
                # A refusal is an answer too: somebody is there.
                return self._greeted()
            case "greeted":
                return self._challenged(reply, frame, now)
            case "challenged":
                return self._agreed(reply, frame, now)
            case "up":
                return self._worked(flight, reply, now)

    def _greeted(self) -> list[Event]:
        if self.key is not None:
            self._phase = "greeted"
            return []
        return self._up()

    def _challenged(self, reply: Reply, frame: Frame, now: float) -> list[Event]:
        base = DEFAULT_KEY if self.install else self.key
        if not isinstance(reply, Cryptogram) or frame.security is not Security.CRYPTOGRAM or base is None:
            return self._no_channel(now)
        keys = SessionKeys.derive(base, self._panel_random)
        if not hmac.compare_digest(
            keys.reader_cryptogram(self._panel_random, reply.random), reply.cryptogram
        ):
            return [Alarmed("wrong_key"), *self._no_channel(now)]
        self._keys = keys
        self._panel_cryptogram = keys.panel_cryptogram(self._panel_random, reply.random)
        self._phase = "challenged"
        return []

    def _agreed(self, reply: Reply, frame: Frame, now: float) -> list[Event]:
        keys = self._keys
        if keys is None or not isinstance(reply, FirstRmac) or frame.security is not Security.FIRST_RMAC:
            return self._no_channel(now)
        if not hmac.compare_digest(keys.first_rmac(self._panel_cryptogram), reply.rmac):
            return [Alarmed("wrong_key"), *self._no_channel(now)]
        self._channel = Channel(keys, reply.rmac)
        if self.install and self.key is not None:
            self._chores.append(new_key(self.key))
            self._phase = "up"
            return []
        return self._up()

    def _no_channel(self, now: float) -> list[Event]:
        """The reader has another key, or cannot do it at all: asked again at leisure, and online it is not."""
        events = self._start_over("channel_lost")
        self._due = now + NEAR_S
        if self.online and now - self._heard < OFFLINE_S:
            self.online = False
            events.append(Offline())
        return events

    def _up(self) -> list[Event]:
        self._phase = "up"
        self._chores.extend(_FIRST)
        self._old = _OLD
        if self.online:
            return []
        self.online = True
        return [Online(secure=self.secure)]

    def _worked(self, flight: _OnItsWay, reply: Reply, now: float) -> list[Event]:
        if flight.command.code is CommandCode.KEYSET and self.install:
            self.install = isinstance(reply, Nak)
            self._start_over("closed")
            self._due = now + POLL_S
            return [] if self.install else [Installed()]
        if self._old and flight.command.code is CommandCode.POLL:
            return self._old_report(flight, reply, now)
        if flight.order is None:
            return [Told(reply)] if not isinstance(reply, Ack | Nak) else []
        if isinstance(reply, Nak):
            return [Failed(flight.order, "refused", reply.why)]
        done: list[Event] = [Done(flight.order)]
        return done if isinstance(reply, Ack) else [*done, Told(reply)]

    def _old_report(self, flight: _OnItsWay, reply: Reply, now: float) -> list[Event]:
        """What the reader has kept since nobody asked: passed on, except how things stood."""
        self._old -= 1
        if isinstance(reply, Ack | Nak):
            self._old = 0
        if not self._old:
            self._chores.extend(_NOW)
        self._due = now
        events: list[Event] = [Done(flight.order)] if flight.order else []
        past = isinstance(reply, Ack | Nak | LocalStatus | Inputs | Outputs)
        return events if past else [*events, Told(reply)]
