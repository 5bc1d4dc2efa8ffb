"""One reader on a line, as plain rules. Pure: bytes and monotonic times in, bytes and events out.

1. A frame that is not whole, not for this address or has wrong check bytes gets no answer at all.
2. Sequence numbers run 1, 2, 3, 1 …; 0 begins anew and ends the channel. The same frame once more gets the same
   reply once more, and nothing is carried out twice. Any other number out of turn is refused.
3. With a key of its own the reader answers POLL, ID, CAP and the handshake in clear, tells nothing at a poll in
   clear, and refuses everything else. Until KEYSET gives it one it has the factory's, and obeys in clear, too.
4. While a channel is open a command in clear is refused and changes nothing. A command whose MAC is wrong ends the
   channel, as do 8 s without a valid frame; then the panel has to begin anew, with fresh random numbers.
5. KEYSET is heard only sealed in a channel; the new key counts from the next handshake on.
6. An output that is on for a while goes off by the reader's own clock. None moves because a channel opens or ends.
"""

from __future__ import annotations

import hmac
import math
import os
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.osdp_reader.channel import FACTORY_KEY, KEY_BYTES, RANDOM_BYTES, Channel, SessionKeys
from firmware_bridge.osdp_reader.codes import Block, Command, Nak, Reply
from firmware_bridge.osdp_reader.equipment import (
    Lamp,
    Outputs,
    UnableError,
    WrongLengthError,
    buzzed,
    out_orders,
)
from firmware_bridge.osdp_reader.events import ChannelEnded, ChannelOpened, KeyStored, ReaderEvent, Refused
from firmware_bridge.osdp_reader.frames import FROM_READER, LONGEST, Frame, Receiver, build
from firmware_bridge.osdp_reader.tidings import Tidings

#: After so many seconds without a valid frame the panel counts as gone.
OFFLINE_S = 8.0

_IN_CLEAR = frozenset({Command.POLL, Command.ID, Command.CAP})
_QUESTIONS = frozenset({Command.POLL, Command.LSTAT, Command.ISTAT, Command.OSTAT})
_OWN_KEY, _FACTORY_KEY = 1, 0
_MADE_BY = bytes((0x56, 0x4B, 0x00))
_MODEL, _VERSION = 1, 1
_FIRMWARE = bytes((1, 0, 0))


class _RefusedError(Exception):
    """A command that is answered with a NAK."""

    def __init__(self, nak: Nak) -> None:
        super().__init__(nak)
        self.nak = nak


@dataclass(frozen=True, slots=True, repr=False)
class _Handshake:
    """Between CHLNG and SCRYPT: the keys, and the cryptogram that a panel with the same key will send."""

    keys: SessionKeys
    awaited: bytes
    which_key: int


