"""Whose signatures count: keys, looked up by issuer and key id. Pure; `kiosk.proofs.rings` reads them from files.

Several keys may share one id, and each of them is tried. Never does a key come from the code itself, and never from an
address inside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from kiosk.errors import DocumentError
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.model import Format

#: What a key may vouch for, where its certificate says so; a seal is any proof of ICAO's.
Usage = Literal["vaccination", "test", "recovery", "seal"]


class TrustError(DocumentError):
    """A key ring, a trust list or a key cannot be used."""

    code = "bad_trust"


class DemoTrustError(TrustError):
    """A demo authority's keys were given to a door in production."""

    code = "demo_trust"


@dataclass(frozen=True)
class TrustedKey:
    """A public key that we believe, and what for. None: whatever it fits."""

    key: PublicKeyTypes
    #: Who owns it, as staff are told.
    issuer: str
    format: Format | None = None
    #: The version of the record that it signs, where the format picks keys by it.
    version: str | None = None
    demo: bool = False
    #: The ids under which codes name it, as octets (of text: ASCII); None: it is tried whatever id a code names.
    key_ids: frozenset[bytes] | None = None
    #: The issuer as codes name it (a SMART card's ``iss``), where the key is bound to one.
    address: str | None = None
    usages: frozenset[Usage] | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    #: The certificate that it came in (DER).
    certificate: bytes | None = None
    #: How its owner words test records (``hk-evt``), where that is known.
    test_words: TestWords | None = None


@dataclass(frozen=True)
class TrustStore:
    """The keys that count, in the order in which they are tried."""

    keys: tuple[TrustedKey, ...] = ()

    @property
    def is_demo(self) -> bool:
        """Whether a demo authority is among them; then DEMO stands on every screen."""
        return any(key.demo for key in self.keys)

    def candidates(self, format_: Format, version: str) -> tuple[TrustedKey, ...]:
        """The keys that may have signed a record of that format and version; several may, each is tried."""
        return tuple(
            key for key in self.keys if key.format in {None, format_} and key.version in {None, version}
        )

    def signers(
        self, format_: Format, key_id: bytes | None = None, *, address: str | None = None
    ) -> tuple[TrustedKey, ...]:
        """The keys that may have signed a code of that format which names ``key_id`` (None: it names none).

        ``address`` is the issuer as the code names it; a key that is bound to another issuer is none of its keys.
        """
        return tuple(
            key
            for key in self._named(key_id)
            if key.format in {None, format_} and (key.address is None or key.address == address)
        )

    def _named(self, key_id: bytes | None) -> tuple[TrustedKey, ...]:
        if key_id is None:
            return self.keys
        return (*self._by_id.get(key_id, ()), *self._by_id.get(None, ()))

    @cached_property
    def _by_id(self) -> Mapping[bytes | None, tuple[TrustedKey, ...]]:
        found: defaultdict[bytes | None, tuple[TrustedKey, ...]] = defaultdict(tuple)
        for key in self.keys:
            for key_id in key.key_ids or (None,):
                found[key_id] += (key,)
        return dict(found)  # no defaultdict: it would keep every id that a stranger's code names
