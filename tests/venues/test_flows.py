"""What gate and desk can do is played by some evening, and an evening that goes otherwise breaks off.

Here evenings are played against the gate itself (`paper_stage`), without a second of waiting; ``-m evening`` plays
them by the real programs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from kiosk.demo.evening import Evening, Person, Step
from kiosk.demo.tally import Guests, Tally, Waiting
from kiosk.demo.watching import EveningError
from kiosk.gate.commands import AnyCommand, CustomerRegister
from kiosk.gate.protocol import Answer, Pin
from kiosk.ledger.entries import Admission
from tests.venues.paper_stage import PaperDoor, PaperStage
from tests.venues.staging import VENUES, evening, venue


def at_the_door(step: Step) -> Iterator[Person]:
    """The people who come to the staffed door; those who are called again came before."""
    if step.party and not step.party.waited:
        yield from step.party.people


def somebody(sees: Callable[[Person], object]) -> Callable[[Step], bool]:
    return lambda step: any(sees(person) for person in at_the_door(step))


def at_banquet(step: Step, paper: Any) -> bool:
    unfit = somebody(lambda person: person.unfit and paper in person.papers)
    return step.party is not None and step.party.banquet is not None and unfit(step)


#: What can happen -> whether it happens in a step.
FLOWS: dict[str, Callable[[Step], object]] = {
    "a party waits for a place": lambda s: s.party and s.party.waits,
    "a place becomes free, and a party that waited comes in": lambda s: (
        s.party and s.party.waited and s.party.expect == "admit"
    ),
    "a party that waited sits elsewhere than it first wanted": lambda s: (
        s.party and s.party.waited and s.party.model_fields_set & {"tables", "room"}
    ),
    "a party that waited goes away": lambda s: s.give_up,
    "a party moves to another table": lambda s: s.move and s.move.tables and not s.move.answer,
    "a party moves to another room": lambda s: s.move and s.move.room and not s.move.answer,
    "a party may not move, for a table or room would be too full": lambda s: s.move and s.move.answer,
    "a banquet begins": lambda s: s.banquet,
    "a banquet ends": lambda s: s.end_banquet,
    "the places of a banquet that ended are free": lambda s: s.end_banquet and s.check and s.check.left,
    "somebody of 65 or above fills in the form": somebody(lambda p: p.fills_in and p.age == "elder"),
    "a child without an adult fills in the form": somebody(
        lambda p: p.fills_in and p.age == "child" and not p.with_adult
    ),
    "somebody brings the form on paper": somebody(lambda p: p.form),
    "staff write down name and contact": somebody(lambda p: p.registers),
    "a banquet's guest has a declaration": lambda s: at_banquet(s, "declaration"),
    "a banquet's guest has a certificate": lambda s: at_banquet(s, "medical_certificate"),
    "a banquet's guest has a test": lambda s: at_banquet(s, "test"),
    "somebody has recovered, and has had one dose": somebody(lambda p: p.shows == "recovered"),
    "a visitor declares the scan": lambda s: s.visitor and s.visitor.declares,
    "staff forget the temperature": lambda s: s.party and "temperature" in s.party.forgets,
    "staff forget the mask": lambda s: s.party and "mask" in s.party.forgets,
    "staff forget the sanitiser": lambda s: s.party and "hand_sanitiser" in s.party.forgets,
    "people step out": lambda s: s.step_out,
    "people step back": lambda s: s.step_back,
    "an admission is taken back": lambda s: s.undo,
    "a party sits at several tables": lambda s: (
        s.party and len(s.party.tables) > 1 and s.party.expect == "admit"
    ),
    "a supervisor lets a party in": lambda s: s.party and s.party.override,
    "somebody leaves unseen": lambda s: s.leave and s.leave.unseen,
    "staff count heads": lambda s: s.recount,
    "somebody only takes food away": lambda s: s.party and s.party.takeaway,
}
#: Commands of staff that no evening needs: what only follows a restart, a fault or a slip of the finger, what another
#: command does as well, and what managers do in the office.
NOT_PLAYED = {
    "admission.release",
    "admission.settle",
    "alarm.clear",
    "clock.confirm",
    "customer.compare",
    "customer.remove",
    "inspection.end",
    "inspection.open",
    "inspector.enter",
    "inspector.leave",
    "log.download",
    "party.zone",
    "plan.displayed",
    "sign_in.reset",
    "staff.import",
    "staff.inspect",
    "staff.pass",
    "staff.read",
    "staff.remove",
    "staff.save",
    "staff.seen",
    "visitor.cancel",
    "visitor.enter",
    "visitor.register",
}


@cache
def played(name: str) -> PaperStage:
    stage = PaperStage(name, evening(name))
    stage.play()
    return stage


@pytest.mark.parametrize("flow", FLOWS)
def test_some_evening_plays_it(flow: str) -> None:
    assert [name for name in VENUES if any(FLOWS[flow](step) for step in evening(name).steps)]


@pytest.mark.parametrize("name", VENUES)
def test_the_gate_does_what_the_evening_expects_of_it(name: str) -> None:
    stage = played(name)
    came = [each for step in stage.evening.steps if (each := step.party or step.visitor)]
    assert stage.scene.tally.admitted
    assert stage.scene.tally.refused
    assert len(stage.bench.entries("refusal")) == sum(each.expect == "refuse" for each in came)


def test_the_evenings_together_use_every_command_but_those_of_other_days() -> None:
    asked = {command.do for name in VENUES for command, _ in played(name).door.asked}
    known = {each.model_fields["do"].default for each in commands()}
    assert known - asked == NOT_PLAYED


def commands() -> list[Any]:
    union: Any = AnyCommand
    return list(union.__args__[0].__args__)


def test_staff_tap_and_visitors_touch_under_their_own_names() -> None:
    for name in VENUES:
        for command, by in played(name).door.asked:
            assert (by is None) is command.do.startswith("visitor."), command


def test_a_form_that_is_filled_in_stands_in_the_log_without_a_name() -> None:
    stage = played("banquet-hall")
    filled = [
        command
        for command, _ in stage.door.asked
        if isinstance(command, CustomerRegister) and command.by_visitor
    ]
    assert len(filled) == 2
    assert all(command.party for command in filled), "the tablet is turned round for one party"
    people = [
        person
        for entry in stage.bench.entries("admission")
        if isinstance(entry, Admission)
        for person in entry.people
    ]
    on_ours = [person for person in people if person.form and person.registered]
    assert {person.age for person in on_ours} == {"elder", "child"}
    said = " ".join(entry.entry.model_dump_json() for entry in stage.bench.log)
    assert not [command.name for command in filled if command.name in said]


def test_whoever_waited_is_admitted_on_what_was_seen_before() -> None:
    stage = played("bar")
    guests = stage.scene.tally.guests("patient")
    admitted = next(
        entry
        for entry in stage.bench.entries("admission")
        if isinstance(entry, Admission) and entry.party == guests.party
    )
    assert [(person.record_seen, person.lhs) for person in admitted.people] == [(True, "staff_saw")]


def test_whoever_was_refused_and_went_away_does_not_wait() -> None:
    stage = played("religious")
    told = [step for step in stage.evening.steps if step.party and step.party.waited]
    assert told, "somebody is called while somebody refused is still at hand"
    assert stage.bench.snapshot.waiting == ()


# A desk that does not do what it says


@dataclass
class DeafDoor(PaperDoor):
    """Says yes to one command, and does nothing."""

    deaf: str = field(default="", kw_only=True)

    def command(self, command: AnyCommand, *, by: str | None, pin: Pin | None = None) -> Answer:
        if command.do == self.deaf:
            return Answer(ok=True)
        return super().command(command, by=by, pin=pin)


def few_steps(name: str, starts: str, *steps: dict[str, Any]) -> Evening:
    acts = [{"at": starts[11:16], "tell": "x", **step} for step in steps]
    door_steps = venue(name).admission.steps
    return Evening.model_validate({"starts": starts, "pace": 10, "door_steps": door_steps, "steps": acts})


AFTERNOON, NIGHT, DINNER = (
    "2021-05-01T17:10:00+08:00",
    "2021-05-02T01:10:00+08:00",
    "2021-05-01T20:10:00+08:00",
)
DOSE = {"record": ["2021-04-02"]}
FULL: tuple[dict[str, Any], ...] = (
    {
        "party": {
            "name": "ten",
            "tables": {"T1": 2, "T2": 2, "T3": 2, "T4": 2, "T5": 2},
            "people": [{"times": 10}],
            "expect": "admit",
        }
    },
    {
        "party": {
            "name": "one",
            "tables": {"T6": 1},
            "people": [{}],
            "expect": "refuse",
            "because": {"over_capacity": "1(a)"},
            "waits": True,
        }
    },
)
SINGERS = {
    "party": {"name": "singers", "tables": {"L1": 2}, "people": [{"times": 2, **DOSE}], "expect": "admit"}
}
GUESTS = {"party": {"name": "guests", "room": "R1", "people": [{"times": 2, **DOSE}], "expect": "admit"}}
FEAST: tuple[dict[str, Any], ...] = (
    {"banquet": {"name": "feast", "zone": "pearl"}},
    {
        "party": {
            "name": "two",
            "zone": "pearl",
            "banquet": "feast",
            "tables": {"P1": 2},
            "people": [
                DOSE,
                {**DOSE, "age": "elder", "lhs": False, "fills_in": {"name": "LAM", "contact": "6"}},
            ],
            "expect": "admit",
        }
    },
)
ONE_LEAVES = {"leave": {"party": "ten", "people": 1}}
#: The command that is not done, where, the steps until then, and what the people notice.
UNHEARD = [
    ("party.wait", "cafe", AFTERNOON, FULL, "waiting: the kiosk has "),
    ("party.forget", "cafe", AFTERNOON, (*FULL, {"give_up": "one"}), "waiting: the kiosk has "),
    (
        "party.resume",
        "cafe",
        AFTERNOON,
        (*FULL, ONE_LEAVES, {"party": {"waited": "one", "expect": "admit"}}),
        "for the party that waited at the desk, in vain",
    ),
    (
        "party.move",
        "karaoke",
        NIGHT,
        (SINGERS, {"move": {"party": "singers", "tables": {"K1-a": 2}}}),
        "singers: the kiosk has them at {'L1': 2}",
    ),
    (
        "party.move",
        "party-rooms",
        NIGHT,
        (GUESTS, {"move": {"party": "guests", "room": "R2"}}),
        "guests: the kiosk has them at R1",
    ),
    (
        "party.place",
        "karaoke",
        NIGHT,
        (SINGERS,),
        r"the kiosk has them at None, .* the people at \{'L1': 2\}",
    ),
    ("party.tables", "cafe", AFTERNOON, FULL, "refuse, where the script expects admit"),
    ("step.out", "cafe", AFTERNOON, (FULL[0], {"step_out": {"party": "ten", "people": 2}}), "and 10 places"),
    ("banquet.end", "banquet-hall", DINNER, (*FEAST, {"end_banquet": "feast"}), "banquets: the kiosk counts"),
    ("party.banquet", "banquet-hall", DINNER, FEAST, r"banquets: the kiosk counts \{'B1': 0\}"),
    ("customer.register", "banquet-hall", DINNER, FEAST, "refuse, where the script expects admit"),
]


@pytest.mark.parametrize(("command", "name", "starts", "steps", "said"), UNHEARD)
def test_an_evening_breaks_off_where_the_desk_does_not_do_what_it_says(
    command: str, name: str, starts: str, steps: tuple[dict[str, Any], ...], said: str
) -> None:
    script = few_steps(name, starts, *steps)
    PaperStage(name, script).play()
    with pytest.raises(EveningError, match=said):
        PaperStage(name, script, door_of=lambda bench: DeafDoor(bench, deaf=command)).play()


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            (SINGERS, {"move": {"party": "singers", "tables": {"K1-a": 2}, "answer": "table_full"}}),
            "the desk answered yes to party.move, where the script expects table_full",
        ),
        (
            (SINGERS, {"move": {"party": "singers", "tables": {"K1-a": 3}}}),
            "the desk answered tables_do_not_add_up to party.move",
        ),
        (({"move": {"party": "singers", "room": "K1"}},), "no party 'singers' was admitted"),
        (({"end_banquet": "feast"},), "no banquet 'feast' has begun"),
    ],
)
def test_an_evening_breaks_off_where_the_desk_answers_otherwise(
    steps: tuple[dict[str, Any], ...], said: str
) -> None:
    with pytest.raises(EveningError, match=said):
        PaperStage("karaoke", few_steps("karaoke", NIGHT, *steps)).play()


# What the people know beside the kiosk's pictures


def picture(**others: Any) -> Any:
    """A kiosk's picture: P1 at T1 with one of them out, number 3 waits, B1 has three people."""
    share = SimpleNamespace(table="T1", people=3)
    said = {
        "zones": [SimpleNamespace(id="hall", phase="open")],
        "parties": [SimpleNamespace(party="P1", tables=[share], room="R1", out=1, inside=2, waiting=0)],
        "waiting": [SimpleNamespace(number=3, people=2, zone="hall")],
        "banquets": [SimpleNamespace(id="B1", people=3)],
    }
    return SimpleNamespace(**{**said, **others})


