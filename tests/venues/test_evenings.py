"""Every venue plays its evening by the real programs, and a real Chromium watches what visitors and staff see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kiosk.demo.evening import Evening
from kiosk.settings import Settings
from tests.venues.screens import Run, Watching, chromium, watch
from tests.venues.staging import VENUES, evening, stage, venue
from tests.web.chromium import CHROMIUM

pytestmark = [
    pytest.mark.evening,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed"),
]

Picture = dict[str, Any]
#: A paragraph, as a display writes it: "1(d)", or "Law, item 1(d)".
PARA = re.compile(r"\d+(?:\([a-z]\))?")


@dataclass(frozen=True)
class Played:
    """An evening that has been played."""

    name: str
    script: Evening
    settings: Settings
    status: int
    story: str
    screens: Watching
    rest: list[tuple[str, list[str], list[Any]]]

    @property
    def displayed(self) -> list[Picture]:
        """All pictures of the display."""
        return self.screens.display.pictures

    def shown(self, state: str) -> list[Picture]:
        """The display's thoughts of one state, each once, in order."""
        return list({each["number"]: each for each in self.displayed if each["state"] == state}.values())

    def checked(self, what: str) -> bool:
        """Whether the script looks for this on the screens."""
        return any(step.check is not None and getattr(step.check, what) for step in self.script.steps)


@pytest.fixture(scope="module", params=VENUES)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One evening, watched from its first minute to its last."""
    name = request.param
    script, settings = evening(name), venue(name)
    with chromium() as browser:
        run = Run(stage(name, tmp_path_factory.mktemp(name)))
        try:
            screens = watch(browser, run, name)
            screens.until(lambda: run.over)
            rest = list(screens.at_rest())
        finally:
            status = run.end()
            print(run.story)
    return Played(name, script, settings, status, run.story, screens, rest)


def is_chinese(said: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", said) is not None


def in_both(said: dict[str, str]) -> bool:
    return is_chinese(said["zh"]) and bool(said["en"]) and not is_chinese(said["en"])


def test_an_evening_goes_as_scripted_to_its_last_entry_at_central(played: Played) -> None:
    assert played.status == 0, played.story
    assert re.search(r"Central holds \d+ entries", played.story)


def test_the_display_welcomes_in_both_languages(played: Played) -> None:
    welcomes = played.shown("welcome")
    assert welcomes
    assert all(in_both(each["headline"]) for each in welcomes)


def test_the_display_shows_each_refusal_with_its_paragraphs_in_both_languages(played: Played) -> None:
    shown = played.shown("refused")
    assert all(each["reasons"] and in_both(reason) for each in shown for reason in each["reasons"])
    # Whoever is sent to wait has gone before the display could say much.
    came = [each for step in played.script.steps if (each := step.party or step.visitor)]
    refused = [each for each in came if each.expect == "refuse" and not getattr(each, "waits", False)]
    cited = [sorted({PARA.findall(reason["para"])[0] for reason in each["reasons"]}) for each in shown]
    for each in refused:
        if each.because:
            assert sorted(set(each.because.values())) in cited
    assert len(shown) >= len(refused)


def test_the_display_says_in_both_languages_that_the_house_is_full(played: Played) -> None:
    full = [zone for each in played.displayed for zone in each["zones"] if zone["is"] == "none"]
    if not played.checked("full") and played.name != "demo":
        assert not full, "only where the law limits the number of people"
        return
    assert full
    assert {(zone["zh"], zone["en"]) for zone in full} == {("額滿", "Full")}


def test_the_display_says_in_both_languages_that_the_door_is_closed(played: Played) -> None:
    closed = [zone for each in played.displayed for zone in each["zones"] if zone["is"] == "off"]
    if not played.checked("closed") and played.name != "demo":
        assert not closed, "only where the law or the licence has hours"
        return
    assert closed
    assert {(zone["zh"], zone["en"]) for zone in closed} == {("已停止接待", "Closed")}
    if not played.settings.premises.zones:
        assert all(in_both(each["headline"]) for each in played.shown("closed"))
        assert played.shown("closed")


def test_nothing_on_any_screen_was_cut_off_covered_or_too_small(played: Played) -> None:
    assert {screen.name: screen.faults for screen in played.screens.all if screen.faults} == {}


def test_no_screen_had_an_error_or_asked_anybody_else(played: Played) -> None:
    assert {screen.name: screen.page.problems for screen in played.screens.all if screen.page.problems} == {}


def test_at_rest_every_screen_is_in_order_in_every_language(played: Played) -> None:
    assert [each for each in played.rest if each[1] or each[2]] == []


def test_no_screen_speaks_of_a_camera_or_a_lock_that_is_not_there(played: Played) -> None:
    cameras = len(played.settings.cameras)
    aims = any(each["aims"] for each in played.displayed)
    assert cameras or not aims
    for desk in (played.screens.tablet, played.screens.phone):
        assert {len(each["cameras"]) for each in desk.pictures} == {cameras}
        assert {each["locks"] for each in desk.pictures} == {int(played.settings.door.kind != "none")}
