"""What visitors and staff see while an evening is played: a paired display and two desks in a real Chromium.

The pages note by themselves every picture that they draw, with the faults of its layout, so that none is missed however
short it stands. With ``KIOSK_SHOTS=FOLDER`` each new state is photographed into ``FOLDER/VENUE``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.venues.staging import KIOSK
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.looking import FAULTS, faults, resized, violations, watched

TABLET, PHONE = (1024, 600), (390, 844)
#: Seconds after which an evening is broken, whatever it does.
WHOLE_S = 600.0

#: Notes every picture that a page draws. A microtask comes after the page has fitted what it shows.
NOTE = """
window.noted = [];
const note = () => queueMicrotask(() => {
  const live = document.getElementById("live");
  if (live) window.noted.push({...(LOOK)(live), faults: (FAULTS)({whole: WHOLE})});
});
document.addEventListener("live:shown", note);
document.addEventListener("DOMContentLoaded", note);
"""
BOTH = """const both = (node) => node && {zh: [...node.querySelectorAll(".zh")].map((one) => one.textContent.trim()).join(" "),
  en: [...node.querySelectorAll(".en")].map((one) => one.textContent.trim()).join(" ")};"""
DISPLAY = (
    """(live) => {"""
    + BOTH
    + """
  const all = (css) => [...live.querySelectorAll(css)];
  return {
    state: live.dataset.state,
    number: Number(live.dataset.verdict),
    says: both(live.querySelector("#thought")),
    headline: both(live.querySelector("h1")),
    reasons: all(".reasons li").map((one) => ({...both(one.querySelector("p")), para: one.querySelector(".para").textContent})),
    zones: all(".foot .zones li").map((one) => ({is: one.className, ...both(one.querySelector(".left"))})),
    notices: all(".foot .closing").map((one) => one.className),
    taps: all(".taps form, .taps a").map((one) => one.id || "link"),
    aims: all(".aim").length,
  };
}"""
)
DESK = """(live) => {
  const all = (css) => [...live.querySelectorAll(css)];
  const texts = (css) => all(css).map((one) => one.textContent.trim());
  return {
    customers: all(".customer").length,
    outcome: live.querySelector("#decision")?.className ?? "",
    reasons: texts("#party .reasons .para"),
    rejected: all(".rejected").length,
    alarms: texts("#alarms strong"),
    stops: texts("#stops strong"),
    closing: all(".closing").map((one) => one.className),
    zones: all(".zone .meter, .zone .staff-short").map((one) => one.className.baseVal ?? one.className),
    waiting: all("#waiting li").length,
    banquets: all(".banquets form").length,
    steps: all("#party-steps [aria-pressed]").length,
    inside: Math.min(all("#inside li").length, 2),
    locks: all("#f-staff-pass").length,
    cameras: texts("#cameras li"),
  };
}"""


class Run:
    """``kiosk run`` of a venue file, and what it tells on the terminal."""

    def __init__(self, file: Path) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [KIOSK, "run", "--config", file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.lines.append(line.rstrip())

    @property
    def story(self) -> str:
        """All that it told."""
        return "\n".join(self.lines)

    @property
    def over(self) -> bool:
        """Whether the evening is over, in whatever way."""
        return (
            self._process.poll() is not None
            or "The system stays up for you" in self.story
            or "the evening broke off" in self.story
        )

    def told(self, pattern: str) -> re.Match[str]:
        """Wait for words on the terminal."""
        end = time.monotonic() + 90
        while not (found := re.search(pattern, self.story)):
            assert time.monotonic() < end, self.story
            assert self._process.poll() is None, self.story
            time.sleep(0.05)
        return found

    def end(self) -> int:
        """Ask it to end; its status."""
        self._process.terminate()
        return self._process.wait(60)


@dataclass
class Screen:
    """A page, and all the pictures that it drew."""

    name: str
    page: Page
    whole: bool
    pictures: list[dict[str, Any]] = field(default_factory=list)

    def look(self, shots: Shots) -> None:
        """Take over what the page has noted, and photograph what is new."""
        new = self.page.evaluate("window.noted.splice(0)")
        self.pictures += new
        if new:
            shots.take(self, new[-1])

    @property
    def faults(self) -> list[tuple[str, Any]]:
        """The faults of the layout of all pictures, each once, with what the picture was of."""
        found = {
            fault: {key: said for key, said in picture.items() if key != "faults"}
            for picture in self.pictures
            for fault in picture["faults"]
        }
        return list(found.items())


class Shots:
    """A folder of pictures, or none."""

    def __init__(self, venue: str) -> None:
        folder = os.environ.get("KIOSK_SHOTS")
        self._folder = Path(folder) / venue if folder else None
        self._seen: set[str] = set()

    def take(self, screen: Screen, picture: dict[str, Any]) -> None:
        """Photograph a state that has no photograph yet."""
        state = {key: said for key, said in picture.items() if key not in {"number", "says", "faults"}}
        state["customers"] = min(picture.get("customers", 0), 2)
        key = f"{screen.name} {json.dumps(state, sort_keys=True)}"
        if self._folder is None or key in self._seen:
            return
        self._seen.add(key)
        self.photograph(screen.page, f"{screen.name}-{picture.get('state', 'live')}", whole=not screen.whole)

    def photograph(self, page: Page, name: str, *, whole: bool) -> None:
        """One picture."""
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            number = len(list(self._folder.glob("*.png"))) + 1
            page.screenshot(path=self._folder / f"{number:03d}-{name}.png", full_page=whole)


@dataclass
class Watching:
    """The screens of one evening."""

    display: Screen
    tablet: Screen
    phone: Screen
    shots: Shots

    @property
    def all(self) -> tuple[Screen, ...]:
        """Every screen."""
        return (self.display, self.tablet, self.phone)

    def until(self, over: Callable[[], bool]) -> None:
        """Watch until ``over``, and a moment longer for what is on its way."""
        end = time.monotonic() + WHOLE_S
        while not over() and time.monotonic() < end:
            self._look()
        for _ in range(10):
            self._look()

    def _look(self) -> None:
        for screen in self.all:
            screen.look(self.shots)
        self.display.page.wait_for_timeout(100)

    def at_rest(self) -> Iterator[tuple[str, list[str], list[Any]]]:
        """Once nothing moves: faults and axe's findings of every screen, in every language, with everything opened."""
        display, url = self.display.page, self.display.page.url
        for zh in ("hans", "hant"):
            display.goto(f"{url}/language/{zh}")
            self.shots.photograph(display, f"rest-display-{zh}", whole=False)
            yield f"display {zh}", faults(display, whole=True), violations(display)
        desk, url = self.tablet.page, self.tablet.page.url.removesuffix("/desk")
        for language in ("en", "zh-Hant", "zh-Hans"):
            desk.goto(f"{url}/language/{language}/desk")
            desk.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            for size in (TABLET, PHONE):
                resized(desk, size)
                self.shots.photograph(desk, f"rest-desk-{language}-{size[0]}", whole=True)
                yield f"desk {language} {size}", faults(desk, whole=False), violations(desk)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