def people() -> Tally:
    guests = Guests("P1", 1, "hall", 2, out=1, tables={"T1": 3}, room="R1", banquet="feast")
    return Tally(parties={"three": guests}, waiting={"two": Waiting(3, 2, "hall")}, banquets=["feast"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"parties": []}, None),
        (
            {"parties": [SimpleNamespace(party="P1", tables=[], room="R1", out=1, inside=2, waiting=0)]},
            "three: ",
        ),
        (
            {"parties": [SimpleNamespace(party="P1", tables=[], room="R2", out=1, inside=2, waiting=0)]},
            "three: ",
        ),
        ({"waiting": []}, "waiting: "),
        ({"waiting": [SimpleNamespace(number=4, people=2, zone="hall")]}, "waiting: "),
        ({"waiting": [SimpleNamespace(number=3, people=3, zone="hall")]}, "waiting: "),
        ({"waiting": [], "zones": [SimpleNamespace(id="hall", phase="closed")]}, None),
        ({"zones": [SimpleNamespace(id="hall", phase="closed")]}, "waiting: "),
        ({"banquets": []}, "banquets: "),
        ({"banquets": [SimpleNamespace(id="B1", people=2)]}, "banquets: "),
        (
            {"banquets": [SimpleNamespace(id="B1", people=3), SimpleNamespace(id="B2", people=0)]},
            "banquets: ",
        ),
    ],
)
def test_the_people_notice_who_sits_waits_or_feasts_elsewhere(
    changes: dict[str, Any], said: str | None
) -> None:
    found = people().misplaced(picture(**changes))
    assert [each.startswith(said) for each in found] == [True] if said else found == []


