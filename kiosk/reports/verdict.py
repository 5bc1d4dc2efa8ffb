"""What `kiosk log verify` says: a verdict in lines for a terminal, in one of the three languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kiosk import HONG_KONG, texts
from kiosk.reports.checking.earlier import Compared
from kiosk.reports.checking.findings import printable
from kiosk.reports.verify import Claims, Cosigned, Verdict
from kiosk.texts import Language

_ORIGIN = {"no_authority", "no_certificate"}


def lines(verdict: Verdict, name: str, language: Language) -> tuple[str, ...]:
    """The verdict on the file called ``name``, a thought a line; a fault is one line each."""
    return tuple(_Telling(verdict, language).lines(name))


class _Telling:
    """One verdict in one language."""

    def __init__(self, verdict: Verdict, language: Language) -> None:
        self._verdict = verdict
        self._language = language

    def lines(self, name: str) -> Iterator[str]:
        head = self._head()
        yield f"{name}: {self._text(head)}"
        yield self._text(f"{head}_means")
        if self._verdict.faults:
            yield from (f"- {fault.line(self._language)}" for fault in self._verdict.faults)
            yield self._text("faulty_then")
            return
        yield from (f"- {self._text(f'why_{why}')}" for why in self._verdict.unproved)
        if self._verdict.claims is not None:
            yield ""
            if head == "unproved":
                yield self._text("says")
            yield from self._claims(self._verdict.claims)

    def _head(self) -> str:
        if self._verdict.status == "unproved" and not _ORIGIN & set(self._verdict.unproved):
            return "incomplete"
        return self._verdict.status

    def _claims(self, claims: Claims) -> Iterator[str]:
        if claims.venue is None:
            yield self._text("of_kiosk", kiosk=claims.kiosk)
        else:
            yield self._text("of_venue", kiosk=claims.kiosk, venue=claims.venue)
        yield self._text("days", first=claims.first, last=claims.last)
        if claims.entries:
            yield self._text("entries", first=claims.start, last=claims.end - 1, count=claims.entries)
        else:
            yield self._text("no_entries")
        yield self._text(claims.whole, made_at=self._made_at(claims))
        if claims.download is not None:
            yield self._taken(claims)
        yield from self._cosigned(claims)
        if claims.other_key:
            yield self._text("other_key", count=claims.other_key)
        yield from (self._earlier(found, claims) for found in self._verdict.earlier)

    def _taken(self, claims: Claims) -> str:
        download = claims.download
        if download is None:
            return ""
        at, entry = _clock(download.at), download.index
        if download.session is not None:
            return self._text("taken_by", by=self._inspector(claims, download.session), at=at, entry=entry)
        if download.by is not None:
            return self._text("taken_by", by=printable(download.by), at=at, entry=entry)
        return self._text("taken_at_box", at=at, entry=entry)

    def _inspector(self, claims: Claims, session: int) -> str:
        said = claims.inspector or {}
        department, badge = said.get("department"), said.get("number")
        if said.get("type") != "inspector_signed_in" or not isinstance(department, str):
            return self._text("by_session", session=session)
        if not isinstance(badge, str):
            return self._text("by_inspector", department=printable(department), session=session)
        return self._text(
            "by_badge", department=printable(department), badge=printable(badge), session=session
        )

    def _cosigned(self, claims: Claims) -> Iterator[str]:
        found = claims.cosigned
        if claims.entries:
            yield self._text("cosigned_none") if found is None else self._last(found, claims)
        if claims.beyond:
            yield self._text("beyond", count=claims.beyond)

    def _last(self, found: Cosigned, claims: Claims) -> str:
        entry, at = found.size - 1, _clock(found.at)
        if not claims.beyond:
            return self._text("cosigned_all", entry=entry, at=at)
        if found.size <= claims.start or found.entry_at is None:
            return self._text("cosigned_before", entry=entry, at=at)
        return self._text("cosigned_part", entry=entry, at=at, written=_clock(found.entry_at))

    def _earlier(self, found: Compared, claims: Claims) -> str:
        values = {
            "size": found.size,
            "entry": found.size - 1,
            "first": claims.first,
            "last": claims.last,
        }
        return self._text(f"earlier_{found.outcome}", **values)

    def _made_at(self, claims: Claims) -> str:
        return _clock(claims.download.at) if claims.download else printable(claims.made_at)

    def _text(self, key: str, **values: object) -> str:
        return texts.text(f"verdict.{key}", self._language, **values)


def _clock(at: datetime) -> str:
    """A time by the law's clock, to the second."""
    return at.astimezone(HONG_KONG).isoformat(sep=" ", timespec="seconds")
