"""What an EU digital COVID certificate says: the claims of its CWT, and the one event that it is about.

The schema is ehn-dcc-schema 1.0 to 1.3. Real issuers keep it loosely, so what grants nothing is passed over, dates are read as
`kiosk.proofs.sloppy` does, and what grants something must have a meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, NamedTuple

from kiosk import HONG_KONG
from kiosk.proofs import sloppy, strict_cbor, valuesets
from kiosk.proofs.model import Dose, Facts, LabTest
from kiosk.proofs.trust import Usage

#: Labels of the claims (RFC 8392; -260 is the health certificate, in which 1 is the EU's).
_ISSUER, _EXPIRES, _NOT_BEFORE, _ISSUED, _HEALTH, _EU = 1, 4, 5, 6, -260, 1

_USAGES: dict[str, Usage] = {"v": "vaccination", "t": "test", "r": "recovery"}
#: The last second of a day.
_EVENING = time(23, 59, 59)

_Map = Mapping[Any, Any]


class Statement(NamedTuple):
    """What is signed. Nothing says yet that the signature holds."""

    usage: Usage
    #: The country that issued it, as the CWT names it, else the event; may be blank.
    country: str
    #: The unique certificate identifier, as it stands; may be blank.
    uci: str
    issued_at: datetime | None
    #: When it begins to hold, where that is another moment.
    not_before: datetime | None
    expires_at: datetime | None
    facts: Facts
    #: The name in the passport's letters, where the facts have it in others.
    passport_name: str | None = None

    @property
    def sampled_at(self) -> datetime | None:
        """When the sample was taken, if this is a test for COVID-19."""
        return self.facts.tests[0].sampled_at if self.facts.tests else None


def parse(payload: bytes, *, at: datetime) -> Statement:
    """The statement in ``payload``, as it is at the time ``at``: a recovery counts within its dates only.

    Raises:
        ValueError: it is none, or of several events.
    """
    claims = _map(strict_cbor.loads(payload))
    certificate = _map(_map(claims.get(_HEALTH)).get(_EU))
    usage, event = _event(certificate)
    issued_at, not_before, expires_at = (
        sloppy.timestamp(claims[label]) if claims.get(label) is not None else None
        for label in (_ISSUED, _NOT_BEFORE, _EXPIRES)
    )
    uci = event["ci"] if isinstance(event.get("ci"), str) else ""
    common: dict[str, Any] = {
        "name": _name(certificate.get("nam")),
        "birth_date": sloppy.partial_date(certificate.get("dob")),
        "reference": sloppy.words(uci) or None,
        "issued_at": issued_at,
        "valid_from": not_before,
        "valid_until": expires_at,
    }
    about = _ABOUT[usage](event, at)
    facts = Facts(**_narrowed(common, about))
    country = sloppy.words(claims.get(_ISSUER)) or sloppy.words(event.get("co"))
    plain = facts.name is None or facts.name.isascii()
    passport_name = None if plain else _name(certificate.get("nam"), own_letters=False)
    return Statement(usage, country, uci, issued_at, not_before, expires_at, facts, passport_name)


def _map(value: Any) -> _Map:
    if not isinstance(value, dict | Mapping):  # dict first: the question for any mapping costs more
        raise ValueError("not a map where one belongs")
    return value


def _event(certificate: _Map) -> tuple[Usage, _Map]:
    """The one event: doses and tests of several are never added up from one code."""
    found = []
    for key, usage in _USAGES.items():
        events = certificate.get(key)
        if events is None:
            continue
        if not isinstance(events, list | tuple):
            raise ValueError("events that are no list")
        found += [(usage, event) for event in events]
    if len(found) != 1:
        raise ValueError(f"{len(found)} events, not one")
    usage, event = found[0]
    return usage, _map(event)


def _name(names: Any, *, own_letters: bool = True) -> str | None:
    """``Family, Given``, in the person's own letters, else in the passport's; or in the passport's alone."""
    if not isinstance(names, dict | Mapping):
        return None
    parts = [
        (sloppy.words(names.get(own)) if own_letters else "")
        or sloppy.words(names.get(own + "t")).replace("<", " ").strip()
        for own in ("fn", "gn")
    ]
    return ", ".join(filter(None, parts)) or None


def _says(event: _Map, key: str) -> bool:
    """Whether the event says anything there; a blank text says nothing."""
    value = event.get(key)
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _is_covid(event: _Map) -> bool:
    return sloppy.code(event.get("tg")) in valuesets.load("eu").diseases


def _vaccination(event: _Map, _at: datetime) -> dict[str, Any]:
    number = sloppy.count(event["dn"]) if _says(event, "dn") else None
    if number == 0:
        raise ValueError("a vaccination without a dose")
    if _says(event, "sd"):
        sloppy.count(event["sd"])
    given = sloppy.day(event["dt"], missing="last") if _says(event, "dt") else None
    if not _is_covid(event):
        return {}
    product = valuesets.load("eu").product(*[sloppy.code(event.get(key)) for key in ("mp", "vp", "ma")])
    return {"dose_count": number, "doses": (Dose(date=given, product=product),) if given else ()}


def _test(event: _Map, _at: datetime) -> dict[str, Any]:
    sampled_at = sloppy.moment(event["sc"]) if _says(event, "sc") else None
    if sampled_at is None or not _is_covid(event):
        return {}
    sets = valuesets.load("eu")
    result = sets.results.get(sloppy.code(event.get("tr")))
    test = LabTest(
        date=sampled_at.date(),
        negative=result == "negative",
        positive=result == "positive",
        method=sets.methods.get(sloppy.code(event.get("tt")), "unknown"),
        sampled_at=sampled_at,
    )
    return {"tests": (test,)}


def _recovery(event: _Map, at: datetime) -> dict[str, Any]:
    first = sloppy.day(event["df"], missing="last") if _says(event, "df") else None
    last = sloppy.day(event["du"], missing="first") if _says(event, "du") else None
    if first is None or last is None or not _is_covid(event):
        return {}
    return {
        "recovered": first <= sloppy.moment(at).date() <= last,
        "valid_from": datetime.combine(first, time.min, HONG_KONG),
        "valid_until": datetime.combine(last, _EVENING, HONG_KONG),
    }


_ABOUT = {"vaccination": _vaccination, "test": _test, "recovery": _recovery}


def _narrowed(common: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    """Both together; of two bounds the narrower."""
    facts = common | about
    for bound, narrower in (("valid_from", max), ("valid_until", min)):
        if bound in about and common[bound] is not None:
            facts[bound] = narrower(common[bound], about[bound])
    return facts
