"""What an export is of: the days that were asked for, and what of the log they are as it begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.ledger.leaf import to_the_millisecond
from kiosk.ledger.notes import NoteKey
from kiosk.settings import Settings
from kiosk.store import StoredCheckpoint, StoreReader, keys
from kiosk.texts import Language


class ExportError(KioskError):
    """These days cannot be exported."""

    code: ClassVar[str] = "bad_export"


@dataclass(frozen=True)
class Order:
    """What to export, and for whom: an inspector in ``session``, a manager ``by`` name, or whoever works on the box."""

    first: date
    last: date
    language: Language = "en"
    session: int | None = None
    by: str | None = None


@dataclass(frozen=True)
class Scope:
    """What is exported; it stays the same however the log grows."""

    kiosk: str
    key: NoteKey
    order: Order
    #: The indices of its entries, ``end`` excluded.
    start: int
    end: int
    #: When it began, by the log's clock, to the millisecond.
    now: datetime
    #: The last checkpoint of a log that takes no more entries; None where this export will be one.
    last_signed: StoredCheckpoint | None
    cosigned: StoredCheckpoint | None
    certificate: bytes | None

    @property
    def with_entry(self) -> bool:
        """Whether the log will have an entry about it."""
        return self.last_signed is None


def scope_of(
    settings: Settings, reader: StoreReader, order: Order, now: datetime, *, with_entry: bool
) -> Scope:
    """What ``order`` comes to.

    Raises:
        ExportError: there is no log, or there are no such days in it.
        StoreError: it cannot be read.
    """
    where = str(settings.data / "log.sqlite")
    key, kiosk = keys.log_key(settings.data), reader.kiosk
    if key is None or kiosk is None or not reader.length:
        raise ExportError("the log is empty", where=where, mend="start the door first")
    _demand_days(reader, order, now)
    days = reader.days(order.first, order.last)
    last_signed = None
    if not with_entry:
        last_signed = reader.checkpoint()
        if last_signed is None:
            raise ExportError(
                "nothing of this log was ever signed", where=where, mend="nothing can be proved"
            )
        days = range(min(days.start, last_signed.size), min(days.stop, last_signed.size))
    return Scope(
        kiosk=kiosk,
        key=key,
        order=order,
        start=days.start,
        end=days.stop,
        now=to_the_millisecond(now),
        last_signed=last_signed,
        cosigned=reader.cosigned_checkpoint(),
        certificate=keys.certificate(settings.data),
    )


def _demand_days(reader: StoreReader, order: Order, now: datetime) -> None:
    """Raise `ExportError` unless the days lie within the log's."""
    days = f"{order.first} to {order.last}"
    if order.last < order.first:
        raise ExportError("the last day is before the first", where=days, mend="turn them round")
    today = now.astimezone(HONG_KONG).date()
    if order.last > today:
        raise ExportError("lies in the future", where=f"{order.last}", mend=f"export up to {today}")
    begun = next(reader.read(0, 1)).at.date()
    if order.last < begun:
        raise ExportError("lies before the log", where=days, mend=f"the log begins on {begun}")
