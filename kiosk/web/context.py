"""What every page needs: the running parts, who is asking, and the helpers of the templates."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app, g, request
from markupsafe import Markup

from kiosk import HONG_KONG
from kiosk.accounts import Account, Accounts
from kiosk.gate.protocol import DoorClient
from kiosk.gate.snapshot import Texts
from kiosk.settings import Settings
from kiosk.texts import Language, every_language
from kiosk.web import language
from kiosk.web.carrying import Carrying
from kiosk.web.exports import Exports
from kiosk.web.feed import Feed, Streams
from kiosk.web.invitations import Invitations
from kiosk.web.pairing import Pairing
from kiosk.web.thought import asked_of_all
from kiosk.web.tls import Tls

EXTENSION = "kiosk"


@dataclass(frozen=True)
class Web:
    """The running parts of the page server."""

    settings: Settings
    door: DoorClient
    accounts: Accounts
    feed: Feed
    pairing: Pairing
    streams: Streams
    invitations: Invitations
    carrying: Carrying
    exports: Exports
    #: How the pages are reached over TLS; None where the kiosk itself speaks none.
    tls: Tls | None = None
    #: Sessions that were signed out before they ended.
    signed_out: set[str] = field(default_factory=set)


def web() -> Web:
    """The parts of the running app."""
    return cast("Web", current_app.extensions[EXTENSION])


def reader() -> Language:
    """The language of whoever reads the page."""
    if "language" not in g:
        g.language = language.of(request)
    return cast("Language", g.language)


def staff() -> Account | None:
    """Who is signed in."""
    return cast("Account | None", g.get("account"))


def live() -> bool:
    """Whether our own script asks, and wants the changing part of the page only."""
    return request.headers.get("X-Live") == "1"


def say(texts: Texts | Mapping[Language, str] | None) -> str:
    """The reader's choice of a text that comes in all languages."""
    return texts[reader()] if texts else ""


def t(key: str, **values: object) -> Markup:
    """A text of ours in the reader's language."""
    return language.marked(key, reader(), **values)


def hm(moment: datetime | None) -> str:
    """The time of day in Hong Kong, ``19:30``."""
    return moment.astimezone(HONG_KONG).strftime("%H:%M") if moment else ""


def new_id() -> str:
    """A fresh command id for a form."""
    return uuid.uuid4().hex


def is_demo() -> bool:
    """Whether DEMO has to stand on the screen, also while the door does not answer."""
    snapshot = web().feed.view.snapshot
    return snapshot.demo if snapshot else not web().settings.production


def helpers() -> dict[str, object]:
    """What templates may call."""
    return {
        "t": t,
        "say": say,
        "asked_of_all": asked_of_all,
        "hm": hm,
        "new_id": new_id,
        "every": every_language,
        "reader": reader(),
        "tags": language.TAGS,
        "own_names": language.OWN_NAMES,
        "account": staff(),
        "demo": is_demo(),
        "venue": web().settings.name,
    }
