"""From the text of a code to a `Proof`: verified facts, or why not. Pure: text, keys and a time in, an answer out.

Each format is a module of its own that knows no other: ``NAME``, ``claims(text)`` (does the text say that it is
mine?) and ``read(text, trust=…, at=…)``, which never raises. A new format is a new module and a line in `FORMATS`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kiosk.proofs import (
    eu_dcc,
    health_code,
    hk_evt,
    hk_mec,
    hk_vac,
    inspector_badge,
    lhs_poster,
    smart_health_card,
    vds_nc,
    visit_receipt,
)
from kiosk.proofs.marks import Mark
from kiosk.proofs.model import Facts, Format, Proof, refused
from kiosk.proofs.trust import TrustStore

__all__ = ["FORMATS", "LONGEST", "Facts", "Format", "Proof", "Revoked", "TrustStore", "recognise"]

#: The longest text that is looked at, in bytes of UTF-8: more than the largest QR code holds (2,953), so that a scanner
#: that types for ever cannot keep the door busy.
LONGEST = 8 * 1024

_BYTE_ORDER_MARK = "\ufeff"


class _FormatModule(Protocol):
    @property
    def NAME(self) -> Format:  # noqa: N802 -- a module's constant
        """The format's word in the contracts."""

    def claims(self, text: str) -> bool:
        """Whether the text says that it is of this format."""

    def read(self, text: str, *, trust: TrustStore, at: datetime) -> Proof:
        """Read and verify; never raises."""


#: The formats that are read, in the order in which they are asked.
FORMATS: tuple[_FormatModule, ...] = (
    hk_vac,
    hk_evt,
    hk_mec,
    eu_dcc,
    smart_health_card,
    vds_nc,
    lhs_poster,
    visit_receipt,
    health_code,
    inspector_badge,
)


class Revoked(Protocol):
    """Lists of revoked proofs (`kiosk.proofs.revocation`)."""

    def __contains__(self, mark: Mark, /) -> bool:
        """Whether a proof of that mark is revoked."""


def recognise(text: str, *, trust: TrustStore, at: datetime, revoked: Revoked | None = None) -> Proof:
    """What the text of a code proves at the time ``at`` (aware) under the keys of ``trust``; ``revoked`` takes back.

    Never raises, whatever the text: a code is written by whoever holds it up. A byte-order mark and blanks around
    the text are no part of it.
    """
    text = text.strip().removeprefix(_BYTE_ORDER_MARK)
    format_ = next((module for module in FORMATS if module.claims(text)), None)
    if len(text) > LONGEST or len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        return refused(format_.NAME if format_ else "unknown", "too_large")
    if format_ is None:
        return refused("unknown", "unknown_format")
    proof = format_.read(text, trust=trust, at=at)
    if proof.verified and revoked is not None and any(mark in revoked for mark in proof.marks):
        return proof.model_copy(update={"verified": False, "error": "revoked"})
    return proof
