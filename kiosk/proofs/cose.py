"""COSE_Sign1 (RFC 9052), as far as proofs use it: one signature, the payload within."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import cbor2

from kiosk.proofs import strict_cbor
from kiosk.proofs.signatures import Algorithm

#: COSE's numbers for algorithms (RFC 9053).
ALGORITHMS: Mapping[int, Algorithm] = {-7: "ES256-COSE", -37: "PS256", -8: "EdDSA"}

_TAG = 18  # COSE_Sign1
_CWT = 61  # may stand before the tag of a COSE message (RFC 8392, 6)
_PARTS = 4
_ALGORITHM, _CRITICAL, _KEY_ID = 1, 2, 4  # labels of headers
#: What all that is signed begins with: a list of four, of which the first is this word.
_CONTEXT = b"\x84" + cbor2.dumps("Signature1")


class Sign1(NamedTuple):
    """A parsed COSE_Sign1, its signature not yet checked."""

    protected: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes
    #: What was signed.
    signed: bytes

    @property
    def algorithm(self) -> Algorithm | None:
        """The algorithm, from the protected header; where that names none, from the other. None: none that we know."""
        named = self._header(_ALGORITHM)
        return ALGORITHMS.get(named) if isinstance(named, int) and not isinstance(named, bool) else None

    @property
    def key_id(self) -> bytes | None:
        """The key's id: of the protected header first, then of the other."""
        named = self._header(_KEY_ID)
        return named if isinstance(named, bytes) else None

    def _header(self, label: int) -> Any:
        return self.protected[label] if label in self.protected else self.unprotected.get(label)


def parse(data: bytes) -> Sign1:
    """The parts of a COSE_Sign1, with its tag or without, or with that of a CWT before it.

    Raises:
        ValueError: it is none.
    """
    value = strict_cbor.loads(data)
    if isinstance(value, cbor2.CBORTag) and value.tag == _CWT and isinstance(value.value, cbor2.CBORTag):
        value = value.value
    if isinstance(value, cbor2.CBORTag):
        if value.tag != _TAG:
            raise ValueError("another tag than COSE_Sign1")
        value = value.value
    if not isinstance(value, list | tuple) or len(value) != _PARTS:
        raise ValueError("not the four parts of a COSE_Sign1")
    protected, unprotected, payload, signature = value
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise ValueError("a part is no byte string")
    headers = _headers(protected)
    # Asked first for what it is nearly always: the question for any mapping costs more.
    if not isinstance(unprotected, dict | Mapping):
        raise ValueError("the headers are no map")
    if _CRITICAL in unprotected:
        raise ValueError("a header that must be understood, where nobody signed it")
    return Sign1(headers, unprotected, payload, signature, to_be_signed(protected, payload))


@lru_cache(maxsize=512)  # all certificates of a key have the same
def _headers(protected: bytes) -> Mapping[Any, Any]:
    headers = strict_cbor.loads(protected) if protected else {}
    if not isinstance(headers, Mapping):
        raise ValueError("the headers are no map")
    if not _understood(headers.get(_CRITICAL, ())):
        raise ValueError("a header that must be understood, and is not")
    return headers


def _understood(critical: Any) -> bool:
    """Whether we act on all headers that must be understood (RFC 9052, 3.1)."""
    return isinstance(critical, list | tuple) and all(label in (_ALGORITHM, _KEY_ID) for label in critical)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The octets that the signature is over (RFC 9052, 4.4), without external data."""
    return _CONTEXT + _string(protected) + _string(b"") + _string(payload)


def _string(octets: bytes) -> bytes:
    """A byte string in CBOR (RFC 8949, 3.1)."""
    length = len(octets)
    if length < 24:  # noqa: PLR2004 -- the length stands in the first octet
        return bytes((0x40 | length,)) + octets
    if length < 1 << 8:
        return bytes((0x58, length)) + octets
    return (b"\x59" + length.to_bytes(2) if length < 1 << 16 else b"\x5a" + length.to_bytes(4)) + octets


def encode(headers: Mapping[int, Any], payload: bytes, signature: bytes) -> bytes:
    """A tagged COSE_Sign1 with ``headers`` protected."""
    return cbor2.dumps(cbor2.CBORTag(_TAG, [protect(headers), {}, payload, signature]))


def protect(headers: Mapping[int, Any]) -> bytes:
    """``headers`` as they are signed."""
    return cbor2.dumps(dict(headers))
