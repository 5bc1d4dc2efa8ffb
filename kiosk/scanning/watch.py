"""From frames to events: a code that is shown for seconds counts once.

- A text's *sighting* begins with the first frame that holds it, and ends when no frame has held it for ``GAP_S``.
  It counts once, at its beginning. Each text has a sighting of its own: two codes in view in turn count once each.
- A *spell* of something that looks like a code but does not decode begins with its first such frame, and ends when
  there has been none for ``GAP_S``, or when a code is read. It is told once, as unreadable, when it has lasted
  ``UNREADABLE_S`` and ``UNREADABLE_FRAMES`` frames showed it: a hand that moves past is no spell.

Example: a phone is held up from second 0 to 3 and read in most frames; at 4 it is shown again: one event. Taken away
until 5 and shown again: a second event.

Pure: the state goes in and comes out; the time of each frame comes with it, in seconds of any monotonic clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: Seconds without a text after which the same text counts again.
GAP_S = 1.5
#: Seconds that something has to look like a code before it is called unreadable.
UNREADABLE_S = 3.0
#: Frames that have to show it in that time.
UNREADABLE_FRAMES = 5


@dataclass(frozen=True)
class Spell:
    """Something that looks like a code but does not decode."""

    began: float
    last: float
    frames: int
    told: bool = False


@dataclass(frozen=True)
class Watch:
    """What is in view: for each text when it was last seen, and the spell that goes on."""

    seen: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    spell: Spell | None = None


@dataclass(frozen=True)
class Events:
    """What one frame brought: texts whose sighting began, and whether something turned out unreadable."""

    texts: tuple[str, ...] = ()
    unreadable: bool = False


def look(watch: Watch, texts: Iterable[str], *, undecoded: bool, mono: float) -> tuple[Watch, Events]:
    """Take one frame's result into account.

    Args:
        watch: what was in view before.
        texts: the texts of the codes in the frame.
        undecoded: something in the frame looks like a code but does not decode.
        mono: when the frame was taken, in seconds of a monotonic clock; never earlier than the frame before.
    """
    found = tuple(dict.fromkeys(texts))
    still = {text: last for text, last in watch.seen.items() if mono - last < GAP_S}
    new = tuple(text for text in found if text not in still)
    seen = MappingProxyType(still | dict.fromkeys(found, mono))
    # Whoever has just been read and turns the phone away shows a blurred code, not an unreadable one.
    spell = None if seen else _spell(watch.spell, undecoded=undecoded, mono=mono)
    due = (
        spell is not None
        and not spell.told
        and spell.frames >= UNREADABLE_FRAMES
        and spell.last - spell.began >= UNREADABLE_S
    )
    if spell and due:
        spell = Spell(spell.began, spell.last, spell.frames, told=True)
    return Watch(seen, spell), Events(new, unreadable=due)


def _spell(spell: Spell | None, *, undecoded: bool, mono: float) -> Spell | None:
    if spell is not None and mono - spell.last >= GAP_S:
        spell = None
    if not undecoded:
        return spell
    if spell is None:
        return Spell(mono, mono, 1)
    return Spell(spell.began, mono, spell.frames + 1, spell.told)
