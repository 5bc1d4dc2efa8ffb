"""From the kernel's input events to what a keyboard scanner types. Pure; times are the events' own, in seconds.

An event is a ``struct input_event`` (``linux/input.h``) as 64-bit machines have it: 24 bytes with the time in two longs, type,
code and value.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace

from kiosk.scanning.keymap import Keys, press, release

EVENT = struct.Struct("@qqHHi")
_EV_SYN, _EV_KEY = 0, 1
_SYN_REPORT, _SYN_DROPPED = 0, 3
_UP, _DOWN = 0, 1  # 2 is a key that repeats because it is held: nothing that a scanner does

#: After so many seconds without a key nothing is held down any more, and capitals are not locked: what the scanner
#: typed before was over, and an event may have been lost.
FORGET_S = 1.0


@dataclass(frozen=True)
class Typing:
    """The keys' state, when the last of them moved, whether events are being lost, and a piece of an event."""

    keys: Keys = field(default_factory=Keys)
    last: float = 0.0
    losing: bool = False
    rest: bytes = b""


def typed(typing: Typing, data: bytes) -> tuple[Typing, list[str]]:
    """What the events in ``data`` type, in order; an empty text stands where the kernel lost some."""
    data = typing.rest + data
    whole = len(data) - len(data) % EVENT.size
    said: list[str] = []
    for seconds, micros, kind, code, value in EVENT.iter_unpack(data[:whole]):
        if kind == _EV_SYN and code == _SYN_DROPPED:
            typing = Typing(last=typing.last, losing=True)
            said.append("")
        elif kind == _EV_SYN and code == _SYN_REPORT:
            # Up to here what the kernel says is only the end of what it lost.
            typing = replace(typing, losing=False)
        elif kind == _EV_KEY and not typing.losing:
            typing, text = _moved(typing, code, value, seconds + micros / 1e6)
            said += [text] if text else []
    return replace(typing, rest=data[whole:]), said


def _moved(typing: Typing, key: int, value: int, at: float) -> tuple[Typing, str]:
    keys = typing.keys if at - typing.last < FORGET_S else Keys()
    text = ""
    if value == _DOWN:
        keys, text = press(keys, key)
    elif value == _UP:
        keys, text = release(keys, key)
    return replace(typing, keys=keys, last=at), text
