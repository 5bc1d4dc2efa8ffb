"""Our own trust list: key rings in one signed file, so that a new key needs no new software.

**This form is ours.** The first line is the Ed25519 signature in base64 over all octets after that line, which are JSON::

    {"kind": "venue-kiosk-trust-list", "version": 1, "issued_at": "2021-05-01T12:00:00+08:00", "rings": [ … ]}

A ring is what a key ring's file holds (``docs/formats.md``). A ring of a demo stands only in lists of a demo's source.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk import strict_json
from kiosk.proofs import signatures, strict_base64
from kiosk.proofs.rings import KeyRing
from kiosk.proofs.trust import DemoTrustError, TrustedKey, TrustError

KIND = "venue-kiosk-trust-list"

_AGAIN = "get the list again"


@dataclass(frozen=True)
class KioskList:
    """What the list says."""

    issued_at: datetime
    keys: tuple[TrustedKey, ...]


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["venue-kiosk-trust-list"]
    version: Literal[1]
    issued_at: AwareDatetime
    rings: tuple[KeyRing, ...] = Field(min_length=1)


def write(rings: Sequence[dict[str, Any]], *, issued_at: datetime, key: Ed25519PrivateKey) -> bytes:
    """A list of ``rings`` (each as its file holds it), signed with ``key``.

    Raises:
        ValueError: a ring is none, or ``issued_at`` is not aware.
    """
    said = {"kind": KIND, "version": 1, "issued_at": issued_at.isoformat(), "rings": list(rings)}
    _List.model_validate(said)
    body = json.dumps(said, ensure_ascii=False).encode()
    return strict_base64.encode(key.sign(body)).encode() + b"\n" + body


def read(content: bytes, signature: bytes | None, signer: PublicKeyTypes, *, demo: bool) -> KioskList:
    """The list in ``content``, which ``signer`` signed; ``demo``: of a demo's source.

    Raises:
        TrustError: the signature does not hold, or it is no such list.
        DemoTrustError: it holds a demo's ring, and the source is none of a demo.
    """
    line, _, body = content.partition(b"\n")
    if signature is not None:
        raise TrustError("carries its signature in its first line", mend="leave out the second file")
    try:
        octets = strict_base64.decode(line.decode("ascii"))
    except ValueError:
        octets = b""
    if not signatures.holds(signer, "EdDSA", octets, body):
        raise TrustError("its signature does not hold under the key that is pinned", mend=_AGAIN)
    try:
        said = _List.model_validate(strict_json.loads(body))
    except ValidationError as error:
        fault = error.errors()[0]
        raise TrustError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}", mend=_AGAIN) from error
    except ValueError as error:
        raise TrustError(f"is no JSON: {error}", mend=_AGAIN) from error
    if not demo and any(ring.demo for ring in said.rings):
        raise DemoTrustError("holds keys of a demo", mend="get a list without them")
    return KioskList(said.issued_at, tuple(key.trusted(ring) for ring in said.rings for key in ring.keys))
