"""Lists that have grown old, or cannot be used: what the desk and the office say of them, in every language."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from kiosk import settings
from kiosk.accounts import Accounts
from kiosk.gate.snapshot import TrustView
from kiosk.texts import LANGUAGES, Language, text
from kiosk.web import create_app
from kiosk.web.context import EXTENSION
from kiosk.web.feed import Feed, View
from tests.staff.house import PASSWORD, found, running
from tests.web import scenes
from tests.web.conftest import Site, csrf, wait_for


def desk(site: Site, lang: Language) -> str:
    client = site.signed_in("supra")
    client.get(f"/language/{lang}/desk")
    return unescape(client.get("/desk").text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_desk_says_of_each_old_list_its_age_and_what_to_do(site: Site, lang: Language) -> None:
    site.show(scenes.DESK["old-lists"])
    html = desk(site, lang)
    name = scenes.EU_NAME[lang]
    counts_until = (scenes.AT + timedelta(days=139)).strftime("%Y-%m-%d")
    out_since = (scenes.AT - timedelta(days=10)).strftime("%Y-%m-%d")
    assert text("desk.trust.stale", lang, name=name, days=41, day=counts_until) in html
    assert text("desk.trust.out", lang, name=name, days=190, day=out_since) in html
    assert text("desk.trust.broken", lang, name=name) in html
    assert text("desk.trust.unread", lang, n=1) in html
    assert html.count('class="closing phase-notice"') == 1


def test_lists_in_order_are_no_news_at_the_desk(site: Site) -> None:
    site.show(scenes.snapshot(trust=TrustView(lists=(scenes.trust_list("fresh", days=1),), revoked=9)))
    html = desk(site, "en")
    assert scenes.EU_NAME["en"] not in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_office_names_every_list_with_its_age_and_how_to_import_it(
    tmp_path: Path, lang: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = found(tmp_path)
    with running(file) as door:
        venue = settings.load(file)
        app = create_app(venue, door, Accounts(venue.data / "accounts.json"))
        feed = app.extensions[EXTENSION].feed
        try:
            wait_for(lambda: feed.view.snapshot)
            client = app.test_client()
            data = {"name": "mei", "password": PASSWORD, "csrf_token": csrf(client, "/desk/sign-in")}
            assert client.post("/desk/sign-in", data=data).status_code == 303
            client.get(f"/language/{lang}/office")
            assert text("office.lists.none", lang) in unescape(client.get("/office").text)
            shown = feed.view.snapshot.model_copy(update={"trust": scenes.DESK["old-lists"].trust})
            monkeypatch.setattr(Feed, "view", View(shown, "1"))
            html = unescape(client.get("/office").text)
        finally:
            feed.stop()
    for state, days in (("fresh", 1), ("stale", 41), ("out", 190), ("broken", 0)):
        assert text(f"office.lists.{state}", lang, days=days) in html
    assert "kiosk trust import eu FILE" in html
    assert text("office.lists.unread", lang) in html
    assert text("office.lists.text", lang, n=1200) in html
