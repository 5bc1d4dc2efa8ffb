"""What a VDS-NC seal says: ``icao.vacc`` and ``icao.test``, in the specification's own field names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kiosk.proofs import sloppy, valuesets
from kiosk.proofs.model import Dose, Facts, LabTest, days

KINDS = {"icao.vacc", "icao.test"}

_FAMILY = "icao"
#: How deep ``data`` is nested in the specification: five levels; issuers add little.
_DEEPEST = 12
_LARGEST_WHOLE = 2**53 - 1
_MOST_EVENTS = 32
#: Antibodies show no infection; their tests are none for the virus.
_ANTIBODY = "antibody"


def _number(value: Any) -> int | None:
    """The number of a dose, as figure or text; None for anything else, which numbers nothing."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else None


_Text = Annotated[str, BeforeValidator(sloppy.words)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Signature(_Model):
    """``sig``; certificate and signature in base64url."""

    alg: str
    cer: str
    sigvl: str


class Document(_Model):
    """The whole; ``data`` is checked once it is canonical."""

    data: dict[str, Any]
    sig: Signature


class Header(_Model):
    """``hdr``: the kind of document, its version, the issuing country (three letters)."""

    t: _Text
    v: int
    issuer: _Text = Field(alias="is")


class Person(_Model):
    """``pid``: name, birth date, documents (``i`` and ``ai`` of the vaccinated, ``dn`` of the tested)."""

    n: _Text = ""
    dob: _Text = ""
    i: _Text = ""
    ai: _Text = ""
    dn: _Text = ""


class Given(_Model):
    """``vd``: one dose."""

    dvc: _Text = ""
    seq: Annotated[int | None, BeforeValidator(_number)] = None


class Vaccination(_Model):
    """``ve``: the doses of one vaccine (ICD-11), by its name, against one disease (ICD-11)."""

    des: _Text = ""
    nam: _Text = ""
    dis: _Text = ""
    vd: list[Given] = Field(default=[], max_length=_MOST_EVENTS)


class Times(_Model):
    """``dat``: when the sample was taken, and when the report was issued."""

    sc: _Text = ""
    ri: _Text = ""


class Result(_Model):
    """``tr``: the kind of test, and what it found."""

    tc: _Text = ""
    r: _Text = ""


class Message(_Model):
    """``msg``."""

    uvci: _Text = ""
    utci: _Text = ""
    pid: Person
    ve: list[Vaccination] | None = Field(default=None, max_length=_MOST_EVENTS)
    dat: Times | None = None
    tr: Result | None = None


class Data(_Model):
    """``data``, which is what is signed."""

    hdr: Header
    msg: Message

    def facts(self) -> Facts:
        """The seal in the project's words. What is not known to be against COVID-19, or no known word, grants nothing.

        Raises:
            ValueError: a date is none, or it is two documents in one.
        """
        return _vaccinated(self.msg) if self.hdr.t == "icao.vacc" else _tested(self.msg)


def whole_numbers(value: Any, depth: int = 0) -> Any:
    """``value`` with 1.0 for 1, as its canonical form has it.

    Raises:
        ValueError: a number that is not whole, or brackets nested too deeply: then canonical forms could differ.
    """
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {key: whole_numbers(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [whole_numbers(inner, depth + 1) for inner in value]
    if isinstance(value, float):
        if not value.is_integer() or abs(value) > _LARGEST_WHOLE:
            raise ValueError("a number that is not whole")
        return int(value)
    return value


def _vaccinated(message: Message) -> Facts:
    if message.ve is None or message.tr is not None:
        raise ValueError("no vaccination, or a test as well")
    given = [(event, dose) for event in message.ve if _is_covid(event) for dose in event.vd]
    doses = [
        # Where no day is told, the last that it may have been.
        Dose(
            date=sloppy.day(dose.dvc, missing="last"),
            product=event.nam or _named(event.des.upper()),
        )
        for event, dose in given
    ]
    numbers = [dose.seq for _, dose in given if dose.seq is not None]
    return _of_person(message, message.uvci).model_copy(
        update={"doses": days(doses), "dose_count": max(numbers, default=None)}
    )


def _tested(message: Message) -> Facts:
    if message.tr is None or message.dat is None or message.ve is not None:
        raise ValueError("no test, or a vaccination as well")
    times = message.dat
    update = {
        "tests": tuple(_tests(message.tr, times)),
        # A sample that is still to be taken proves nothing.
        "valid_from": sloppy.moment(times.sc),
        "issued_at": sloppy.moment(times.ri) if times.ri else None,
    }
    return _of_person(message, message.utci).model_copy(update=update)


def _tests(result: Result, times: Times) -> Iterator[LabTest]:
    words, kind = valuesets.load(_FAMILY), _fold(result.tc)
    if kind != _ANTIBODY:
        sampled, found = sloppy.moment(times.sc), words.results.get(_fold(result.r))
        yield LabTest(
            date=sampled.date(),
            negative=found == "negative",
            positive=found == "positive",
            method=words.methods.get(kind, "unknown"),
            sampled_at=sampled if ":" in times.sc else None,
        )


def _of_person(message: Message, reference: str) -> Facts:
    person = message.pid
    return Facts(
        name=person.n or None,
        document=person.i or person.dn or person.ai or None,
        birth_date=sloppy.partial_date(person.dob),
        reference=reference or None,
    )


def _is_covid(event: Vaccination) -> bool:
    """Whether the vaccine is known as one against COVID-19; where the disease is named, it must be that one."""
    words = valuesets.load(_FAMILY)
    if event.dis:
        return event.dis.upper().partition(".")[0] in words.diseases
    return event.des.upper() in {*words.products, *words.kinds}


def _named(code: str) -> str:
    words = valuesets.load(_FAMILY)
    return words.products.get(code) or words.kinds.get(code) or code


def _fold(word: str) -> str:
    return "".join(word.split()).casefold()
