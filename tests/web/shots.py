"""Writes a picture of every state of every screen to a folder, to look at: ``python -m tests.web.shots FOLDER``."""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from kiosk.accounts import Accounts
from tests.web import conftest, scenes
from tests.web.chromium import ARGUMENTS, CHROMIUM

DISPLAY_SIZES = ((1024, 600), (800, 480), (720, 1280))
DESK_SIZES = ((1024, 600), (390, 844), (820, 1180))


def main(folder: Path, only: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        data = Path(made)
        accounts = Accounts(data / "accounts.json")
        accounts.save("supra", "supervisor", conftest.PASSWORD, conftest.PIN)
        sites = conftest._site(data, (data / "accounts.json").read_bytes())
        site = next(sites)
        with closing(sites):
            server = conftest.Server(site.app)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = browser.new_page()
            page.goto(f"{server.url}/display/pair/{site.parts.pairing.make_own_token()}")
            for name, scene in scenes.DISPLAY.items():
                if only and only not in f"display-{name}":
                    continue
                site.show(scene)
                for size in DISPLAY_SIZES:
                    _shot(page, f"{server.url}/display", size, folder / f"display-{name}-{size[0]}.png")
            _register(page, site, server.url, folder, only)
            page.goto(f"{server.url}/desk")
            page.fill("#name", "supra")
            page.fill("#password", conftest.PASSWORD)
            page.click("button.primary")
            page.wait_for_url("**/desk")
            for name, scene in scenes.DESK.items():
                for language in ("en", "zh-Hant", "zh-Hans") if name == "not-yet" else ("en",):
                    if only and only not in f"desk-{name}":
                        continue
                    site.show(scene)
                    page.goto(f"{server.url}/language/{language}/desk")
                    for size in DESK_SIZES:
                        to = folder / f"desk-{name}-{language}-{size[0]}.png"
                        _shot(page, f"{server.url}/desk", size, to, whole=True)
            browser.close()
            server.stop()


def _register(page: Page, site: Any, url: str, folder: Path, only: str) -> None:
    if only and only not in "display-register":
        return
    site.show(scenes.DISPLAY["ask-either"])
    for size in DISPLAY_SIZES:
        _shot(page, f"{url}/display?step=register&n=2", size, folder / f"display-register-{size[0]}.png")


def _shot(page: Page, url: str, size: tuple[int, int], to: Path, *, whole: bool = False) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(url)
    page.wait_for_timeout(500)
    page.screenshot(path=to, full_page=whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
