"""Entries, alarms, stops and moments as sentences in all three languages (the catalogue ``gate``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from kiosk.gate.snapshot import EventView, StopView, Texts
from kiosk.gate.words import sentence
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AlarmKind,
    AnyEntry,
    BanquetEnded,
    BanquetOpened,
    ClockConfirmed,
    Closed,
    CodeRejected,
    Continues,
    DayOpened,
    Decommissioned,
    Downloaded,
    Entry,
    Erased,
    Exit,
    InspectorSignedIn,
    InspectorSignedOut,
    Passage,
    PlacesReturned,
    PlanDisplayed,
    Recorded,
    Recount,
    Refusal,
    SettingsChanged,
    Settled,
    SignInReset,
    StaffChanged,
    StaffDuties,
    StaffPass,
    SteppedBack,
    SteppedOut,
    Undone,
    WayChanged,
)
from kiosk.settings import WHOLE
from kiosk.texts import LANGUAGES, Language, every_language, text


def event_view(recorded: Recorded, names: Mapping[str, Texts]) -> EventView:
    """A line of the log for the desk; ``names`` are those of the zones."""
    entry = recorded.entry
    key, values = _line(entry, names)
    return EventView(index=recorded.index, at=recorded.at, type=entry.type, text=sentence(key, **values))


def event_text(entry: AnyEntry, names: Mapping[str, Texts], language: Language) -> str:
    """The same line in one language: an export has many thousands of them."""
    key, values = _line(entry, names)
    told = {name: value[language] if isinstance(value, dict) else value for name, value in values.items()}
    return text(key, language, **told)


def _line(entry: AnyEntry, names: Mapping[str, Texts]) -> _Line:
    """The key of an entry's sentence in the catalogue, and the values in it, zones by their names."""
    variant, values = _values(entry)
    if "zone" in values:
        zone = str(values["zone"])
        # A zone that the venue has no more is told by its id.
        values |= {"zone": every_language("gate.premises") if zone == WHOLE else names.get(zone, zone)}
    return f"gate.event.{entry.type}{variant}", values


def alarm_text(kind: AlarmKind, subject: str) -> Texts:
    """What an alarm says, and what to do."""
    return every_language(f"gate.alarm.{kind}", subject=subject)


def stop_view(code: str) -> StopView:
    """Why nobody is admitted, and how to mend it."""
    return StopView.model_validate(
        {
            "code": code,
            "what": every_language(f"gate.stop.{code}.what"),
            "mend": every_language(f"gate.stop.{code}.mend"),
        }
    )


def moment(key: str, **values: object) -> Texts:
    """What the display says under its headline."""
    return sentence(f"gate.message.{key}", **values)


def both(*parts: Texts | None) -> Texts | None:
    """Several sentences as one text."""
    said = [part for part in parts if part]
    if not said:
        return None
    return {
        language: (" " if language == "en" else "").join(part[language] for part in said)
        for language in LANGUAGES
    }


_Line = tuple[str, dict[str, object]]


@singledispatch
def _values(entry: Entry) -> _Line:
    """The variant of an entry's sentence, and the values in it."""
    del entry
    return "", {}


@_values.register
def _day_opened(entry: DayOpened) -> _Line:
    return ("", {"instrument": entry.instrument}) if entry.instrument else ("_none", {})


@_values.register
def _admission(entry: Admission) -> _Line:
    values: dict[str, object] = {
        "people": len(entry.people),
        "zone": entry.zone,
        "party": entry.party,
    }
    if entry.override:
        return "_override", values | {"by": entry.override.by}
    return "", values


@_values.register
def _passage(entry: Passage) -> _Line:
    return ("", {}) if entry.admission is not None else ("_unknown", {})


@_values.register
def _returned(entry: PlacesReturned) -> _Line:
    return "", {"people": entry.people}


@_values.register
def _undone(entry: Undone) -> _Line:
    return "", {"by": entry.by, "admission": entry.admission}


@_values.register
def _settled(entry: Settled) -> _Line:
    return "", {"by": entry.by, "entered": entry.entered, "admission": entry.admission}