@pytest.mark.parametrize(
    ("seen", "left", "known"),
    [
        ((3, "T1", "R1"), 3, True),
        ((2, "T1", "R1"), 3, False),
        ((3, "T2", "R1"), 3, False),
        ((3, "T1", "R2"), 3, False),
        ((2, "T1", "R1"), 2, True),
        ((3, "T1", "R1"), 2, False),
    ],
)
def test_the_people_know_their_table_and_their_room(
    seen: tuple[int, str, str], left: int, known: bool
) -> None:
    count, table, room = seen
    share = SimpleNamespace(table=table, people=count)
    party = SimpleNamespace(party="P1", tables=[share], room=room, out=1, inside=left - 1, waiting=0)
    assert (people().misplaced(picture(parties=[party])) == []) is known


# Scripts


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"party": {"people": [{}], "expect": "admit", "name": "x", "waits": True}}, "belong to a refusal"),
        ({"party": {"people": [{}], "expect": "refuse", "waits": True}}, "has a `name`"),
        (
            {"party": {"people": [{}], "expect": "refuse", "name": "x", "waits": True, "override": "y"}},
            "is not let in",
        ),
        ({"party": {"expect": "admit"}}, "either `people` come"),
        ({"party": {"people": [{}], "waited": "x", "expect": "admit"}}, "either `people` come"),
        ({"move": {"party": "x"}}, "a party moves to"),
        ({"move": {"party": "x", "room": "R1"}, "end_banquet": "y"}, "a step does one thing"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(step: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Step.model_validate({"at": "21:00", "tell": "x", **step})


@pytest.mark.parametrize(
    "steps",
    [
        ({"party": {"waited": "one", "expect": "admit"}},),
        ({"give_up": "one"},),
        (*FULL, {"give_up": "one"}, {"party": {"waited": "one", "expect": "admit"}}),
        (*FULL, {"party": {"waited": "one", "expect": "admit"}}, {"give_up": "one"}),
    ],
)
def test_only_a_party_that_waits_is_called_or_goes_away(steps: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(ValidationError, match="nobody called 'one' waits"):
        few_steps("cafe", AFTERNOON, *steps)


def test_a_party_that_is_called_is_the_one_that_waited_and_may_wait_once_more() -> None:
    still = {"waited": "one", "expect": "refuse", "because": {"over_capacity": "1(a)"}, "waits": True}
    again = {"waited": "one", "tables": {"T5": 1}, "expect": "admit"}
    script = few_steps("cafe", AFTERNOON, *FULL, {"party": still}, ONE_LEAVES, {"party": again})
    first, second = (script.steps[number].party for number in (2, 4))
    assert first is not None
    assert second is not None
    assert (first.name, len(first.everybody), first.tables) == ("one", 1, {"T6": 1})
    assert (second.name, len(second.everybody), second.tables) == ("one", 1, {"T5": 1})
    with pytest.raises(EveningError, match="where the script expects admit"):
        PaperStage("cafe", script).play()
