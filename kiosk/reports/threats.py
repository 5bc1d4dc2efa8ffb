"""Contraventions for a reader of the report: what, where, when, under which paragraph, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kiosk import HONG_KONG
from kiosk.reports.contraventions import PenaltyTold
from kiosk.reports.figures import Contravention
from kiosk.reports.summary import Group
from kiosk.reports.told import Teller
from kiosk.texts import text


class Threats:
    """What each contravention costs, by the instrument that it is against."""

    def __init__(self, teller: Teller, told: Iterable[PenaltyTold]) -> None:
        self._teller = teller
        self._told = tuple(told)

    def grouped(self, groups: Iterable[Group]) -> list[dict[str, Any]]:
        """What costs the same together: the penalties in sentences, and all that they threaten."""
        found: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for group in groups:
            sentences = self._sentences(group.worst, group.kind)
            found.setdefault(tuple(sentences), []).append(self._group(group))
        return [{"penalties": sentences, "items": told} for sentences, told in found.items()]

    def line(self, found: Contravention, kind: str | None) -> dict[str, str]:
        """One contravention of one day."""
        teller = self._teller
        goes_on = [
            text(f"figures.{key}", teller.language)
            for key, so in (("carried", found.carried), ("goes_on", found.goes_on))
            if so
        ]
        entries = teller.join(str(index) for index in found.entries)
        more = found.count > len(found.entries)
        over = found.what == "over_limit"
        return {
            "what": teller.against(found),
            "para": found.para or "",
            "where": self._where(found, None if over else teller.count("people", found.people)),
            "when": teller.join([_span(found.first, found.last, seconds=True), *goes_on]),
            "penalty": self._items(found, kind),
            "doubt": _doubt(teller, found),
            "entries": entries + (" …" if more else ""),
        }

    def _group(self, group: Group) -> dict[str, str]:
        teller, one = self._teller, group.worst
        times = [
            f"{teller.day(first.astimezone(HONG_KONG).date(), 'day_short')} {_span(first, last)}"
            for first, last in group.times
        ]
        if group.more:
            times.append("…")
        over = one.what == "over_limit"
        return {
            "what": teller.against(one),
            "para": one.para or "",
            "where": self._where(
                one, teller.count("times", group.count) if over else teller.count("people", group.people)
            ),
            "when": teller.join(times),
            "penalty": self._items(one, group.kind),
            "doubt": _doubt(teller, one),
        }

    def _where(self, found: Contravention, how_much: str | None) -> str:
        teller = self._teller
        room = teller.say("what_room", room=found.room) if found.room is not None else None
        return teller.join(part for part in (teller.zone(found.zone), room, how_much) if part)

    def _of(self, found: Contravention, kind: str | None) -> list[PenaltyTold]:
        concerned = {"responsible", "staff"} if found.what == "staff_not_in_order" else {"responsible"}
        return [
            one
            for one in self._told
            if one.who in concerned and (one.instrument, one.kind) == (found.instrument, kind)
        ]

    def _sentences(self, found: Contravention, kind: str | None) -> list[str]:
        teller = self._teller
        told = [
            teller.say(
                "penalty_told",
                para=one.para,
                said=text(f"lawbook.penalty_{one.who}", teller.language, said=one.text[teller.language]),
            )
            for one in self._of(found, kind)
        ]
        if told:
            return told
        if found.instrument is None:
            return [teller.say("penalty_none")]
        return [teller.say("penalty_unknown", instrument=found.instrument)]

    def _items(self, found: Contravention, kind: str | None) -> str:
        items = dict.fromkeys(one.para for one in self._of(found, kind))
        return self._teller.join(self._teller.say("item", para=para) for para in items)


def _doubt(teller: Teller, found: Contravention) -> str:
    return text(f"figures.doubt.{found.doubt}", teller.language) if found.doubt else ""


def _span(first: datetime, last: datetime, *, seconds: bool = False) -> str:
    """From when to when; the end of a day is 24:00."""
    form = "%H:%M:%S" if seconds else "%H:%M"
    began, ended = f"{first.astimezone(HONG_KONG):{form}}", f"{last.astimezone(HONG_KONG):{form}}"
    if last > first and not ended.strip("0:"):
        ended = ended.replace("00", "24", 1)
    return began if began == ended else f"{began}–{ended}"  # noqa: RUF001 - a dash between two times
