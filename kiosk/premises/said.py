"""What the venue's settings say, as digests by field: so that the log can tell that they changed, and in what.

Nothing of their content can be read from a field's digest in the log: only the digest of all of them together goes there,
with the names of the fields that changed. The digests by field stay beside the log, for the next start to compare.

A field is named as the venue's file names it, two steps deep: ``premises.capacity``, ``admission.way``, ``cameras``; and a
zone's by the zone's id: ``premises.zones.D1.capacity``. What has its usual value is not there, so that a newer program
with one field more finds nothing changed. Left out are the paths of this machine and what the log has by other means (the
instrument in force, the id of the sealing key); of a token only its path is in the settings at all. Key rings and sources
of trust lists count by what is in them, wherever they lie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import rfc8785

from kiosk.settings import Settings

_LEFT_OUT: dict[str, bool | set[str]] = {
    "data": True,
    "socket": True,
    "instruments": True,
    "sealing_key_file": True,
    "keyrings": True,
    "trust_sources": True,
    "central": {"token_file"},
}
_ZONES = "premises.zones"


@dataclass(frozen=True)
class Said:
    """The settings of a start."""

    #: SHA-256, in hex, by field; where there are none, nothing is said at all.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: The fields that differ from those of the start before; none at the first.
    changed: tuple[str, ...] = ()

    @property
    def digest(self) -> str | None:
        """SHA-256, in hex, of all of them."""
        return _digest(dict(self.fields)) if self.fields else None


def said_by(settings: Settings, files: Mapping[str, bytes], before: Mapping[str, str]) -> Said:
    """What the settings say, and what of it is new.

    Args:
        settings: the venue's file.
        files: what counts by its content, by the name of the field.
        before: the digests by field of the start before; empty where there was none.
    """
    told = settings.model_dump(mode="json", exclude_defaults=True, exclude=dict(_LEFT_OUT))
    fields = {name: _digest(value) for name, value in _fields(told)}
    fields |= {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return Said(fields, _changed(before, fields) if before else ())


def _fields(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in told.items():
        if not isinstance(value, dict):
            yield name, value
            continue
        # That it is there at all says something, even where all in it is as usual.
        yield name, {}
        for part, inner in value.items():
            path = f"{name}.{part}"
            if path != _ZONES:
                yield path, inner
                continue
            for zone in inner:
                yield from ((f"{path}.{zone['id']}.{key}", of_it) for key, of_it in zone.items())


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    differ = {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}
    return tuple(sorted({_shortest(name, before if name in now else now) for name in differ}))


def _shortest(name: str, other: Iterable[str]) -> str:
    """``name``, or the part of the settings above it of which the ``other`` settings have nothing at all."""
    steps = name.split(".")
    for length in range(1, len(steps)):
        above = ".".join(steps[:length])
        if not any(known == above or known.startswith(f"{above}.") for known in other):
            return above
    return name


def _digest(value: Any) -> str:
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
