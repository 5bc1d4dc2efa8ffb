"""Hong Kong's medical exemption certificate of 2022: ``HKSARG|MEC|…``, 20 fields, the last a signature.

``docs/formats.md`` has the table, `kiosk.proofs.hk_record` the rules. An indicator that is not ``002`` exempts nobody. No key
that signs such certificates is known, so a genuine one ends in ``cannot_verify``.
"""

from __future__ import annotations

from datetime import date, datetime, time

from pydantic import AwareDatetime, BaseModel, ConfigDict

from kiosk import HONG_KONG
from kiosk.proofs import hk_dates, hk_record
from kiosk.proofs.hk_dates import RecordError
from kiosk.proofs.hk_record import FieldText, Sign, Version
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.model import Facts, Format, Proof
from kiosk.proofs.trust import TrustStore

NAME: Format = "hk-mec"

_HEAD = "HKSARG|MEC|"
_FIELDS = 20
_EXEMPT = "002"


class Exemption(BaseModel):
    """What the signed fields say that has a meaning here; the others are a vaccination record's, and empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Version
    key_version: FieldText = "1"
    reference: FieldText = ""
    #: Masked, as printed: ``****987(6)``.
    document: FieldText
    #: Masked, as printed: ``CHAN, T** M**``.
    name: FieldText
    exempt: bool = True
    #: The last day, in Hong Kong.
    valid_until: date
    #: Records write 1 January, or the first of the month, where no more is known.
    birth_date: date | None = None
    #: To the minute, on Hong Kong's clock.
    issued_at: AwareDatetime

    def facts(self, words: TestWords | None = None) -> Facts:
        """The certificate in the project's words, of which test results are none; it holds until its last day ends in Hong Kong."""
        del words
        return Facts(
            name=self.name,
            document=self.document,
            birth_date=self.birth_date.isoformat() if self.birth_date else None,
            exemption=self.exempt,
            valid_until=datetime.combine(self.valid_until, time.max, HONG_KONG),
            issued_at=self.issued_at,
            reference=self.reference or None,
        )


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a certificate."""
    return text.startswith(_HEAD)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a certificate at the time ``at``; the rules stand in `kiosk.proofs.hk_record`."""
    return hk_record.read(NAME, text, parse, trust=trust, at=at)


def parse(text: str) -> Exemption:
    """The certificate's fields, the signature left aside.

    Raises:
        RecordError: the text is not in the layout.
    """
    fields = hk_record.split(text, _HEAD, {_FIELDS})
    try:
        return Exemption(
            version=fields[2],
            key_version=fields[3],
            reference=fields[4],
            document=fields[5],
            name=fields[6],
            exempt=fields[10] == _EXEMPT,
            valid_until=hk_dates.day(fields[11]),
            birth_date=hk_dates.day(fields[16]) if fields[16] else None,
            issued_at=hk_dates.minute(fields[18]),
        )
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError(str(error)) from error


def encode(exemption: Exemption, sign: Sign) -> str:
    """The text of a certificate; ``sign`` gives the DER signature of its argument."""
    fields = [
        *_HEAD.rstrip("|").split("|"),
        exemption.version,
        exemption.key_version,
        exemption.reference,
        exemption.document,
        exemption.name,
        *("", "", ""),
        _EXEMPT if exemption.exempt else "",
        hk_dates.day_text(exemption.valid_until),
        *("", "", "", ""),
        hk_dates.day_text(exemption.birth_date) if exemption.birth_date else "",
        "",
        hk_dates.minute_text(exemption.issued_at),
    ]
    return hk_record.join(fields, sign)
