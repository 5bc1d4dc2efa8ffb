"""Writes pictures of the screens to a folder, to look at.

``python -m tests.web.shots FOLDER`` draws every state at every size, ``… FOLDER NAME`` only what has NAME in its name,
and ``… docs/screens readme`` the few of the README.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from kiosk.accounts import Accounts
from tests.web import conftest, scenes
from tests.web.chromium import ARGUMENTS, CHROMIUM

DISPLAY_SIZES = ((1024, 600), (800, 480), (720, 1280))
DESK_SIZES = ((1024, 600), (390, 844), (820, 1180))

#: Picture -> language of the desk, scene, size.
README = {
    "display-idle": ("", scenes.DISPLAY["idle"], (1024, 600)),
    "display-welcome": ("", scenes.DISPLAY["welcome"], (1024, 600)),
    "display-refused": ("", scenes.DISPLAY["refused"], (1024, 600)),
    "desk": ("en", scenes.DESK["ready"], (1024, 768)),
    "desk-phone": ("zh-Hant", scenes.DESK["ready"], (390, 844)),
}


@dataclass(frozen=True)
class Studio:
    """A paired display and a signed-in desk in one browser."""

    page: Page
    site: conftest.Site
    url: str
    folder: Path

    def shoot(
        self, name: str, path: str, size: tuple[int, int], scene: scenes.Snapshot, *, whole: bool = False
    ) -> None:
        """One picture of a page."""
        self.site.show(scene)
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.goto(self.url + path)
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=self.folder / f"{name}.png", full_page=whole)


@contextmanager
def studio(folder: Path) -> Iterator[Studio]:
    """Everything that a picture needs."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        data = Path(made)
        accounts = Accounts(data / "accounts.json")
        accounts.save("mei", "supervisor", conftest.PASSWORD, conftest.PIN)
        sites = conftest._site(data, (data / "accounts.json").read_bytes())
        with closing(sites):
            site = next(sites)
            server = conftest.Server(site.app)
            arguments = [*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
            page = browser.new_page()
            page.goto(f"{server.url}/display/pair/{site.parts.pairing.make_own_token()}")
            page.goto(f"{server.url}/desk")
            page.fill("#name", "mei")
            page.fill("#password", conftest.PASSWORD)
            page.click("button.primary")
            page.wait_for_url("**/desk")
            yield Studio(page, site, server.url, folder)
            browser.close()
            server.stop()


def everything(made: Studio, only: str) -> None:
    """Every state at every size."""
    register = {"register": scenes.DISPLAY["ask-either"], "declare": scenes.DISPLAY["ask-all"]}
    displays = [(name, "/display", scene) for name, scene in scenes.DISPLAY.items()]
    displays += [(name, f"/display?step={name}&n=2", scene) for name, scene in register.items()]
    for name, path, scene in displays:
        for size in DISPLAY_SIZES:
            if only in f"display-{name}":
                made.shoot(f"display-{name}-{size[0]}", path, size, scene)
    for name, scene in scenes.DESK.items():
        for language in ("en", "zh-Hant", "zh-Hans") if name == "not-yet" else ("en",):
            for size in DESK_SIZES:
                if only in f"desk-{name}":
                    path = f"/language/{language}/desk"
                    made.shoot(f"desk-{name}-{language}-{size[0]}", path, size, scene, whole=True)


def readme(made: Studio) -> None:
    """The few pictures of the README."""
    for name, (language, scene, size) in README.items():
        made.shoot(name, f"/language/{language}/desk" if language else "/display", size, scene)


if __name__ == "__main__":
    with studio(Path(sys.argv[1])) as ready:
        if sys.argv[2:] == ["readme"]:
            readme(ready)
        else:
            everything(ready, *(sys.argv[2:] or [""]))
