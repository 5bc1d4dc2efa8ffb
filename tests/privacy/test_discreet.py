"""What a process says of its own failures, and what the system may keep of it."""

from __future__ import annotations

import json
import logging
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from kiosk import discreet
from kiosk.errors import KioskError
from kiosk.gate.commands import COMMAND, CustomerCompare, CustomerRegister, VisitorRegister
from kiosk.gate.protocol import Pin
from kiosk.gate.server import Request
from kiosk.ledger.entries import Personal, Registration

PLANTED = "QUILLONBY-69173058"


class Form(BaseModel):
    number: int


def a_fault() -> Exception:
    """A chain of errors that repeat what was being handled, with it in local variables as well."""
    text = PLANTED
    try:
        try:
            Form.model_validate({"number": text})
        except ValueError as error:
            raise KioskError(f"cannot use {text}", where=text) from error
    except KioskError:
        try:
            int(text)
        except ValueError as error:
            return error
    raise AssertionError


def test_a_traceback_says_where_and_what_kind_and_no_value() -> None:
    said = discreet.told(a_fault())
    assert PLANTED not in said
    assert "ValueError" in said
    assert "kiosk.errors.KioskError (error)" in said
    assert "ValidationError" in said
    assert "in a_fault" in said
    assert "No such file" in discreet.told(OSError(2, "No such file or directory", "x"))


def test_the_logs_tracebacks_are_told_that_way(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(discreet.Formatter("%(levelname)s %(message)s"))
    try:
        raise a_fault()
    except ValueError:
        handler.handle(logging.makeLogRecord({"levelname": "ERROR", "msg": "no", "exc_info": sys.exc_info()}))
    said = capsys.readouterr().err
    assert said.startswith("ERROR no\nTraceback")
    assert PLANTED not in said


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from kiosk import discreet\ndiscreet.begin()\nP = {PLANTED!r}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("int(P)", 1),
        ("{}[P]", 1),
        ("import threading\nt = threading.Thread(target=lambda: int(P), name='x')\nt.start(); t.join()", 0),
        ("class A:\n  def __del__(self): int(P)\nA()", 0),
    ],
)
def test_an_error_that_nobody_catches_says_no_value(code: str, status: int) -> None:
    done = run(code)
    assert done.returncode == status
    assert "Traceback" in done.stderr
    assert PLANTED not in done.stderr


def test_no_core_is_dumped() -> None:
    done = run("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))")
    assert done.stdout.strip() == str((0, 0))
    assert resource.RLIMIT_CORE == 4


@pytest.mark.parametrize(
    "held",
    [
        Registration(name=PLANTED, contact=PLANTED),
        Personal(registrations=(Registration(name=PLANTED, contact=PLANTED), None)),
        CustomerRegister(customer=0, name=PLANTED, contact=PLANTED),
        VisitorRegister(name=PLANTED, contact=PLANTED),
        CustomerCompare(customer=0, document=PLANTED),
        Pin(name="mei", pin=PLANTED),
        Request(id="1", command=VisitorRegister(name=PLANTED, contact=PLANTED)),
    ],
    ids=lambda held: type(held).__name__,
)
def test_what_holds_personal_data_does_not_show_it(held: BaseModel) -> None:
    assert PLANTED not in repr(held)
    assert PLANTED not in str(held)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: Registration(name=PLANTED * 20, contact=PLANTED),
        lambda: Personal.model_validate({"registrations": [{"name": PLANTED}]}),
        lambda: COMMAND.validate_python({"do": "visitor.register", "name": PLANTED * 20, "contact": PLANTED}),
        lambda: Request.model_validate_json(
            json.dumps({"command": {"do": "customer.compare", "document": 5, "x": PLANTED}})
        ),
        lambda: Request.model_validate_json('{"' + PLANTED),
    ],
)
def test_what_is_refused_is_not_repeated(refused) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r".") as said:
        refused()
    assert PLANTED not in str(said.value)
