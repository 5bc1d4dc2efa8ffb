"""What an inspector reads of this moment: put together from the door's picture, the law in force and the duties of staff."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import law
from kiosk.gate.snapshot import Snapshot
from kiosk.premises.venue import venue_facts
from kiosk.reports.notice import Area, Notice, Sentence, make_notice
from kiosk.settings import Settings
from kiosk.staff.duties import Duties, duties
from kiosk.staff.register import Register


@dataclass(frozen=True)
class Told:
    """One rule of the instrument that binds a part of the premises, in plain words."""

    area: Area
    #: Hours, then what is asked of those who come in, then what banquets are asked for.
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Instrument:
    """The instrument in force as it binds these premises."""

    notice: Notice
    told: tuple[Told, ...]


def instrument(settings: Settings, instruments: law.Instruments, snapshot: Snapshot) -> Instrument | None:
    """The instrument in force at the door's own time; None where there is none."""
    if snapshot.instrument is None:
        return None
    notice = make_notice(settings, instruments, snapshot.at)
    told = tuple(Told(area, (*area.hours, *area.asked, *area.banquets)) for area in notice.areas)
    return Instrument(notice, told)


def staff_duties(
    settings: Settings, instruments: law.Instruments, snapshot: Snapshot, register: Register
) -> Duties:
    """What the instrument asks of those who work here, by the register."""
    return duties(instruments, venue_facts(settings), register, snapshot.at.date())
