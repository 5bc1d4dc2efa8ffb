"""Central's door, as a kiosk knocks at it: two requests, and every answer named."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from kiosk.store import StoredLeaf
from kiosk.sync.errors import RejectedError, TokenError, UnauthorisedError, UnreachableError

#: Seconds without a sign of life from central.
TIMEOUT_S = 10.0
#: No answer of central's comes near it.
_MAX_ANSWER = 64 * 1024
_OK, _UNAUTHORISED, _CONFLICT, _BROKEN = 200, 401, 409, 500


@dataclass(frozen=True)
class Taken:
    """Central has everything that was sent; ``next`` is the next index that it lacks."""

    next: int


@dataclass(frozen=True)
class Gap:
    """What was sent begins beyond ``next``, the next index that central lacks."""

    next: int


@dataclass(frozen=True)
class Conflict:
    """Central holds another entry under ``index``."""

    index: int


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

    def head(self) -> int:
        """The next index that central lacks.

        Raises:
            SyncError: as for `send`.
        """
        status, answer = self._ask("GET", self._path, None)
        if status != _OK:
            raise self._strange(status, answer)
        return self._index(answer, "next", status)

    def send(self, leaves: Sequence[StoredLeaf]) -> Taken | Gap | Conflict:
        """Offer consecutive leaves, one at least.

        Raises:
            UnreachableError: no answer, or one that says that central cannot.
            UnauthorisedError: the token is not (or no longer) this kiosk's.
            TokenError: there is no token.
            RejectedError: an answer that central should never give to us.
        """
        body = {
            "first": leaves[0].index,
            "leaves": [
                {
                    "leaf": base64.b64encode(item.leaf).decode(),
                    "sealed": None if item.ciphertext is None else base64.b64encode(item.ciphertext).decode(),
                }
                for item in leaves
            ],
        }
        status, answer = self._ask("POST", f"{self._path}/leaves", json.dumps(body).encode())
        if status == _OK:
            return Taken(self._index(answer, "next", status))
        if status == _CONFLICT and answer.get("error") == "gap":
            return Gap(self._index(answer, "next", status))
        if status == _CONFLICT and answer.get("error") == "conflict":
            return Conflict(self._index(answer, "index", status))
        raise self._strange(status, answer)

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
