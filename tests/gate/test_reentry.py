"""One person, one entry: a proof is known again for a while, by whatever picture, and staff let in who really comes again."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.gate.commands import (
    AdmissionUndo,
    CustomerAdd,
    CustomerAttest,
    CustomerCompare,
    CustomerSelect,
    PartyAdmit,
    PartyNew,
    PartyOverride,
    VisitorDeclare,
    VisitorEnter,
)
from kiosk.gate.reentry import Tagger
from kiosk.proofs.model import Dose, Facts, Proof, Venue
from kiosk.proofs.person import may_be_one, normalised
from tests.gate.bench import OPEN_DOOR, Bench, one_area, record, venue, zoned

DOSES = (Dose(date=date(2021, 3, 1), product="Comirnaty"),)
VENUE_ID = "gxr8l5A6"


def proof(format_: str = "eu-dcc", *identities: str, verified: bool = True, **facts: Any) -> Proof:
    known = Facts.model_validate({"doses": DOSES} | facts)
    return Proof.model_validate(
        {"format": format_, "verified": verified, "error": None if verified else "expired", "facts": known}
        | {"identities": identities}
    )


def eu(
    *identities: str, name: str = "Musterfrau-Gößinger, Gabriele", born: str | None = "1998-02-26"
) -> Proof:
    return proof("eu-dcc", *identities, name=name, birth_date=born)


def receipt(venue_id: str = VENUE_ID, number: str = "00ff") -> Proof:
    facts = Facts(venue=Venue(id=venue_id, name_en="", name_zh="", type=""))
    return Proof(format="visit-receipt", verified=True, facts=facts, identities=(f"visit-receipt|{number}",))


def staffed(**changes: Any) -> Bench:
    return Bench(settings=zoned(**changes), door=OPEN_DOOR)


def arrives(bench: Bench, *proofs: Proof, scan: bool = True) -> None:
    """A party for Zone D, each with a code of theirs."""
    bench.command(PartyNew(zone="D1"))
    for number, shown in enumerate(proofs):
        if number:
            bench.command(CustomerAdd())
        bench.show(shown)
        if scan:
            bench.command(CustomerAttest(customer=number, what="lhs_seen", value=True))


def enters(bench: Bench, *proofs: Proof) -> str | None:
    arrives(bench, *proofs)
    return bench.command(PartyAdmit()).error


def customer(bench: Bench, number: int = 0) -> Any:
    assert bench.snapshot.party is not None
    return bench.snapshot.party.customers[number]


def test_the_same_certificate_does_not_let_a_second_person_in() -> None:
    bench = staffed()
    assert enters(bench, eu("AT|1")) is None
    bench.tick(12 * 60)
    assert enters(bench, eu("AT|1")) == "came_in_already"
    assert customer(bench).seen_again.minutes == 12
    assert bench.snapshot.party is not None
    assert bench.snapshot.party.outcome == "refuse"
    assert sum(entry.entry.type == "admission" for entry in bench.log) == 1


def test_staff_let_in_who_really_comes_again_and_the_log_says_so() -> None:
    bench = staffed()
    enters(bench, eu("AT|1"))
    enters(bench, eu("AT|1"))
    assert bench.command(CustomerAttest(customer=0, what="comes_again", value=True)).error is None
    assert customer(bench).seen_again.confirmed
    assert bench.command(PartyAdmit()).error is None
    people = [entry.entry.people[0] for entry in bench.log if entry.entry.type == "admission"]
    assert [person.comes_again for person in people] == [None, True]


def test_a_supervisor_overrides_the_law_and_not_this() -> None:
    bench = staffed()
    enters(bench, eu("AT|1"))
    arrives(bench, eu("AT|1"))
    again = bench.command(PartyOverride(reason="a regular"), supervisor="boss")
    assert again.error == "came_in_already"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (eu("AT|1"), eu("AT|2")),
        (eu("AT|1"), eu("AT|1", name="Somebody, Else", born=None)),
        (
            eu("AT|1"),
            proof("smart-health-card", name="Gabriele Musterfrau Goessinger", birth_date="1998-02-26"),
        ),
        (
            eu("AT|1"),
            proof("vds-nc", "UTO|9", name="MUSTERFRAU GOESSINGER GABRIELE", birth_date="1998-02-26"),
        ),
        (eu(name="CHAN, TAI MAN"), proof("hk-vac", name="CHAN, T** M**", birth_date="1998-02-26")),
        (record(), record(doses=2)),
    ],
)
def test_one_person_is_known_across_certificates_and_formats(first: Proof, second: Proof) -> None:
    bench = staffed()
    assert enters(bench, first) is None
    assert enters(bench, second) == "came_in_already"


def test_two_certificates_of_one_person_are_one_customer_s() -> None:
    bench = staffed()
    arrives(bench, eu("AT|1"))
    test = {"date": "2021-04-30", "negative": True, "method": "pcr"}
    bench.show(
        proof(
            "eu-dcc",
            "AT|2",
            doses=(),
            tests=(test,),
            name="Gabriele Musterfrau Gößinger",
            birth_date="1998-02-26",
        )
    )
    assert bench.snapshot.party is not None
    assert len(bench.snapshot.party.customers) == 1
    assert bench.state.hand is not None
    assert bench.state.hand.customers[0].samples == (date(2021, 4, 30),)
    bench.show(eu("AT|1"))
    assert bench.snapshot.verdict.message is not None


@pytest.mark.parametrize(
    "second",
    [
        eu("AT|2", born="1998-02-27"),
        eu("AT|2", name="Musterfrau, Gabriele"),
        eu("DE|1", name="Somebody, Else"),
        eu("AT|2", born="1998"),
        eu("AT|2", born=None),
    ],
)
def test_another_person_is_not_taken_for_the_first(second: Proof) -> None:
    bench = staffed()
    enters(bench, eu("AT|1"))
    assert enters(bench, second) is None


def test_after_the_window_it_is_forgotten() -> None:
    bench = staffed(admission={"reentry_minutes": 30})
    enters(bench, eu("AT|1"))
    bench.tick(30 * 60 - 1)
    assert enters(bench, eu("AT|1")) == "came_in_already"
    bench.tick(1)
    assert enters(bench, eu("AT|1")) is None
    assert len(bench.state.entered) == len(bench.gate.tagger.tags(eu("AT|1")))


def test_a_venue_may_do_without() -> None:
    bench = staffed(admission={"reentry_minutes": 0})
    assert enters(bench, eu("AT|1")) is None
    assert enters(bench, eu("AT|1")) is None
    assert not bench.state.entered


def test_an_admission_that_was_taken_back_counts_for_nothing() -> None:
    bench = staffed()
    enters(bench, eu("AT|1"))
    assert bench.command(AdmissionUndo(admission=bench.log[-1].index)).error is None
    assert enters(bench, eu("AT|1")) is None


def test_nor_does_one_that_nobody_used() -> None:
    bench = Bench(settings=zoned())
    enters(bench, eu("AT|1"))
    bench.tick(600)
    assert enters(bench, eu("AT|1")) is None


def test_if_one_of_two_came_nobody_knows_who() -> None:
    bench = Bench(settings=zoned())
    enters(bench, eu("AT|1"), eu("AT|2", name="Another, One"))
    bench.passes_in()
    bench.tick(600)
    assert enters(bench, eu("AT|2", name="Another, One")) == "came_in_already"


def test_a_restart_forgets_and_says_nothing_of_anybody() -> None:
    bench = staffed()
    enters(bench, eu("AT|1"))
    bench.start()
    assert not bench.state.entered
    assert enters(bench, eu("AT|1")) is None


def test_two_parties_that_wait_at_once_do_not_share_one_record() -> None:
    bench = staffed()
    arrives(bench, eu("AT|1"))
    bench.show(eu("AT|1"))
    bench.command(CustomerAdd())
    bench.command(CustomerSelect(customer=1))
    bench.show(eu("AT|1"))
    assert customer(bench, 1).proofs == ()
    assert customer(bench, 1).rejected is not None


def test_nothing_of_a_person_is_kept() -> None:
    bench = staffed()
    enters(bench, eu("AT|URN:UVCI:01:AT:1", name="Musterfrau, Gabriele"))
    text = (
        repr(bench.state)
        + repr(bench.gate)
        + json.dumps([entry.model_dump(mode="json") for entry in bench.log])
    )
    for told in ("Gabriele", "GABRIELE", "1998", "UVCI"):
        assert told not in text
    assert bench.gate.tagger.key.hex() not in text
    assert all(len(tag) == 32 for tag in bench.state.entered)


def test_the_key_is_another_in_each_process() -> None:
    assert Tagger().tags(eu("AT|1")) != Tagger().tags(eu("AT|1"))


def test_an_unverified_proof_has_no_tags() -> None:
    assert (
        Tagger().tags(proof("eu-dcc", "AT|1", verified=False, name="A B", birth_date="1998-02-26"))
        == frozenset()
    )


@pytest.mark.parametrize("born", [None, "1998", "1998-02"])
def test_a_certificate_without_a_number_or_a_whole_birth_date_lets_in_one_person_too(
    born: str | None,
) -> None:
    bench = staffed()
    arrives(bench, eu(born=born))
    bench.command(CustomerAdd())
    bench.command(CustomerSelect(customer=1))
    bench.show(eu(born=born))
    assert customer(bench, 1).proofs == ()
    assert enters(bench, eu(born=born)) is None
    assert enters(bench, eu(born=born)) == "came_in_already"
    assert enters(bench, eu(born=born, name="Another, One")) is None


def test_a_name_in_other_letters_is_known_by_those_of_the_passport() -> None:
    greek = eu("GR|1", name="Παπαδοπούλου, Μαρία").model_copy(update={"also_named": "PAPADOPOULOU, MARIA"})
    bench = staffed()
    assert enters(bench, greek) is None
    latin = proof("vds-nc", "GRC|9", name="PAPADOPOULOU MARIA", birth_date="1998-02-26")
    assert enters(bench, latin) == "came_in_already"


# unattended


def unattended(**changes: Any) -> Bench:
    return Bench(settings=one_area("C", **changes), door=OPEN_DOOR)


def test_an_unattended_door_sends_who_comes_again_to_the_staff() -> None:
    bench = unattended()
    bench.show(eu("AT|1"))
    bench.ask(VisitorDeclare())
    assert bench.snapshot.inside == 1
    bench.show(eu("AT|1"))
    bench.ask(VisitorDeclare())
    assert bench.snapshot.verdict.state == "see_staff"
    assert bench.snapshot.inside == 1


def test_two_people_s_records_do_not_add_up_to_one_visitor() -> None:
    bench = unattended()
    bench.show(eu("AT|1", name="CHAN, TAI MAN"))
    assert bench.state.visitor is not None
    bench.show(proof("hk-vac", name="WONG, S** L***"))
    assert bench.state.visitor.customers[0].proofs == ("hk-vac",)


def test_records_of_two_documents_are_of_two_people_though_the_initials_agree() -> None:
    bench = unattended()
    bench.show(record("CHAN, T** M**"))
    bench.show(record("CHEUNG, T*** M**", document="****123(4)", doses=0))
    assert bench.state.visitor is not None
    assert bench.state.visitor.customers[0].doses == ()
    bench.show(record("CHAN, T** M**"))
    test = {"date": "2021-04-30", "negative": True, "method": "pcr"}
    bench.show(proof("hk-evt", doses=(), tests=(test,), document="****123(4)"))
    assert bench.state.visitor.customers[0].doses == ()


def test_an_older_green_takes_no_worse_colour_back() -> None:
    bench = Bench(settings=one_area("B"), door=OPEN_DOOR)
    for number, colour in enumerate(("red", "green")):
        code = {"name": "CHAN, T** M**", "document": "****987(6)", "health_colour": colour}
        bench.show(proof("health-code", f"c|{number}", doses=(), **code))
    bench.ask(VisitorDeclare())
    assert bench.snapshot.verdict.state == "see_staff"
    assert bench.snapshot.inside == 0


@pytest.mark.parametrize("colour", ["amber", "red"])
def test_a_health_code_that_is_not_green_is_for_the_staff(colour: str) -> None:
    bench = Bench(settings=one_area("B"), door=OPEN_DOOR)
    bench.show(
        proof(
            "health-code", "c|1", doses=(), name="CHAN, T** M**", document="****987(6)", health_colour=colour
        )
    )
    bench.ask(VisitorDeclare())
    assert bench.snapshot.verdict.state == "see_staff"
    assert bench.snapshot.inside == 0


def test_whoever_showed_a_health_code_first_is_still_asked_for_their_record() -> None:
    bench = Bench(settings=one_area("D"), door=OPEN_DOOR)
    health = {"name": "CHAN, T** M**", "document": "****987(6)", "health_colour": "green"}
    bench.show(proof("health-code", "c|1", doses=(), **health))
    assert "code" in bench.snapshot.verdict.asks
    bench.show(record(doses=2))
    bench.ask(VisitorDeclare())
    assert bench.snapshot.inside == 1


def test_a_badge_opens_no_door() -> None:
    for bench in (unattended(), staffed()):
        bench.show(proof("inspector-badge", "b|1", doses=(), name="WONG Siu Ming"))
        assert bench.snapshot.verdict.state == "see_staff"
        assert bench.state.hand is None
        assert bench.state.visitor is None


# receipts

ACCEPTED = {"admission": {"lhs_evidence": ["receipt"], "way": "staffed"}, "leavehomesafe_id": VENUE_ID}


def test_a_receipt_of_this_venue_is_the_scan_where_the_venue_says_so() -> None:
    bench = staffed(**ACCEPTED)
    arrives(bench, eu("AT|1"), scan=False)
    bench.show(receipt())
    assert customer(bench).lhs == "receipt"
    assert bench.command(PartyAdmit()).error is None
    assert bench.log[-1].entry.people[0].lhs == "receipt"


def test_a_receipt_serves_once() -> None:
    bench = staffed(**ACCEPTED)
    arrives(bench, eu("AT|1"), eu("AT|2", name="Another, One"), scan=False)
    bench.show(receipt())
    bench.show(receipt())
    assert [customer(bench, number).lhs for number in (0, 1)].count("receipt") == 1
    bench.show(receipt(number="11ee"))
    assert bench.command(PartyAdmit()).error is None
    arrives(bench, eu("AT|3", name="Third, One"), scan=False)
    bench.show(receipt())
    assert bench.command(PartyAdmit()).error == "came_in_already"


@pytest.mark.parametrize("minutes", [0, 30])
def test_a_receipt_serves_once_in_all_its_life_whatever_the_venues_window(minutes: int) -> None:
    changes = ACCEPTED | {"admission": {"lhs_evidence": ["receipt"], "reentry_minutes": minutes}}
    bench = staffed(**changes)
    for number, (after, error) in enumerate([(0, None), (59, "came_in_already"), (1, None)]):
        bench.tick(after * 60)
        arrives(bench, eu(f"AT|{number}", name=f"Person, {'ABC'[number]}"), scan=False)
        bench.show(receipt())
        assert bench.command(PartyAdmit()).error == error


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"leavehomesafe_id": VENUE_ID}, receipt()),
        (ACCEPTED, receipt("WHBvLDSa")),
        (ACCEPTED | {"leavehomesafe_id": None}, receipt()),
    ],
)
def test_any_other_receipt_is_no_scan(changes: dict[str, Any], shown: Proof) -> None:
    bench = staffed(**changes)
    arrives(bench, eu("AT|1"), scan=False)
    bench.show(shown)
    assert customer(bench).lhs is None
    assert customer(bench).rejected is not None


def test_a_visitor_s_own_receipt_lets_them_in_unattended() -> None:
    settings = one_area(
        "B", admission={"way": "unattended", "lhs_evidence": ["receipt"]}, leavehomesafe_id=VENUE_ID
    )
    bench = Bench(settings=settings, door=OPEN_DOOR)
    bench.show(receipt())
    if bench.snapshot.inside == 0:
        bench.ask(VisitorEnter())
    assert bench.snapshot.inside == 1
    bench.show(receipt())
    assert bench.snapshot.inside == 1
    assert bench.snapshot.verdict.state == "see_staff"


# the document in hand


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("A123987(6)", None),
        ("a1239876", None),
        ("A123986(6)", "document_differs"),
        ("CHAN, TAI MAN", None),
        ("chan, tak mei", None),
        ("WONG, TAI MAN", "document_differs"),
        ("*", "document_differs"),
    ],
)
def test_a_document_is_compared_and_forgotten(typed: str, error: str | None) -> None:
    bench = staffed()
    arrives(bench, record())
    assert bench.command(CustomerCompare(customer=0, document=typed)).error == error
    assert customer(bench).document_seen == (error is None)
    assert "A123987" not in repr(bench.state)
    assert "A123987" not in repr(bench.log)


def test_without_a_record_there_is_nothing_to_compare() -> None:
    bench = Bench(settings=venue(), door=OPEN_DOOR)
    bench.command(PartyNew(zone="premises"))
    assert bench.command(CustomerCompare(customer=0, document="A123456(3)")).error == "nothing_to_compare"
    assert bench.command(CustomerCompare(customer=4, document="A123456(3)")).error == "unknown_customer"


def test_what_was_typed_is_in_no_representation_of_the_command() -> None:
    assert "A123456" not in repr(CustomerCompare(customer=0, document="A123456(3)"))


# names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Musterfrau-Gößinger, Gabriele", "GABRIELE MUSTERFRAU<GOESSINGER"),
        ("D'Arsøns - van Halen, François-Joan", "DARSOENS VAN HALEN FRANCOIS JOAN"),
        ("Ærø Þór", "AEROE THOR"),
        ("O\u2019Brien, Łukasz", "OBRIEN LUKASZ"),
        ("Đurić, Ħal", "DURIC HAL"),
    ],
)
def test_names_are_one_however_they_are_written(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_names_can_be_compared(one: str, other: str) -> None:
    assert may_be_one(one, other) == may_be_one(other, one)
    assert may_be_one(one, one)
