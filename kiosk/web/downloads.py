"""Forms for an export, and what becomes of it: for an inspector under their session, for a manager under their name.

The pages only ask; the program makes the file (`exports`), the door writes the entry. Whoever asked fetches it, and nobody else;
on the kiosk's own screen, where there is no place to save to, it goes on a stick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, abort, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue

from kiosk.errors import KioskError
from kiosk.store import StoreReader
from kiosk.texts import Language
from kiosk.web import language
from kiosk.web.context import reader, web
from kiosk.web.exports import BusyError, Export, Wish
from kiosk.web.inspect_checkpoint import LOG
from kiosk.web.usb import Place

log = logging.getLogger(__name__)

#: Days in one export.
MOST_DAYS = 400
_OFFERED = timedelta(days=6)
_MB = 1_000_000


@dataclass(frozen=True)
class Who:
    """Who asks."""

    #: Under which name their exports are kept.
    holder: str
    session: int | None = None
    by: str | None = None
    #: Whether there is no place to save to: the kiosk's own screen.
    on_screen: bool = False


@dataclass(frozen=True)
class Desk:
    """Where the form stands.

    Args:
        blueprint: its name, before the dots of its views.
        who: asks.
        render: draws the page with what is given.
    """

    blueprint: str
    who: Callable[[], Who]
    render: Callable[..., str]

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the addresses."""
        blueprint.add_url_rule("/download", "download", self._page, methods=["GET"])
        blueprint.add_url_rule("/download", "download_begin", self._begin, methods=["POST"])
        blueprint.add_url_rule("/download/<token>/file", "download_file", self._file, methods=["GET"])
        blueprint.add_url_rule("/download/<token>/stick", "download_stick", self._stick, methods=["POST"])

    def _page(self) -> ResponseReturnValue:
        return self._show(None)

    def _begin(self) -> ResponseReturnValue:
        who = self.who()
        try:
            first, last = (date.fromisoformat(request.form.get(name, "")) for name in ("first", "last"))
        except ValueError:
            return self._show("bad_day"), 422
        if not first <= last:
            return self._show("bad_range"), 422
        if last - first >= timedelta(days=MOST_DAYS):
            return self._show("too_long"), 422
        spoken: Language = language.known(request.form.get("language")) or reader()
        wish = Wish(first, last, spoken, session=who.session, by=who.by)
        try:
            web().exports.begin(who.holder, wish)
        except BusyError as busy:
            return self._show("mine" if busy.mine else "busy"), 409
        except OSError as error:
            log.warning("an export cannot be begun: %s", type(error).__name__)
            return self._show("cannot"), 503
        return redirect(url_for(f"{self.blueprint}.download"), 303)

    def _file(self, token: str) -> ResponseReturnValue:
        who, export = self.who(), self._own(token)
        if export is None or export.state != "ready" or who.on_screen:
            abort(404)
        try:
            answer: Response = send_file(
                web().exports.file(export),
                mimetype="application/zip",
                as_attachment=True,
                download_name=export.name,
                conditional=False,
                etag=False,
                last_modified=None,
            )
        except FileNotFoundError:
            abort(404)
        return answer

    def _stick(self, token: str) -> ResponseReturnValue:
        export = self._own(token)
        if export is None or export.state != "ready":
            abort(404)
        web().exports.to_stick(export, place())
        return redirect(url_for(f"{self.blueprint}.download"), 303)

    def _own(self, token: str) -> Export | None:
        return web().exports.get(self.who().holder, token)

    def _show(self, problem: str | None) -> str:
        who = self.who()
        mine = web().exports.of(who.holder)
        first, last, oldest = _days()
        stick = place()
        need = max((one.size for one in mine), default=0)
        return self.render(
            problem=problem,
            most=MOST_DAYS,
            exports=mine,
            at_work=any(one.state == "making" for one in mine),
            first=request.form.get("first") or first,
            last=request.form.get("last") or last,
            oldest=oldest,
            newest=last,
            spoken=request.form.get("language") or reader(),
            stick=stick.state(need),
            save_here=not who.on_screen,
            blueprint=self.blueprint,
            size=size_in_words,
        )


def place() -> Place:
    """Where a stick is mounted."""
    settings = web().settings
    return Place(settings.usb, mounted_only=settings.production)


def size_in_words(octets: int) -> str:
    """A size that people compare with what is left on a stick: ``1.2 MB``."""
    return f"{octets / _MB:.1f} MB" if octets >= _MB / 10 else f"{max(1, round(octets / 1000))} kB"


def _days() -> tuple[date | None, date | None, date | None]:
    """What the form offers: the last week of the log; and its first day."""
    try:
        with StoreReader(web().settings.data / LOG) as log_reader:
            length = log_reader.length
            if not length:
                return None, None, None
            oldest, newest = (next(log_reader.read(index, 1)).at.date() for index in (0, length - 1))
    except KioskError as error:
        log.warning("the log cannot be read: %s", error.code)
        return None, None, None
    return max(oldest, newest - _OFFERED), newest, oldest
