"""Which proofs were taken back: lists of hashes, merged into one look-up. Pure; `revocation_files` keeps them on disk.

A list arrives in *batches*. A batch is replaced or dropped as a whole, which is how a proof comes to be valid again. Four
sources land here: the EU's hash lists, the lists of SMART card issuers, references of Hong Kong's records, and what the
venue itself turned away.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, overload

import numpy as np
import numpy.typing as npt
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk import strict_json
from kiosk.errors import DocumentError
from kiosk.proofs.marks import MARK_OCTETS, Mark, MarkKind, mark

#: The date of an entry that revokes whatever the proof's age.
ALWAYS = 2**62
_DATE_OCTETS = 8
_EU_KINDS: dict[str, MarkKind] = {
    "UCI": "eu-uci",
    "COUNTRYCODEUCI": "eu-country-uci",
    "SIGNATURE": "eu-signature",
}
#: What an EU batch writes where it holds for every key.
_ANY_KEY = "UNKNOWN_KID"


class RevocationError(DocumentError):
    """A list of revoked proofs cannot be used."""

    code = "bad_revocation_list"


@dataclass(frozen=True)
class Batch:
    """One batch of a list: names of one kind within one scope."""

    #: Where it came from and what it is called there; a later one of the same name replaces it.
    name: str
    kind: MarkKind
    #: As in `Mark`; empty: whatever the proof's scope.
    scope: str
    #: 16 octets each.
    digests: bytes | memoryview
    #: Beside each digest: proofs issued before this moment (seconds since 1970) are revoked; None: all of them.
    before: Sequence[int] | npt.NDArray[np.int64] | None = None
    #: Counts up with each issue of the list, where it has such a number.
    number: int | None = None
    #: After this moment the batch is of no use: all of its proofs have expired by themselves.
    expires_at: datetime | None = None

    def __len__(self) -> int:
        return len(self.digests) // MARK_OCTETS


class Revocations:
    """All batches in one look-up: ``mark in revocations``. 16 octets an entry, 24 where entries have dates."""

    def __init__(self, batches: Iterable[Batch] = ()) -> None:
        by_scope: defaultdict[tuple[MarkKind, str], list[Batch]] = defaultdict(list)
        for batch in batches:
            if len(batch):
                by_scope[batch.kind, batch.scope].append(batch)
        self._tables = {scope: _Table(found) for scope, found in by_scope.items()}

    def __contains__(self, searched: Mark) -> bool:
        """Whether a proof of that mark is revoked."""
        scopes = {searched.scope, ""}
        tables = (self._tables.get((searched.kind, scope)) for scope in scopes)
        return any(table.revokes(searched) for table in tables if table)

    def __len__(self) -> int:
        return sum(len(table) for table in self._tables.values())


class _Table:
    """Rows side by side in one block of memory, in order: a digest and, where any batch has dates, until when of issue it revokes."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._dated = any(batch.before is not None for batch in batches)
        self._width = MARK_OCTETS + (_DATE_OCTETS if self._dated else 0)
        self._data = bytearray(sum(map(len, batches)) * self._width)
        rows = np.frombuffer(self._data, dtype=np.uint8).reshape(-1, self._width)
        place = 0
        for batch in batches:
            part = rows[place : place + len(batch)]
            place += len(batch)
            part[:, :MARK_OCTETS] = np.frombuffer(batch.digests, dtype=np.uint8).reshape(-1, MARK_OCTETS)
            if self._dated:
                part[:, MARK_OCTETS:] = _dates(batch).view(np.uint8).reshape(-1, _DATE_OCTETS)
        # Octets of one length compare as octets: the type's blindness for zeros at the end makes no difference.
        self._sorted = np.frombuffer(self._data, dtype=f"S{self._width}")
        self._sorted.sort()

    def __len__(self) -> int:
        return len(self._sorted)

    def revokes(self, searched: Mark) -> bool:
        # Zeros behind the digest: the first row that begins with it.
        row = int(self._sorted.searchsorted(np.bytes_(searched.digest)))
        while self._digest(row) == searched.digest:
            if self._is_older(row, searched.issued_at):
                return True
            row += 1
        return False

    def _digest(self, row: int) -> bytearray:
        return self._data[row * self._width : row * self._width + MARK_OCTETS]

    def _is_older(self, row: int, issued_at: datetime | None) -> bool:
        # A proof that does not say when it was issued cannot show that it came later.
        if not self._dated or issued_at is None:
            return True
        before = self._data[row * self._width + MARK_OCTETS : (row + 1) * self._width]
        return issued_at.timestamp() < int.from_bytes(before)


