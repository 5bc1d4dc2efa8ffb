"""What a reader has to tell at the next poll: cards, keys, and inputs that changed. Pure.

Every change of an input is told in its turn, so that a beam that was broken for less than a poll is not lost. What
nobody asked about for as long as a panel may be silent grows stale: a card that was held up then opens nothing now.
Of the states the last one is told still.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from firmware_bridge.osdp_reader.codes import Reply

_MOST = 64
_STATES = frozenset({Reply.ISTATR, Reply.LSTATR})
_KEYS_AT_ONCE = 32
_KEYPAD = {**{digit: ord(digit) for digit in "0123456789"}, "*": 0x7F, "#": 0x0D}


@dataclass(frozen=True, slots=True, repr=False)
class Tiding:
    """The reply that tells of it, and since when (monotonic seconds) there is something to tell."""

    mono: float
    reply: Reply
    data: bytes


class Tidings:
    """A queue of them; ``fresh_s``: for how many seconds a card is worth telling."""

    def __init__(self, fresh_s: float) -> None:
        self._fresh_s = fresh_s
        self._waiting: deque[Tiding] = deque(maxlen=_MOST)

    def card(self, data: bytes, bits: int, now: float, *, wiegand: bool) -> None:
        """A card was held up; raises ValueError where ``data`` does not hold so many bits."""
        if not bits or len(data) != (bits + 7) // 8 or len(data) > 128:  # noqa: PLR2004 - no card has more
            raise ValueError(f"{len(data)} bytes do not hold {bits} bits; give as many bytes as they need")
        self._add(now, Reply.RAW, bytes((0, int(wiegand))) + bits.to_bytes(2, "little") + data)

    def keys(self, typed: str, now: float) -> None:
        """Keys were pressed; raises ValueError for one that the keypad has not."""
        if any(key not in _KEYPAD for key in typed):
            raise ValueError("the keypad has 0 to 9, * and #")
        for at in range(0, len(typed), _KEYS_AT_ONCE):
            codes = bytes(_KEYPAD[key] for key in typed[at : at + _KEYS_AT_ONCE])
            self._add(now, Reply.KEYPAD, bytes((0, len(codes))) + codes)

    def state(self, reply: Reply, data: bytes, now: float) -> None:
        """Inputs, or the reader's case, stand differently."""
        self._add(now, reply, data)

    def next(self, now: float) -> Tiding | None:
        """The oldest that is worth telling; it is taken out."""
        while self._waiting:
            first = self._waiting.popleft()
            later = first.reply in _STATES and any(one.reply is first.reply for one in self._waiting)
            if now - first.mono <= self._fresh_s or (first.reply in _STATES and not later):
                return first
        return None

    def _add(self, now: float, reply: Reply, data: bytes) -> None:
        self._waiting.append(Tiding(now, reply, data))
