"""Hong Kong's electronic testing record: ``HKSARG|EVT|…``, 12 or 13 fields, the last a signature. One source knows the layout.

``docs/formats.md`` has the table, `kiosk.proofs.hk_record` the rules. The words of the result and the form of the dates are not
known; they come with the signer's key (`kiosk.proofs.hk_words`). Without them a record is verified and says nothing of a test.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from kiosk.proofs import hk_record
from kiosk.proofs.hk_dates import RecordError
from kiosk.proofs.hk_record import FieldText, Sign, Version
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.model import Facts, Format, LabTest, Proof
from kiosk.proofs.trust import TrustStore

NAME: Format = "hk-evt"

_HEAD = "HKSARG|EVT|"
_FIELDS = 12
_FIELDS_DOWNLOADED = 13  # with the date on which it was downloaded


class TestRecord(BaseModel):
    """What the signed fields say, as they are written."""

    __test__ = False  # pytest takes every Test… for tests

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Version
    reference: FieldText = ""
    document_type: FieldText = ""
    #: Masked, as printed: ``****987(6)``.
    document: FieldText
    sampled: FieldText
    specimen: FieldText = ""
    platform: FieldText = ""
    result: FieldText
    reported: FieldText = ""
    #: None: the record has no such field.
    downloaded: FieldText | None = None

    def facts(self, words: TestWords) -> Facts:
        """The record in the project's words, as far as ``words`` knows the issuer's.

        It holds from its sample on: a sample that is still to be taken proves nothing.
        """
        sampled, negative = words.moment(self.sampled), words.is_negative(self.result)
        tests: tuple[LabTest, ...] = ()
        if sampled is not None:
            test = LabTest(
                date=sampled.date(),
                negative=negative is True,
                positive=negative is False,
                method=words.method(self.platform),
                sampled_at=sampled if ":" in self.sampled else None,
            )
            tests = (test,)
        return Facts(
            document=self.document,
            tests=tests,
            valid_from=sampled,
            issued_at=words.moment(self.reported),
            reference=self.reference or None,
        )


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a record."""
    return text.startswith(_HEAD)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a record at the time ``at``; the rules stand in `kiosk.proofs.hk_record`."""
    return hk_record.read(NAME, text, parse, trust=trust, at=at)


def parse(text: str) -> TestRecord:
    """The record's fields, the signature left aside.

    Raises:
        RecordError: the text is not in the layout.
    """
    fields = hk_record.split(text, _HEAD, {_FIELDS, _FIELDS_DOWNLOADED})
    try:
        return TestRecord(
            version=fields[2],
            reference=fields[3],
            document_type=fields[4],
            document=fields[5],
            sampled=fields[6],
            specimen=fields[7],
            platform=fields[8],
            result=fields[9],
            reported=fields[10],
            downloaded=fields[11] if len(fields) == _FIELDS_DOWNLOADED else None,
        )
    except ValueError as error:
        raise RecordError(str(error)) from error


def encode(record: TestRecord, sign: Sign) -> str:
    """The text of a record; ``sign`` gives the DER signature of its argument."""
    fields = [
        *_HEAD.rstrip("|").split("|"),
        record.version,
        record.reference,
        record.document_type,
        record.document,
        record.sampled,
        record.specimen,
        record.platform,
        record.result,
        record.reported,
        *([] if record.downloaded is None else [record.downloaded]),
    ]
    return hk_record.join(fields, sign)
