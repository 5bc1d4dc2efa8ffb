"""The authority's list of inspectors: for each badge's number, what the PIN is checked by. Pure.

**This form is ours**, and that of our trust list (`kiosk_list`). The first line is the Ed25519 signature in base64 over all octets
after that line, which are JSON::

    {"kind": "venue-kiosk-inspector-list", "version": 1, "issued_at": "2021-05-01T12:00:00+08:00",
     "inspectors": [{"number": "FEHD-0417", "verifier": "$argon2id$v=19$m=19456,t=3,p=1$…"}]}

A verifier is an argon2id hash of the PIN in its usual text form, with a salt of its own. No name stands in the list. What it costs to
check one is bounded, so that no list can bring a small machine to its knees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import argon2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from kiosk import strict_json
from kiosk.proofs import signatures, strict_base64
from kiosk.proofs.trust import TrustError

KIND = "venue-kiosk-inspector-list"
#: The dearest verifier that is checked: KiB of memory, passes, lanes; and the cheapest.
MOST_MEMORY, MOST_PASSES, MOST_LANES = 64 * 1024, 8, 4
LEAST_MEMORY = 8 * 1024
#: No list is longer.
MOST_INSPECTORS = 20_000

_AGAIN = "get the list again"
_PIN = re.compile(r"[0-9]{6,12}")
_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class InspectorList:
    """What the list says."""

    issued_at: datetime
    #: The argon2id hash for each badge's number.
    verifiers: Mapping[str, str] = field(repr=False)


class _Inspector(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    number: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    verifier: str = Field(max_length=300, repr=False)

    @field_validator("verifier")
    @classmethod
    def _can_be_checked(cls, verifier: str) -> str:
        try:
            cost = argon2.extract_parameters(verifier)
        except argon2.exceptions.InvalidHashError as error:
            raise ValueError("is no argon2 hash") from error
        if cost.type is not argon2.Type.ID or cost.memory_cost < LEAST_MEMORY:
            raise ValueError("is no argon2id hash that withstands guessing")
        if cost.memory_cost > MOST_MEMORY or cost.time_cost > MOST_PASSES or cost.parallelism > MOST_LANES:
            raise ValueError("costs more to check than this machine can give")
        return verifier


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: Literal["venue-kiosk-inspector-list"]
    version: Literal[1]
    issued_at: AwareDatetime
    inspectors: tuple[_Inspector, ...] = Field(max_length=MOST_INSPECTORS)

    @field_validator("inspectors")
    @classmethod
    def _differ(cls, inspectors: tuple[_Inspector, ...]) -> tuple[_Inspector, ...]:
        if len({one.number for one in inspectors}) != len(inspectors):
            raise ValueError("names a badge twice")
        return inspectors


def verifier(pin: str) -> str:
    """What a PIN of 6 to 12 digits is checked by.

    Raises:
        ValueError: it is no such PIN.
    """
    if not _PIN.fullmatch(pin):
        raise ValueError("a PIN has 6 to 12 digits")
    return _HASHER.hash(pin)


def write(verifiers: Mapping[str, str], *, issued_at: datetime, key: Ed25519PrivateKey) -> bytes:
    """A list of ``verifiers`` by badge number, signed with ``key``.

    Raises:
        ValueError: a number or verifier is none, or ``issued_at`` is not aware.
    """
    said = {
        "kind": KIND,
        "version": 1,
        "issued_at": issued_at.isoformat(),
        "inspectors": [{"number": number, "verifier": verifiers[number]} for number in sorted(verifiers)],
    }
    _List.model_validate(said)
    body = json.dumps(said).encode()
    return strict_base64.encode(key.sign(body)).encode() + b"\n" + body


def read(content: bytes, signer: PublicKeyTypes) -> InspectorList:
    """The list in ``content``, which ``signer`` signed.

    Raises:
        TrustError: the signature does not hold, or it is no such list.
    """
    line, _, body = content.partition(b"\n")
    try:
        octets = strict_base64.decode(line.decode("ascii"))
    except ValueError:
        octets = b""
    if not signatures.holds(signer, "EdDSA", octets, body):
        raise TrustError("its signature does not hold under a key that is pinned", mend=_AGAIN)
    try:
        said = _List.model_validate(strict_json.loads(body))
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        raise TrustError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}", mend=_AGAIN) from error
    except ValueError as error:
        raise TrustError(f"is no JSON: {error}", mend=_AGAIN) from error
    return InspectorList(said.issued_at, {one.number: one.verifier for one in said.inspectors})
