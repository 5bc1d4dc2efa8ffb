"""What is wrong with an export: faults, each told once, and of many alike only the first few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from kiosk import texts
from kiosk.texts import Language

#: Of one kind in one file so many are told; of all together, so many.
ALIKE = 10
ALL = 200
_SHOWN = 120

PlaceKind = Literal["entry", "note", "byte", "checkpoint"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: an entry's index, the how manieth note (from 1), a byte (from 0), or a checkpoint's size."""

    kind: PlaceKind
    number: int


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. Tests and other programs hold on to ``code``, never to the sentence."""

    code: str
    #: The file's name without the archive's folder; empty where it is the archive itself.
    file: str
    place: Place | None = None
    values: Mapping[str, str | int] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    def message(self, language: Language = "en") -> str:
        """What is wrong, in a sentence."""
        return texts.text(f"verdict.fault_{self.code}", language, **_printable(self.values))

    def line(self, language: Language = "en") -> str:
        """File, place and what is wrong, on one line."""
        parts = [printable(self.file) or texts.text("verdict.archive", language)]
        if self.place is not None:
            parts.append(texts.text(f"verdict.place_{self.place.kind}", language, number=self.place.number))
        return f"{' · '.join(parts)}: {self.message(language)}"


class Findings:
    """Collects faults in the order in which they are found."""

    def __init__(self) -> None:
        self._faults: dict[tuple[str, str, Place | None, str], Fault] = {}
        self._alike: Counter[tuple[str, str]] = Counter()

    def add(self, code: str, file: str, place: Place | None = None, **values: str | int) -> None:
        """Something is wrong."""
        key = (code, file, place, str(sorted(values.items())))
        if key in self._faults:
            return
        self._alike[code, file] += 1
        if self._alike[code, file] <= ALIKE and len(self._faults) < ALL:
            self._faults[key] = Fault(code, file, place, MappingProxyType(values))

    @property
    def any(self) -> bool:
        """Whether anything was wrong."""
        return bool(self._alike)

    def faults(self) -> tuple[Fault, ...]:
        """What was found, and behind it how many were left out: of each kind that was told, and of all others."""
        told = Counter((fault.code, fault.file) for fault in self._faults.values())
        more = [
            Fault(
                "more",
                file,
                None,
                MappingProxyType({"count": self._alike[code, file] - shown, "alike": code}),
            )
            for (code, file), shown in told.items()
            if self._alike[code, file] > shown
        ]
        others = sum(count for kind, count in self._alike.items() if kind not in told)
        if others:
            more.append(Fault("more_others", "", None, MappingProxyType({"count": others})))
        return (*self._faults.values(), *more)


def printable(text: str) -> str:
    """Text out of a file of a stranger's, fit for a terminal: no control signs, no writing backwards, not too long."""
    shown = "".join(
        sign if sign.isprintable() else " " if sign.isspace() else "\ufffd" for sign in text[:_SHOWN]
    )
    return shown + ("…" if len(text) > _SHOWN else "")


def _printable(values: Mapping[str, str | int]) -> dict[str, str | int]:
    return {name: printable(value) if isinstance(value, str) else value for name, value in values.items()}
