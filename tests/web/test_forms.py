"""Every form becomes exactly one command, or says which field to look at."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from kiosk.gate import commands
from kiosk.ledger.entries import TableShare
from kiosk.web.forms import FormError, command_from
from kiosk.web.sentences import check_field

GOOD = [
    ([("do", "party.new"), ("zone", "D1")], commands.PartyNew(zone="D1")),
    ([("do", "party.new")], commands.PartyNew()),
    (
        [("customer", "2"), ("set", "do=customer.attest&what=lhs_seen&value=true")],
        commands.CustomerAttest(customer=2, what="lhs_seen", value=True),
    ),
    (
        [("customer", "0"), ("set", "do=customer.age&age=elder")],
        commands.CustomerAge(customer=0, age="elder"),
    ),
    ([("customer", "0"), ("set", "do=customer.age&age=")], commands.CustomerAge(customer=0, age=None)),
    (
        [
            ("do", "customer.record"),
            ("customer", "1"),
            ("dose", "2021-03-01"),
            ("dose", ""),
            ("dose", "2021-03-29"),
        ],
        commands.CustomerRecord(customer=1, doses=("2021-03-01", "2021-03-29")),
    ),
    ([("do", "customer.record"), ("customer", "1")], commands.CustomerRecord(customer=1, doses=())),
    (
        [("do", "party.tables"), ("table.A", "2"), ("table.B", ""), ("table.C", "0"), ("table.D-1", "1")],
        commands.PartyTables(tables=(TableShare(table="A", people=2), TableShare(table="D-1", people=1))),
    ),
    ([("set", "do=party.tables&table.A=3")], commands.PartyTables(tables=(TableShare(table="A", people=3),))),
    ([("set", "do=party.tables")], commands.PartyTables(tables=())),
    (
        [("party", "P9"), ("people", "2"), ("set", "do=leave&zone=D1")],
        commands.Leave(people=2, zone="D1", party="P9"),
    ),
    ([("party", ""), ("people", "1"), ("zone", "D1"), ("do", "leave")], commands.Leave(people=1, zone="D1")),
    (
        [("do", "recount"), ("zone", "main"), ("count", "31"), ("reason", " end of lunch ")],
        commands.RecountDo(inside={"main": 31}, reason="end of lunch"),
    ),
    (
        [("do", "clock.confirm"), ("time", "2021-05-01T19:30"), ("pin_name", "x"), ("pin", "1")],
        commands.ClockConfirm(time="2021-05-01T19:30:00+08:00"),
    ),
    ([("do", "clock.confirm"), ("time", "")], commands.ClockConfirm(time=None)),
    (
        [("do", "visitor.register"), ("name", "陳大文"), ("contact", "91234567")],
        commands.VisitorRegister(name="陳大文", contact="91234567"),
    ),
]

BAD = [
    ([], "do"),
    ([("do", "door.open")], "do"),
    ([("do", "customer.register"), ("customer", "0"), ("name", ""), ("contact", "1")], "name"),
    ([("do", "customer.record"), ("customer", "0"), ("dose", "31/03/2021")], "doses"),
    ([("do", "party.tables"), ("table.A", "-1")], "tables"),
    ([("do", "party.tables"), ("table.A", "two")], "tables"),
    ([("do", "recount"), ("zone", "main"), ("count", "-1"), ("reason", "x")], "inside"),
    ([("do", "recount"), ("zone", "main"), ("count", "3"), ("reason", " ")], "reason"),
    ([("do", "leave"), ("zone", "D1"), ("people", "0")], "people"),
    ([("do", "clock.confirm"), ("time", "half past")], "time"),
    ([("do", "party.admit"), ("people", "9")], "people"),
    ([("do", "party.override"), ("reason", "x" * 201)], "reason"),
]


@pytest.mark.parametrize(("fields", "command"), GOOD)
def test_a_form_is_the_command_that_it_says(
    fields: list[tuple[str, str]], command: commands.AnyCommand
) -> None:
    ours = [("csrf_token", "t"), ("command_id", "c"), ("form", "f")]
    assert command_from(MultiDict(ours + fields)) == command


@pytest.mark.parametrize(("fields", "field"), BAD)
def test_a_form_that_is_no_command_names_the_field(fields: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(FormError) as caught:
        command_from(MultiDict(fields))
    assert caught.value.field == field
    assert all(check_field(field).values())


def test_no_browser_says_what_an_export_consists_of() -> None:
    fields = {"do": "log.download", "first": "2021-05-01", "last": "2021-05-01", "start": "0", "end": "1"}
    with pytest.raises(FormError) as caught:
        command_from(MultiDict({**fields, "manifest": "a7" * 32}))
    assert caught.value.field == "do"