def watch(browser: Browser, run: Run, venue: str) -> Watching:
    """Follow what the terminal says: the link that pairs the display, and the sign-in of the desk."""
    desk = run.told(r"what staff see\s+(\S+)")[1]
    link = run.told(r"as their touch screen, once: (\S+)")[1]
    name, password = run.told(r"sign in as\s+(\S+) / (\S+)").groups()
    display = _screen(browser, desk, "display", TABLET, "zh-HK")
    display.page.goto(link)
    desks = [_screen(browser, desk, "desk", TABLET, "en-GB"), _screen(browser, desk, "phone", PHONE, "zh-HK")]
    for screen in desks:
        screen.page.goto(desk)
        screen.page.fill("#name", name)
        screen.page.fill("#password", password)
        screen.page.click("button.primary")
        screen.page.wait_for_url(desk)
    return Watching(display, *desks, Shots(venue))


def _screen(browser: Browser, desk: str, name: str, size: tuple[int, int], locale: str) -> Screen:
    whole = name == "display"
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=locale, has_touch=whole or name == "phone"
    )
    page = watched(context, desk.removesuffix("/desk"))
    page.on(
        "response",
        lambda answer: (
            answer.status >= 400
            # The picture to aim by is there only while there is something to aim at.
            and "/aim.jpg" not in answer.url
            and page.problems.append(f"{answer.status} {answer.url}")
        ),
    )
    look, is_whole = (DISPLAY, "true") if whole else (DESK, "false")
    page.add_init_script(NOTE.replace("WHOLE", is_whole).replace("LOOK", look).replace("FAULTS", FAULTS))
    return Screen(name, page, whole)
