"""Every code can be said, and a duty that begins with the instrument bites once it has fallen due."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from kiosk.law import decide, load_instruments, scenario
from kiosk.law.asked import ASKS
from kiosk.law.decision import Code
from kiosk.texts import catalogue

ROOT = Path(__file__).parents[2]


def test_every_code_and_every_thing_that_is_asked_has_its_words() -> None:
    keys = set(catalogue("law"))
    assert set(get_args(Code)) <= keys
    asked = {f"ask_{name}" for name in ASKS if name != "doses"}
    assert asked | {"ask_doses_one", "ask_doses_many", "ask_doses_days"} <= keys


@pytest.mark.parametrize(
    ("premises", "inside", "words"),
    [
        (
            {"kind": "public_place"},
            4,
            "At most 4 people may gather here and with this party there would be 5.",
        ),
        (
            {"kind": "wedding", "setting": "indoor", "food_or_drink": True},
            4,
            "Food or drink is served, so at most 4",
        ),
        ({"kind": "meeting", "setting": "indoor"}, 50, "different rooms or partitioned areas"),
        ({"kind": "meeting", "setting": "indoor", "qualifies": False}, 4, "not of the kind that is exempted"),
        ({"kind": "tour", "qualifies": False}, 4, "not of the kind that is exempted"),
        # Indoors 50, outdoors 100, and nobody has said which: only the larger is surely too few.
        ({"kind": "wedding"}, 100, "At most 100 people"),
    ],
)
def test_a_gathering_that_is_too_large_says_why_so_few_may_gather_and_what_helps(
    premises: dict[str, Any], inside: int, words: str
) -> None:
    question = {
        "at": "2021-05-01T12:00:00+08:00",
        "premises": premises,
        "inside": {"premises": inside},
        "party": {"customers": [{"age": 40, "doses": ["2021-04-10"]}]},
    }
    decision = decide(load_instruments(ROOT / "config" / "instruments"), scenario(question))
    (reason,) = decision.reasons
    assert reason.code == "gathering_too_large"
    assert words in reason.message("en")
    for language in ("zh-Hant", "zh-Hans"):
        assert str(reason.values["limit"]) in reason.message(language)


@pytest.mark.parametrize(
    ("day", "member", "wanted"),
    [
        ("2021-05-12", {}, []),
        ("2021-05-13", {}, ["staff_not_tested"]),
        ("2021-05-13", {"pcr_samples": ["2021-04-29"]}, []),
        ("2021-05-14", {"pcr_samples": ["2021-04-29"]}, ["staff_not_tested"]),
        ("2021-05-13", {"pcr_samples": ["2021-05-14"]}, ["staff_not_tested"]),
        ("2021-05-13", {"doses": ["2021-04-01", "2021-04-29"]}, []),
        ("2021-05-13", {"doses": ["2021-04-01", "2021-04-30"]}, ["staff_not_tested"]),
        (
            "2021-05-13",
            {"unfit": True, "declaration": True, "medical_certificate": True},
            ["staff_not_tested"],
        ),
    ],
)
def test_mode_b_staff_are_in_breach_only_after_the_first_test_was_due(
    tmp_path: Path, day: str, member: dict[str, Any], wanted: list[str]
) -> None:
    """Shown on the April directions as if they had been prolonged, for they lapse on the day the test is due."""
    text = (ROOT / "config" / "instruments" / "2021-04-29.yaml").read_text(encoding="utf-8")
    prolonged = text.replace("{from: 2021-04-29, until: 2021-05-12}", "{from: 2021-04-29, until: 2021-06-30}")
    assert prolonged != text
    (tmp_path / "prolonged.yaml").write_text(prolonged, encoding="utf-8")
    question = {
        "at": f"{day}T12:00:00+08:00",
        "premises": {"kind": "catering", "mode": "B", "capacity": 10, "staff": [member]},
    }
    decision = decide(load_instruments(tmp_path), scenario(question))
    assert [reason.code for reason in decision.reasons] == wanted