def _dates(batch: Batch) -> npt.NDArray[np.int64]:
    """A date for each digest, the more significant octet first."""
    if batch.before is None:
        return np.full(len(batch), ALWAYS, dtype=">i8")
    return np.asarray(batch.before, dtype=">i8")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _EuEntry(_Model):
    hash: str


class _EuBatch(_Model):
    """A batch as the EU's gateway hands it out."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    expires: Annotated[AwareDatetime, Field(strict=False)]
    kid: str
    hashType: Literal["UCI", "COUNTRYCODEUCI", "SIGNATURE"]  # noqa: N815 -- the gateway's key
    entries: tuple[_EuEntry, ...] = Field(strict=False)


class _ShcList(_Model):
    """A list as an issuer of SMART Health Cards publishes it, ``{kid}.json``."""

    kid: str
    method: Literal["rid"]
    ctr: int = Field(ge=1)
    rids: tuple[str, ...] = Field(strict=False)


def eu_batch(text: str | bytes, *, name: str, where: str) -> Batch:
    """A batch of the EU's revocation lists (``country``, ``expires``, ``kid``, ``hashType``, ``entries``).

    Raises:
        RevocationError: it is none.
    """
    said = _checked(_EuBatch, text, where)
    try:
        scope = "" if said.kid == _ANY_KEY else _base64(said.kid).hex()
        digests = [_base64(entry.hash) for entry in said.entries]
    except ValueError as error:
        raise RevocationError(
            "a key id or hash is not base64", where=where, mend="fetch the batch again"
        ) from error
    if any(len(digest) < MARK_OCTETS for digest in digests):
        raise RevocationError(
            f"a hash has fewer than {MARK_OCTETS} octets", where=where, mend="fetch the batch again"
        )
    joined = b"".join(digest[:MARK_OCTETS] for digest in digests)
    return Batch(
        f"eu/{said.country}/{name}", _EU_KINDS[said.hashType], scope, joined, expires_at=said.expires
    )


def shc_list(text: str | bytes, *, issuer: str, where: str) -> Batch:
    """A revocation list of a SMART card issuer, ``issuer`` being its address: ids, some with ``.`` and a time.

    An id with a time revokes the cards that became valid before it (SMART Health Cards Framework, "Revocation").

    Raises:
        RevocationError: it is none.
    """
    said = _checked(_ShcList, text, where)
    digests, before = [], []
    for entry in said.rids:
        rid, point, time = entry.partition(".")
        if point and not (time.isascii() and time.isdigit() and len(time) <= len(str(ALWAYS)) - 1):
            raise RevocationError(
                f"{entry!r} has no time after its point", where=where, mend="fetch it again"
            )
        digests.append(mark("shc-rid", "", rid).digest)
        before.append(int(time) if point else ALWAYS)
    scope = shc_scope(issuer, said.kid)
    return Batch(f"shc/{scope}", "shc-rid", scope, b"".join(digests), tuple(before), number=said.ctr)


def shc_scope(issuer: str, key_id: str) -> str:
    """The scope of a SMART card's mark: ids are an issuer's own for each of its keys."""
    return f"{issuer}#{key_id}"


def newest(batches: Iterable[Batch]) -> tuple[Batch, ...]:
    """The batches, of those with one name only that with the highest number: a list may come to us by two ways."""
    found: dict[str, Batch] = {}
    for batch in batches:
        held = found.get(batch.name)
        if held is None or (batch.number or 0) >= (held.number or 0):
            found[batch.name] = batch
    return tuple(found.values())


def references(lines: Iterable[str], *, name: str) -> Batch:
    """References of Hong Kong's records, one a line; blank lines and lines that begin with ``#`` are passed over."""
    said = [line.strip() for line in lines]
    digests = [mark("hk-reference", "", line).digest for line in said if line and not line.startswith("#")]
    return Batch(f"hk/{name}", "hk-reference", "", b"".join(digests))


_M = _EuBatch | _ShcList


@overload
def _checked(model: type[_EuBatch], text: str | bytes, where: str) -> _EuBatch: ...
@overload
def _checked(model: type[_ShcList], text: str | bytes, where: str) -> _ShcList: ...
def _checked(model: type[_M], text: str | bytes, where: str) -> _M:
    try:
        return model.model_validate(strict_json.loads(text))
    except ValidationError as error:
        fault = error.errors()[0]
        raise RevocationError(
            f"{'.'.join(map(str, fault['loc'])) or 'the list'}: {fault['msg']}",
            where=where,
            mend="fetch the list again",
        ) from error
    except ValueError as error:
        raise RevocationError("is not JSON", where=where, mend="fetch the list again") from error


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
