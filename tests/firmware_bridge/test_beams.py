"""Which way people went, from scenes at a doorway and from people who walk as they please."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.beams import Beam, OneBeam, TwoBeams, Way
from firmware_bridge.debounce import Debounced

#: Scene -> the beams over time, one letter a change (O, I broken; o, i clear; a dot lets a second pass) -> ways.
SCENES = {
    "one in": ("O I o i", "in"),
    "one out": ("I O i o", "out"),
    "one in, between beams that are far apart": ("O o I i", "in"),
    "one out, between beams that are far apart": ("I i O o", "out"),
    "too slow between them to be one passage": ("O o . . . . I i", ""),
    "came to the door and turned back": ("O o", ""),
    "looked out and turned back": ("I i", ""),
    "leaned in as far as the inner beam and turned back": ("O I i o", ""),
    "leaned out as far as the outer beam and turned back": ("I O o i", ""),
    "dithered on the sill, then went in": ("O I i I o i", "in"),
    "lingered in both beams": ("O I . . . . . . . . o . . . . i", "in"),
    "lingered in front, then went away": ("O . . . . . . . . o", ""),
    "turned back in front, then went in": ("O o O I o i", "in"),
    "two in a row, far apart": ("O I o i . O I o i", "in in"),
    "two in a row, the second at the sill before the first has left it": ("O I o O i I o i", "in in"),
    "two in a row, both between beams that are far apart": ("O o O o I i I i", "in in"),
    "three in a row on each other's heels": ("O I o O i I o O i I o i", "in in in"),
    "two out in a row": ("I O i o . I O i o", "out out"),
    "one in, one out": ("O I o i I O i o", "in out"),
    "one out, one in": ("I O i o O I o i", "out in"),
    "one turns back to let another out": ("O o I O i o", "out"),
    "one turns back, another comes out at once": ("O o . I O i o", "out"),
    "nearly out, then turned back": ("I O i I o i", ""),
    # Beams cannot tell these from somebody who came in: in doubt a person is inside.
    "through both beams, then backwards through the outer one": ("O I o O i o", "in"),
    "two in at once from both sides of the sill": ("O I o i O I o i", "in in"),
}


def watch(scene: str, sensor: TwoBeams | OneBeam) -> list[Way]:
    seen, now = [], 0.0
    for step in scene.split():
        now += 1.0 if step == "." else 0.2
        if step != ".":
            beam = Beam.OUTER if step in "Oo" else Beam.INNER
            seen.append(sensor.change(beam, now, broken=step.isupper()))
    return [way for way in seen if way is not None]


@pytest.mark.parametrize("name", SCENES)
def test_two_beams_see_who_went_which_way(name: str) -> None:
    scene, ways = SCENES[name]
    assert watch(scene, TwoBeams(2.0)) == [Way(way) for way in ways.split()]


def test_a_person_already_in_the_beams_at_the_start_is_nobody_we_saw_pass() -> None:
    assert watch("o i", TwoBeams(2.0)) == []
    assert watch("i O I o i", TwoBeams(2.0)) == [Way.IN]


@pytest.mark.parametrize("way", Way)
def test_a_single_beam_counts_the_way_it_is_told(way: Way) -> None:
    assert watch("O o O o", OneBeam(way)) == [way, way]
    assert watch("o", OneBeam(way)) == []


@given(st.lists(st.tuples(st.sampled_from(Way), st.lists(st.floats(0.04, 60), min_size=4, max_size=4))))
def test_n_clean_passages_count_n_however_long_they_take(people: list[tuple[Way, list[float]]]) -> None:
    sensor, now, seen = TwoBeams(1.0), 0.0, []
    for way, pauses in people:
        first = Beam.OUTER if way is Way.IN else Beam.INNER
        steps = [(first, True), (first.other, True), (first, False), (first.other, False)]
        for (beam, broken), pause in zip(steps, pauses, strict=True):
            now += pause
            seen.append(sensor.change(beam, now, broken=broken))
    assert [way for way in seen if way] == [way for way, _ in people]


@settings(max_examples=1000)
@given(
    st.booleans(),
    st.lists(st.tuples(st.sampled_from([-1, 1]), st.sampled_from([0.05, 0.3, 2.0])), max_size=60),
    st.sampled_from([-1, 1]),
)
def test_one_person_who_walks_as_they_please_is_never_counted_less_than_inside(
    starts_inside: bool, walk: list[tuple[int, float]], last: int
) -> None:
    """A body on a line: 0 outside, 1 in the outer beam, 2 in both, 3 in the inner one, 4 inside."""
    place = start = 4 if starts_inside else 0
    broken = {Beam.OUTER: False, Beam.INNER: False}
    sensor, now, count = TwoBeams(1.0), 0.0, 0
    # However the walk ends, the person makes up their mind and leaves the beams.
    for step, pause in (*walk, *[(last, 0.1)] * 4):
        place = min(4, max(0, place + step))
        now += pause
        for beam, places in ((Beam.OUTER, (1, 2)), (Beam.INNER, (2, 3))):
            if broken[beam] is not (place in places):
                broken[beam] = place in places
                way = sensor.change(beam, now, broken=broken[beam])
                count += (way is Way.IN) - (way is Way.OUT)
    truth = (place - start) // 4
    assert count >= truth


@given(st.lists(st.tuples(st.floats(0.001, 0.0299), st.floats(0.0301, 5)), max_size=30), st.integers(10, 40))
def test_noise_shorter_than_the_debounce_time_never_was(
    noise: list[tuple[float, float]], debounce_ms: int
) -> None:
    steady = max(debounce_ms, 30) / 1000
    line, now = Debounced(steady, active=False), 0.0
    for spike, pause in noise:
        now += pause
        assert line.settle(now) is None
        line.edge(True, now)
        assert line.settle(now + spike) is None
        line.edge(False, now + spike)
        now += spike
    assert line.settle(now + 60) is None
    assert not line.active


def test_a_contact_that_chatters_changes_once_when_it_became_steady() -> None:
    line = Debounced(0.03, active=False)
    for level, at in [(True, 1.0), (False, 1.002), (True, 1.005), (False, 1.01), (True, 1.012)]:
        assert line.settle(at) is None
        line.edge(level, at)
    assert line.settle(1.041) is None
    change = line.settle(1.05)
    assert change is not None
    assert (change.active, change.mono) == (True, 1.012)
    assert line.settle(2.0) is None
