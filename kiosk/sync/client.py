"""Central's door, as a kiosk knocks at it: one request, and every answer named."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from kiosk.ledger.notes import NoteError, NoteKey, Signature
from kiosk.store import StoredCheckpoint, StoredLeaf
from kiosk.sync.errors import RejectedError, TokenError, UnauthorisedError, UnreachableError

#: Seconds without a sign of life from central.
TIMEOUT_S = 10.0
#: No answer of central's comes near it.
_MAX_ANSWER = 64 * 1024
_OK, _UNAUTHORISED, _CONFLICT, _BROKEN = 200, 401, 409, 500


@dataclass(frozen=True)
class Offer:
    """What the kiosk says at once: consecutive leaves from ``first`` on, none if it only asks, and how its log stands."""

    first: int
    leaves: tuple[StoredLeaf, ...]
    #: How many entries its log has.
    length: int
    #: The newest.
    checkpoint: StoredCheckpoint | None = None
    #: The key that signed it.
    key: NoteKey | None = None
    #: The authority's certificate that it holds.
    certificate: bytes | None = None

    @property
    def end(self) -> int:
        """The index after the last leaf."""
        return self.first + len(self.leaves)


@dataclass(frozen=True)
class Taken:
    """Central has everything that was sent; ``next`` is the next index that it lacks."""

    next: int
    #: The size of the checkpoint that came with it and central's signature line on it.
    cosigned: tuple[int, Signature] | None = None
    #: A certificate that the kiosk does not hold yet.
    certificate: bytes | None = None


@dataclass(frozen=True)
class Gap:
    """What was sent begins beyond ``next``, the next index that central lacks."""

    next: int


@dataclass(frozen=True)
class Conflict:
    """Central's replica of this log and this log cannot be reconciled."""

    #: ``conflict`` (another entry, another root, or another key) or ``ahead`` (central has more).
    kind: str
    detail: str
    #: The last checkpoint of this kiosk that central holds, a signed note; empty where there is none.
    known: str = ""


Answer = Taken | Gap | Conflict


class CentralClient:
    """One kiosk's dealings with central.

    Args:
        url: central's address; its path, if any, stands before ``/v1``.
        kiosk: the kiosk's id.
        token_file: holds the bearer token; read anew each time, so a new token needs no restart.
        timeout_s: seconds without a sign of life.
    """

    def __init__(self, url: str, kiosk: str, token_file: Path, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = urlsplit(url)
        self._path = f"{self._url.path.rstrip('/')}/v1/kiosks/{quote(kiosk, safe='')}"
        self._token_file = token_file
        self._timeout_s = timeout_s

    def send(self, offer: Offer) -> Answer:
        """Offer leaves, or ask how things stand.

        Raises:
            UnreachableError: no answer, or one that says that central cannot.
            UnauthorisedError: the token is not (or no longer) this kiosk's.
            TokenError: there is no token.
            RejectedError: an answer that central should never give to us.
        """
        status, answer = self._ask("POST", f"{self._path}/leaves", json.dumps(_body(offer)).encode())
        if status == _OK:
            return self._taken(answer)
        if status == _CONFLICT:
            return self._refused(answer)
        raise self._strange(status, answer)

    def _taken(self, answer: dict[str, Any]) -> Taken:
        certificate, cosigned = answer.get("certificate"), answer.get("cosigned")
        try:
            signed = None if cosigned is None else (int(cosigned["size"]), Signature.parse(cosigned["line"]))
            note = None if certificate is None else str(certificate).encode()
        except (NoteError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._strange(_OK, answer) from error
        return Taken(self._index(answer, "next", _OK), signed, note)

    def _refused(self, answer: dict[str, Any]) -> Gap | Conflict:
        known = str(answer.get("known") or "")
        match answer.get("error"):
            case "gap":
                return Gap(self._index(answer, "next", _CONFLICT))
            case "conflict":
                index = self._index(answer, "index", _CONFLICT)
                return Conflict("conflict", f"central holds another entry than ours at {index}", known)
            case "ahead":
                more = self._index(answer, "next", _CONFLICT)
                return Conflict(
                    "ahead", f"central holds {more} entries of this kiosk, its own log fewer", known
                )
            case "fork" | "other_key":
                return Conflict("conflict", f"central refuses our checkpoint: {answer.get('what')}", known)
            case _:
                raise self._strange(_CONFLICT, answer)

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        try:
            connection = self._connection()
            try:
                # http.client follows no redirect: the token goes to the address in the venue file and nowhere else.
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                status, content = response.status, response.read(_MAX_ANSWER)
            finally:
                connection.close()
        except (OSError, HTTPException, ValueError) as error:
            raise UnreachableError(
                f"central does not answer ({error})",
                where=self._where,
                mend="check the network and `central.url`",
            ) from error
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        return status, answer if isinstance(answer, dict) else {}

    def _connection(self) -> HTTPConnection:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=self._timeout_s)

    def _token(self) -> str:
        mend = "`central enrol` this kiosk and put its token there"
        try:
            token = self._token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TokenError("cannot be read", where=str(self._token_file), mend=mend) from error
        if not token or not token.isprintable():
            raise TokenError("holds no token", where=str(self._token_file), mend=mend)
        return token

    @property
    def _where(self) -> str:
        return self._url.geturl()

    def _index(self, answer: dict[str, Any], key: str, status: int) -> int:
        value = answer.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._strange(status, answer)
        return value

    def _strange(self, status: int, answer: dict[str, Any]) -> Exception:
        if status == _UNAUTHORISED:
            return UnauthorisedError(
                "central does not know this kiosk by its token",
                where=self._where,
                mend=f"`central enrol` it again and put the token into {self._token_file}",
            )
        said = f"{status} {answer.get('error', '')} {answer.get('what', '')}".strip()
        if status >= _BROKEN:
            return UnreachableError(
                f"central answers that it cannot ({said})", where=self._where, mend="see central's own log"
            )
        return RejectedError(
            f"an answer that was not expected ({said})",
            where=self._where,
            mend="check `central.url` and versions",
        )


def _body(offer: Offer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "first": offer.first,
        "length": offer.length,
        "leaves": [
            {
                "leaf": base64.b64encode(item.leaf).decode(),
                "sealed": None if item.ciphertext is None else base64.b64encode(item.ciphertext).decode(),
            }
            for item in offer.leaves
        ],
    }
    if offer.checkpoint is not None and offer.key is not None:
        body |= {"checkpoint": offer.checkpoint.signed.decode(), "key": str(offer.key)}
    if offer.certificate is not None:
        body["certificate"] = hashlib.sha256(offer.certificate).hexdigest()
    return body
