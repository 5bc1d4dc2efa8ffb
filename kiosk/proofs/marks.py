"""Names under which a proof may be revoked. A list of revoked proofs holds hashes; a proof brings the hashes to look for.

So no format knows how lists are kept, and no list knows how a format is written.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal, NamedTuple

#: What was hashed. The three of the EU's lists are its UCI, COUNTRYCODEUCI and SIGNATURE.
MarkKind = Literal["eu-uci", "eu-country-uci", "eu-signature", "shc-rid", "hk-reference", "certificate"]

#: Octets of SHA-256 that a mark keeps, as in the EU's lists.
MARK_OCTETS = 16


class Mark(NamedTuple):
    """One name of a proof."""

    kind: MarkKind
    #: Within which key or issuer the name holds: a key id in hexadecimal, an issuer's address, or nothing.
    scope: str
    #: The first 16 octets of the SHA-256 of the name.
    digest: bytes
    #: When the proof was issued or became valid, where a list may revoke only what is older.
    issued_at: datetime | None = None


def mark(kind: MarkKind, scope: str, name: str | bytes, issued_at: datetime | None = None) -> Mark:
    """The mark of ``name``; text is hashed as UTF-8."""
    data = name.encode("utf-8", "surrogatepass") if isinstance(name, str) else name
    return Mark(kind, scope, hashlib.sha256(data).digest()[:MARK_OCTETS], issued_at)
