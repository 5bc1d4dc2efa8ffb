"""Network cameras that send one JPEG after the other over HTTP (``multipart/x-mixed-replace``).

Read here rather than by FFmpeg, which is as quick: pictures that a newer one overtakes are never unpacked, which halves
the work at 30 pictures a second, and staff learn why a camera is lost. ADR 0005 has the measurement.
"""

from __future__ import annotations

import base64
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit, urlunsplit

#: The largest picture that is taken in, in bytes. A JPEG of 1280 x 720 has a tenth of a megabyte or two.
MAX_PART_BYTES = 8 * 2**20
#: Seconds that the camera may take to answer, and be silent between two pictures.
TIMEOUT_S = 2.0

_MULTIPART = "multipart/"
_CHUNK = 2**16


class NotMultipartError(Exception):
    """The address answers, but not with a row of pictures: another reader may know what it sends."""


class PartReader:
    """Cuts a stream of bytes into the bodies of its parts (RFC 2046, 5.1), whatever the pieces in which it comes."""

    def __init__(self, boundary: bytes) -> None:
        self._mark = b"--" + boundary.removeprefix(b"--")
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take in the next bytes; the bodies that they complete, oldest first.

        Raises:
            ValueError: a part is larger than `MAX_PART_BYTES`.
        """
        self._buffer += data
        parts = []
        while (part := self._part()) is not None:
            parts.append(part)
        if len(self._buffer) > MAX_PART_BYTES:
            raise ValueError("a picture is too large")
        return parts

    def _part(self) -> bytes | None:
        start = self._buffer.find(self._mark)
        if start < 0:
            return None
        head_end = self._buffer.find(b"\r\n\r\n", start)
        if head_end < 0:
            return None
        body = head_end + 4
        length = _content_length(bytes(self._buffer[start:head_end]))
        if length is None:
            # The line break before a boundary belongs to the boundary.
            end = self._buffer.find(b"\r\n" + self._mark, body)
        else:
            end = body + length if len(self._buffer) >= body + length else -1
        if end < 0:
            return None
        part = bytes(self._buffer[body:end])
        del self._buffer[:end]
        return part


def pictures(url: str) -> Iterator[bytes]:
    """The newest JPEG each time, as they arrive; those that queued up behind it are dropped. Ends with the stream.

    Raises:
        NotMultipartError: the address sends something else.
        OSError: it cannot be reached, refuses, or is silent for `TIMEOUT_S`.
        ValueError: it sends what is no row of pictures.
    """
    # A camera on the venue's own network is never behind the proxy that the environment may name.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(_request(url), timeout=TIMEOUT_S) as answer:
            if not answer.headers.get_content_type().startswith(_MULTIPART):
                raise NotMultipartError
            boundary = answer.headers.get_param("boundary")
            if not isinstance(boundary, str) or not boundary:
                raise ValueError("the camera names no boundary between its pictures")
            reader = PartReader(boundary.encode("latin-1"))
            while data := answer.read1(_CHUNK):
                if parts := reader.feed(data):
                    yield parts[-1]
    except TimeoutError as error:
        raise OSError(f"the camera sends nothing for {TIMEOUT_S:.0f} s") from error
    except urllib.error.HTTPError as error:
        if "digest" in error.headers.get("WWW-Authenticate", "").lower():
            raise NotMultipartError from error  # FFmpeg knows this way of signing in
        raise OSError(f"the camera answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise OSError(f"the camera cannot be reached ({error.reason})") from error
    except http.client.HTTPException as error:
        raise OSError(f"the camera's answer broke off ({type(error).__name__})") from error


def _request(url: str) -> urllib.request.Request:
    """The request, with the user and password of the address where HTTP wants them."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=host)))  # noqa: S310 - the caller has checked the scheme
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_header("Authorization", f"Basic {base64.b64encode(user.encode()).decode()}")
    return request


def _content_length(head: bytes) -> int | None:
    match = re.search(rb"(?im)^content-length:[ \t]*(\d{1,8})[ \t]*\r?$", head)
    return int(match[1]) if match else None