@_values.register
def _exit(entry: Exit) -> _Line:
    if entry.source == "beam":
        return "_beam", {"people": entry.people}
    return "", {"people": entry.people, "zone": entry.zone or WHOLE, "by": entry.by or ""}


@_values.register(SteppedOut)
@_values.register(SteppedBack)
def _stepped(entry: SteppedOut | SteppedBack) -> _Line:
    return "", {"people": entry.people, "party": entry.party}


@_values.register
def _banquet_opened(entry: BanquetOpened) -> _Line:
    return "", {"banquet": entry.banquet, "zone": entry.zone, "by": entry.by}


@_values.register
def _banquet_ended(entry: BanquetEnded) -> _Line:
    return "", {"banquet": entry.banquet, "by": entry.by}


@_values.register
def _refusal(entry: Refusal) -> _Line:
    paras = ", ".join(dict.fromkeys(reason.para for reason in entry.reasons if reason.para))
    return "", {"people": entry.people, "paras": paras or "-"}


@_values.register
def _rejected(entry: CodeRejected) -> _Line:
    return "", {
        "format": every_language(f"proofs.format_{entry.format}"),
        "error": every_language(f"proofs.error_{entry.error}"),
    }


@_values.register
def _recount(entry: Recount) -> _Line:
    said = ", ".join(
        f"{'' if zone == WHOLE else zone} {entry.was.get(zone, 0)}→{count}".strip()
        for zone, count in entry.inside.items()
    )
    return "", {"counts": said, "by": entry.by}


@_values.register(StaffPass)
@_values.register(ClockConfirmed)
@_values.register(PlanDisplayed)
def _by(entry: StaffPass | ClockConfirmed | PlanDisplayed) -> _Line:
    return "", {"by": entry.by}


@_values.register
def _staff_changed(entry: StaffChanged) -> _Line:
    return "", {"count": len(entry.changes), "by": entry.by}


@_values.register
def _inspector_in(entry: InspectorSignedIn) -> _Line:
    values: dict[str, object] = {"department": entry.department}
    if entry.how == "badge":
        return "_badge", values | {"number": entry.number or ""}
    return "_manager", values | {"by": entry.by or ""}


@_values.register
def _inspector_out(entry: InspectorSignedOut) -> _Line:
    return ("_manager", {"by": entry.by or ""}) if entry.why == "manager" else (f"_{entry.why}", {})


@_values.register
def _sign_in_reset(entry: SignInReset) -> _Line:
    return f"_{'_'.join(sorted(set(entry.what)))}", {"name": entry.name, "by": entry.by}


@_values.register
def _downloaded(entry: Downloaded) -> _Line:
    values: dict[str, object] = {"first": entry.first.isoformat(), "last": entry.last.isoformat()}
    if entry.session is not None:
        return "_inspector", values
    return ("_staff", values | {"by": entry.by}) if entry.by is not None else ("_command", values)


@_values.register
def _staff_duties(entry: StaffDuties) -> _Line:
    if entry.reasons:
        missing = sum(max(1, reason.people) for reason in entry.reasons)
        return "_short", {"zone": entry.zone, "missing": missing}
    return "", {"zone": entry.zone, "staff": entry.staff}


@_values.register
def _settings_changed(entry: SettingsChanged) -> _Line:
    return "", {"what": ", ".join(entry.what)}


@_values.register
def _way(entry: WayChanged) -> _Line:
    return f"_{entry.way}", {"by": entry.by}


@_values.register(Alarm)
@_values.register(AlarmCleared)
def _alarm(entry: Alarm | AlarmCleared) -> _Line:
    return "", {"alarm": every_language(f"gate.alarm_name.{entry.kind}"), "subject": entry.subject}


@_values.register
def _continues(entry: Continues) -> _Line:
    return "", {"kiosk": entry.kiosk, "entries": entry.entries}


@_values.register
def _decommissioned(entry: Decommissioned) -> _Line:
    return "", {"by": entry.by, "visits": entry.visits}


@_values.register
def _erased(entry: Erased) -> _Line:
    return "", {"visits": entry.visits, "before": entry.before.isoformat()}


@_values.register
def _closed(entry: Closed) -> _Line:
    return "", {"zone": entry.zone, "inside": entry.inside}