class Peripheral:
    """A reader with relays, inputs, one lamp, one buzzer, one card reader and one keypad.

    Args:
        address: 0 to 126.
        key: its own base key, 16 bytes; None: fresh from the factory.
        inputs: how many.
        outputs: how many.
        keep_key: called with the key that a panel gives; it raises `OSError` where it cannot keep it.
        random: so many random bytes.
        serial: its serial number.
    """

    def __init__(
        self,
        address: int,
        key: bytes | None = None,
        *,
        inputs: int = 4,
        outputs: int = 2,
        keep_key: Callable[[bytes], None] = lambda _key: None,
        random: Callable[[int], bytes] = os.urandom,
        serial: int = 1,
    ) -> None:
        if not 0 <= address < 0x7F or (key is not None and len(key) != KEY_BYTES):  # noqa: PLR2004 - 127 means all
            raise ValueError("an address is 0 to 126, a key 16 bytes")
        self.address = address
        self._key = key
        self._keep_key = keep_key
        self._random = random
        self._identity = _MADE_BY + bytes((_MODEL, _VERSION)) + serial.to_bytes(4, "little")
        self._inputs = [False] * inputs
        self._tampered = self._power_failed = False
        self._outputs = Outputs(outputs)
        self._lamp = Lamp()
        self._tidings = Tidings(OFFLINE_S)
        self._receiver = Receiver()
        self._channel: Channel | None = None
        self._handshake: _Handshake | None = None
        self._awaited: int | None = None
        self._last: tuple[bytes, bytes] = (b"", b"")
        self._heard = -math.inf
        self._events: list[ReaderEvent] = []

    # What people and the doorway do to it.

    def set_input(self, number: int, *, active: bool, now: float) -> None:
        """An input changes; raises IndexError where there is none of that number."""
        if self._inputs[number] is not active:
            self._inputs[number] = active
            self._tidings.state(Reply.ISTATR, bytes(self._inputs), now)

    def set_case(self, *, open_: bool, now: float) -> None:
        """Its case is opened, or closed."""
        if self._tampered is not open_:
            self._tampered = open_
            self._tidings.state(Reply.LSTATR, self._local(), now)

    def set_power(self, *, failed: bool, now: float) -> None:
        """Its supply fails (it lives on a battery), or comes back."""
        if self._power_failed is not failed:
            self._power_failed = failed
            self._tidings.state(Reply.LSTATR, self._local(), now)

    def card(self, data: bytes, bits: int, now: float, *, wiegand: bool = True) -> None:
        """Somebody holds up a card; raises ValueError where ``data`` does not hold so many bits."""
        self._tidings.card(data, bits, now, wiegand=wiegand)

    def keys(self, typed: str, now: float) -> None:
        """Somebody presses keys; raises ValueError for one that the keypad has not."""
        self._tidings.keys(typed, now)

    # What the line and the clock do to it.

    @property
    def outputs(self) -> list[bool]:
        """How each output stands."""
        return self._outputs.levels

    @property
    def secure(self) -> bool:
        """Whether a channel is open."""
        return self._channel is not None

    @property
    def has_own_key(self) -> bool:
        """Whether it has another key than the factory's."""
        return self._key is not None

    @property
    def due(self) -> float:
        """When `tick` is wanted next, in monotonic seconds."""
        online = self._awaited is not None
        return min(self._outputs.due, self._lamp.due, self._heard + OFFLINE_S if online else math.inf)

    def tick(self, now: float) -> None:
        """Do what time does: let outputs fall and lamps go back, give up a panel that is silent."""
        self._events += self._outputs.tick(now)
        self._events += self._lamp.tick(now)
        if self._awaited is not None and now >= self._heard + OFFLINE_S:
            self._end("the panel is silent", now)

    def receive(self, data: bytes, now: float) -> bytes:
        """Bytes came from the line: what to send back."""
        self.tick(now)
        return b"".join(self._answer(frame, now) for frame in self._receiver.feed(data, now))

    def take_events(self) -> list[ReaderEvent]:
        """What has happened since this was asked last."""
        taken, self._events = self._events, []
        return taken

    # The rules.

    def _answer(self, frame: Frame, now: float) -> bytes:
        if frame.from_reader or frame.address != self.address:
            return b""
        if frame.sequence == 0:
            self._end("the panel began anew", now)
        elif frame.raw == self._last[0]:
            return self._last[1]
        elif frame.sequence != self._awaited:
            return self._refuse(frame, Nak.SEQUENCE, now)
        if self._channel and frame.block is None:
            return self._refuse(frame, Nak.SECURITY, now)
        if frame.block and frame.block[0] in {Block.SIGNED_COMMAND, Block.SEALED_COMMAND}:
            reply = self._in_channel(frame, now)
            if reply is None:
                return self._refuse(frame, Nak.SECURITY, now)
        else:
            reply = self._outside(frame, now)
        self._awaited = frame.sequence % 3 + 1
        self._heard = now
        self._last = (frame.raw, reply)
        return reply

    def _in_channel(self, frame: Frame, now: float) -> bytes | None:
        """The sealed reply; None where the command does not belong to the channel, which then has ended."""
        channel = self._channel
        data = channel.open(frame) if channel else None
        if channel is None or data is None:
            self._end("a command had a wrong MAC", now)
            return None
        sealed = frame.block is not None and frame.block[0] == Block.SEALED_COMMAND
        try:
            code, answer = self._obey(frame.code, data, now, sealed=sealed, secure=True)
        except _RefusedError as refused:
            code, answer = self._refusal(frame, refused.nak, now)
        return channel.seal(self.address, frame.sequence, code, answer, crc=frame.crc)

    def _outside(self, frame: Frame, now: float) -> bytes:
        """The reply in clear, to a command in clear or to a step of the handshake."""
        try:
            if frame.block is None:
                if self._key is not None and frame.code not in _IN_CLEAR:
                    raise _RefusedError(Nak.SECURITY)  # noqa: TRY301 - one place where refusals become replies
                return self._reply(
                    frame, *self._obey(frame.code, frame.data, now, sealed=False, secure=False)
                )
            if (frame.block[0], frame.code) == (Block.CHALLENGE, Command.CHLNG):
                return self._challenged(frame, frame.block[1], now)
            if (frame.block[0], frame.code) == (Block.SERVER, Command.SCRYPT):
                return self._proved(frame, frame.block[1], now)
            raise _RefusedError(Nak.BLOCK)  # noqa: TRY301 - as above
        except _RefusedError as refused:
            return self._reply(frame, *self._refusal(frame, refused.nak, now))

    def _challenged(self, frame: Frame, which: bytes, now: float) -> bytes:
        self._end("the panel opens another", now)
        if len(frame.data) != RANDOM_BYTES:
            raise _RefusedError(Nak.LENGTH)
        if which != bytes((_FACTORY_KEY if self._key is None else _OWN_KEY,)):
            raise _RefusedError(Nak.SECURITY)
        keys = SessionKeys.derive(self._key or FACTORY_KEY, frame.data)
        ours = self._random(RANDOM_BYTES)
        self._handshake = _Handshake(keys, keys.panel_cryptogram(frame.data, ours), which[0])
        answer = self._identity[:8] + ours + keys.reader_cryptogram(frame.data, ours)
        return self._reply(frame, Reply.CCRYPT, answer, (Block.CRYPTOGRAM, which))

    def _proved(self, frame: Frame, which: bytes, now: float) -> bytes:
        handshake, self._handshake = self._handshake, None
        if handshake is None or which != bytes((handshake.which_key,)):
            raise _RefusedError(Nak.SECURITY)
        if not hmac.compare_digest(frame.data, handshake.awaited):
            raise _RefusedError(Nak.SECURITY)
        first = handshake.keys.first_mac(frame.data)
        self._channel = Channel(handshake.keys, first)
        self._events.append(ChannelOpened(now, handshake.which_key == _FACTORY_KEY))
        return self._reply(frame, Reply.RMAC_I, first, (Block.FIRST_MAC, b"\x01"))

    def _obey(
        self, command: int, data: bytes, now: float, *, sealed: bool, secure: bool
    ) -> tuple[Reply, bytes]:
        try:
            match command:
                case Command.OUT:
                    self._events += self._outputs.obey(out_orders(data), now)
                case Command.LED:
                    self._events += self._lamp.obey(data, now)
                case Command.BUZ:
                    self._events += buzzed(data, now)
                case Command.KEYSET:
                    self._take_key(data, now, sealed=sealed)
                case _:
                    return self._tell(command, data, now, secure=secure)
        except WrongLengthError as error:
            raise _RefusedError(Nak.LENGTH) from error
        except UnableError as error:
            raise _RefusedError(Nak.UNABLE) from error
        return Reply.ACK, b""

    def _tell(self, command: int, data: bytes, now: float, *, secure: bool) -> tuple[Reply, bytes]:
        """Answer a question; nothing about the doorway in clear, once the reader has its key."""
        if data if command in _QUESTIONS else command in _IN_CLEAR and len(data) != 1:
            raise _RefusedError(Nak.LENGTH)
        match command:
            case Command.POLL:
                tiding = self._tidings.next(now) if secure or self._key is None else None
                return (tiding.reply, tiding.data) if tiding else (Reply.ACK, b"")
            case Command.ID:
                return Reply.PDID, self._identity + _FIRMWARE
            case Command.CAP:
                return Reply.PDCAP, self._capabilities()
            case Command.LSTAT:
                return Reply.LSTATR, self._local()
            case Command.ISTAT:
                return Reply.ISTATR, bytes(self._inputs)
            case Command.OSTAT:
                return Reply.OSTATR, bytes(self._outputs.levels)
            case _:
                raise _RefusedError(Nak.UNKNOWN)

    def _take_key(self, data: bytes, now: float, *, sealed: bool) -> None:
        if not sealed:
            raise _RefusedError(Nak.SECURITY)
        if data[:2] != bytes((1, KEY_BYTES)) or len(data) != 2 + KEY_BYTES:
            raise _RefusedError(Nak.LENGTH)
        try:
            self._keep_key(data[2:])
        except OSError as error:
            raise _RefusedError(Nak.UNABLE) from error
        self._key = data[2:]
        self._events.append(KeyStored(now))

    def _capabilities(self) -> bytes:
        """PDCAP: function, level, number of each; sizes as low and high byte."""
        longest = tuple(LONGEST.to_bytes(2, "little"))
        able = [
            (1, 1, len(self._inputs)),
            (2, 1, len(self._outputs.levels)),
            (3, 1, 0),
            (4, 4, 1),
            (5, 2, 1),
            (8, 1, 0),
            (9, 1, int(self._key is None)),
            (10, *longest),
            (11, *longest),
            (14, 0, 1),
        ]
        return b"".join(map(bytes, able))

    def _local(self) -> bytes:
        return bytes((self._tampered, self._power_failed))

    def _end(self, why: str, now: float) -> None:
        """No channel, no handshake, and no number but 0 is in turn."""
        if self._channel is not None:
            self._events.append(ChannelEnded(now, why))
        self._channel = self._handshake = self._awaited = None
        self._last = (b"", b"")

    def _refusal(self, frame: Frame, nak: Nak, now: float) -> tuple[Reply, bytes]:
        self._events.append(Refused(now, frame.code, nak))
        return Reply.NAK, bytes((nak,))

    def _refuse(self, frame: Frame, nak: Nak, now: float) -> bytes:
        """Refuse a frame as if it had never come: it has no part in the sequence."""
        return self._reply(frame, *self._refusal(frame, nak, now))

    def _reply(self, frame: Frame, code: Reply, data: bytes, block: tuple[int, bytes] | None = None) -> bytes:
        return build(self.address | FROM_READER, frame.sequence, code, data, crc=frame.crc, block=block)
