"""Lines of the log and contraventions as sentences in one language, for the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kiosk import HONG_KONG
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AnyEntry,
    Downloaded,
    InspectorSignedIn,
    InspectorSignedOut,
    LegalReason,
    Override,
    Recount,
    SettingsChanged,
    SignInReset,
    StaffChanged,
    StaffDuties,
    Started,
    WayChanged,
)
from kiosk.reports.figures import Contravention, Line
from kiosk.settings import WHOLE
from kiosk.texts import Language, catalogue, text

#: An id to its name in each language.
ZoneNames = Mapping[str, Mapping[Language, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """A line for a reader: when, which entry, and what it says."""

    at: str
    index: int
    said: str


@dataclass(frozen=True)
class Teller:
    """Speaks one language, and knows the venue's zones by their names."""

    language: Language
    zones: ZoneNames

    def say(self, key: str, **values: object) -> str:
        """The report's text ``key``."""
        return text(f"report.{key}", self.language, **values)

    def count(self, key: str, n: int) -> str:
        """The text ``key`` for so many, or that for one."""
        return self.say(f"{key}_one" if n == 1 else key, n=n)

    def join(self, parts: Iterable[str], with_: str = "comma") -> str:
        """Several things after one another."""
        return self.say(with_).join(parts)

    def day(self, day: date, form: str = "day") -> str:
        """A date; ``form`` is ``day``, ``day_short`` or ``day_weekday``."""
        return self.say(form, day=day, **self._weekday(day, form))

    def days(self, first: date, last: date, form: str = "day") -> str:
        """A range of dates, or the one."""
        if first == last:
            return self.day(first, form)
        return self.say("range", first=self.day(first, form), last=self.day(last, form))

    def moment(self, at: datetime) -> str:
        """Date and time."""
        at = at.astimezone(HONG_KONG)
        return self.say("moment", day=self.day(at.date()), time=f"{at:%H:%M:%S}")

    def minute(self, at: datetime) -> str:
        """Date and time to the minute."""
        at = at.astimezone(HONG_KONG)
        return f"{self.day(at.date())} {at:%H:%M}"

    def zone(self, zone: str | None) -> str:
        """A zone by its name, or by its id where the venue has it no more."""
        if zone in {None, "", WHOLE}:
            return self.say("premises")
        assert zone is not None  # noqa: S101 - for mypy
        return self.zones.get(zone, {}).get(self.language) or zone

    def code(self, code: str) -> str:
        """A code of the law in a few words."""
        key = f"code.{code}"
        return text(f"figures.{key}", self.language) if key in catalogue("figures") else code

    def against(self, found: Contravention) -> str:
        """What a contravention is, without where and when."""
        said = text(f"figures.against.{found.what}", self.language)
        if found.what == "over_limit" and found.limit is not None:
            more = self.say("what_over_limit", limit=found.limit, most=found.limit + found.people)
        elif found.code is not None and found.code != found.what:
            more = self.code(found.code)
        else:
            return said
        return said + self.say("colon") + more

    def lines(self, lines: Sequence[Line]) -> tuple[Told, ...]:
        """Entries as lines."""
        return tuple(Told(clock(line.at), line.index, self.entry(line.entry)) for line in lines)

    def alarms(self, lines: Sequence[Line]) -> tuple[Told, ...]:
        """Alarms as lines, each with its end."""
        ends: dict[int, Line] = {}
        open_: dict[tuple[str, str], int] = {}
        for line in lines:
            entry = line.entry
            if isinstance(entry, Alarm):
                open_[entry.kind, entry.subject] = line.index
            elif isinstance(entry, AlarmCleared):
                began = open_.pop((entry.kind, entry.subject), None)
                ends[line.index if began is None else began] = line
        told = []
        for line in lines:
            end = ends.get(line.index)
            if isinstance(line.entry, AlarmCleared) and end is None:
                continue
            if isinstance(line.entry, Alarm | AlarmCleared):
                told.append(Told(clock(line.at), line.index, self._alarm(line.entry, end)))
        return tuple(told)

    def entry(self, entry: AnyEntry) -> str:
        """One entry in a sentence."""
        match entry:
            case Admission(override=Override() as override):
                return self._override(entry, override)
            case Recount():
                return self._recount(entry)
            case StaffDuties():
                return self._duties(entry)
            case Started():
                variant = "_demo" if entry.demo else "_shifted" if entry.clock_shifted else ""
                return self.say(f"line_started{variant}", version=entry.version)
            case Alarm() | AlarmCleared():
                return self._alarm(entry, None)
            case _:
                return self._as_at_the_desk(entry)

    def _weekday(self, day: date, form: str) -> dict[str, str]:
        return {"weekday": self.say(f"weekday_{day.weekday()}")} if form in {"day_weekday", "day_row"} else {}

    def reasons(self, reasons: Iterable[LegalReason], *, counted: bool = False) -> str:
        """Legal reasons with their paragraphs."""
        return self.join(
            (
                self.say(
                    "line_missing" if counted and one.people else "line_reason",
                    reason=self.code(one.code),
                    para=one.para or "-",
                    people=one.people,
                )
                for one in reasons
            ),
            "semicolon",
        )

    def _alarm(self, entry: Alarm | AlarmCleared, end: Line | None) -> str:
        alarm = text(f"gate.alarm_name.{entry.kind}", self.language)
        said = self.say("line_alarm_subject", alarm=alarm, subject=entry.subject) if entry.subject else alarm
        cleared = entry if isinstance(entry, AlarmCleared) else end.entry if end else None
        if not isinstance(cleared, AlarmCleared):
            return said
        key = "line_alarm_over_by" if cleared.by else "line_alarm_over"
        time = clock(end.at) if end else ""
        return said + self.say("semicolon") + self.say(key, time=time, by=cleared.by or "").strip()

    def _override(self, entry: Admission, override: Override) -> str:
        return self.say(
            "line_override",
            by=override.by,
            people=self.count("people", len(entry.people)),
            zone=self.zone(entry.zone),
            against=self.reasons(override.against) or "-",
            reason=override.reason,
        )

    def _recount(self, entry: Recount) -> str:
        counts = (
            self.say("line_recount_zone", zone=self.zone(zone), was=entry.was.get(zone, 0), now=now)
            for zone, now in entry.inside.items()
        )
        return self.say("line_recount", by=entry.by, counts=self.join(counts), reason=entry.reason)

    def _duties(self, entry: StaffDuties) -> str:
        zone = self.zone(entry.zone)
        if not entry.reasons:
            return self.say("line_duties", zone=zone, staff=entry.staff)
        missing = self.reasons(entry.reasons, counted=True)
        return self.say("line_duties_short", zone=zone, staff=entry.staff, missing=missing)

    def _as_at_the_desk(self, entry: AnyEntry) -> str:
        key = f"event.{entry.type}{_variant(entry)}"
        if key not in catalogue("gate"):
            return self.say("line_unknown", type=entry.type)
        values: dict[str, object] = {name: "" if value is None else value for name, value in entry}
        for name, value in entry:
            if isinstance(value, date) and not isinstance(value, datetime):
                values[name] = self.day(value)
        if isinstance(entry, SettingsChanged):
            values["what"] = self.join(entry.what)
        elif isinstance(entry, StaffChanged):
            values["count"] = len(entry.changes)
        try:
            return text(f"gate.{key}", self.language, **values)
        except KeyError:
            # A sentence that wants more than the entry has is no reason for a report that is not made.
            return self.say("line_unknown", type=entry.type)


def clock(at: datetime) -> str:
    """A time of the day in Hong Kong, to the second."""
    return f"{at.astimezone(HONG_KONG):%H:%M:%S}"


def _variant(entry: AnyEntry) -> str:
    """Which of the sentences for an entry of this type, as the catalogue ``gate`` calls them."""
    match entry:
        case WayChanged():
            return f"_{entry.way}"
        case InspectorSignedIn():
            return f"_{entry.how}"
        case InspectorSignedOut():
            return f"_{entry.why}"
        case SignInReset():
            return f"_{'_'.join(sorted(set(entry.what)))}"
        case Downloaded():
            return "_inspector" if entry.session is not None else "_staff" if entry.by else "_command"
        case _:
            return ""
