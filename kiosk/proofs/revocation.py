"""Which proofs were taken back: lists of hashes, merged into one look-up. Pure; `revocation_files` keeps them on disk.

A list arrives in *batches*. A batch is replaced or dropped as a whole, which is how a proof comes to be valid again. Four
sources land here: the EU's hash lists, the lists of SMART card issuers, references of Hong Kong's records, and what the
venue itself turned away.
"""

from __future__ import annotations

import base64
import binascii
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, overload

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk.errors import DocumentError
from kiosk.proofs import strict_json
from kiosk.proofs.marks import MARK_OCTETS, Mark, MarkKind, mark

#: An entry that revokes whatever its age.
_ALWAYS = 2**62
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
    digests: bytes
    #: Beside each digest: proofs issued before this moment (seconds since 1970) are revoked; None: all of them.
    before: tuple[int, ...] | None = None
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
            if batch.digests:
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
    """Sorted digests side by side in one block of memory, and until when of issue each revokes (None: always)."""

    def __init__(self, batches: Sequence[Batch]) -> None:
        self._data = bytearray().join(batch.digests for batch in batches)
        # Octets of one length compare as octets: the type's blindness for zeros at the end makes no difference.
        self._sorted = np.frombuffer(self._data, dtype=f"S{MARK_OCTETS}")
        self._before: array[int] | None = None
        if any(batch.before for batch in batches):
            order = np.argsort(self._sorted, kind="stable")
            self._sorted[:] = self._sorted[order]
            times = [np.array(batch.before or [_ALWAYS] * len(batch), dtype=np.int64) for batch in batches]
            self._before = array("q", np.concatenate(times)[order].tobytes())
        else:
            self._sorted.sort()

    def __len__(self) -> int:
        return len(self._sorted)

    def revokes(self, searched: Mark) -> bool:
        place = int(self._sorted.searchsorted(np.bytes_(searched.digest)))
        while self._at(place) == searched.digest:
            if self._is_older(place, searched.issued_at):
                return True
            place += 1
        return False

    def _at(self, place: int) -> bytes:
        return bytes(self._data[place * MARK_OCTETS : (place + 1) * MARK_OCTETS])

    def _is_older(self, place: int, issued_at: datetime | None) -> bool:
        # A proof that does not say when it was issued cannot show that it came later.
        return self._before is None or issued_at is None or issued_at.timestamp() < self._before[place]


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
        if point and not (time.isascii() and time.isdigit() and len(time) <= len(str(_ALWAYS)) - 1):
            raise RevocationError(
                f"{entry!r} has no time after its point", where=where, mend="fetch it again"
            )
        digests.append(mark("shc-rid", "", rid).digest)
        before.append(int(time) if point else _ALWAYS)
    scope = shc_scope(issuer, said.kid)
    return Batch(f"shc/{scope}", "shc-rid", scope, b"".join(digests), tuple(before), number=said.ctr)


def shc_scope(issuer: str, key_id: str) -> str:
    """The scope of a SMART card's mark: ids are an issuer's own for each of its keys."""
    return f"{issuer}#{key_id}"


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
