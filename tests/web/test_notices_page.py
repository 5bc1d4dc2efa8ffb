"""Signed-in staff print the notices; nobody else sees the page, which is the same for all browsers."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import PASSWORD, Server, Site


def test_the_notices_ask_for_a_sign_in(site: Site) -> None:
    answer = site.client().get("/desk/notices")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/desk/sign-in")


def test_the_desk_leads_there_at_all_times(site: Site) -> None:
    assert 'href="/desk/notices"' in site.signed_in().get("/desk").get_data(as_text=True)


def test_signed_in_staff_get_a_page_to_print_and_its_style(site: Site) -> None:
    client = site.signed_in()
    page = client.get("/desk/notices")
    assert page.status_code == 200
    html = page.get_data(as_text=True)
    assert "分區平面圖" in html
    # The pages' own policy lets no style in the page take effect.
    assert "<style" not in html and "style=" not in html
    assert '<link rel="stylesheet" href="/desk/notices/notices.css">' in html
    assert client.get("/desk/notices/notices.css").mimetype == "text/css"


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_the_page_is_styled_and_usable_by_everybody(site: Site) -> None:
    server = Server(site.app)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1024, "height": 600})
        page.goto(f"{server.url}/desk/sign-in")
        page.fill("#name", "anna")
        page.fill("#password", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/desk")
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"{server.url}/desk/notices")
        assert page.locator(".sheet").first.evaluate("one => getComputedStyle(one).display") == "flex"
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert complaints == []
        browser.close()
    server.stop()
