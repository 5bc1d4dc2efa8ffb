"""A simulated network camera: ``python -m kiosk.demo.camera --port N``.

It serves what it "sees" as JPEGs over HTTP (``/camera.mjpg``), as cheap network cameras do, and is told on its
standard input, one JSON object a line, what is held up to it:

- ``{"show": TEXT, "seconds": 2.5}``: a phone with that code comes, stays, and leaves; ``"caption"`` and ``"damaged"``
  may be added. Showings wait for one another.
- ``{"blank": true}``: whoever is there leaves at once, and nobody waits any more.
- ``{"off": true}``, ``{"on": true}``: the camera is pulled out, and plugged in again.

It answers on its standard output with ``{"event": "ready" | "begun" | "ended" | "off" | "on" | "error", …}``, and ends
when its input does.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.demo.render import Room, Showing
from kiosk.scanning.image import Image

FPS = 12.0
QUALITY = 80
HOST = "127.0.0.1"
PATH = "/camera.mjpg"
_BOUNDARY = "picture"
_EMPTY_PICTURES = 6


class Order(BaseModel):
    """One line of standard input."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    show: str | None = Field(default=None, min_length=1, max_length=2900)
    seconds: float = Field(default=2.5, gt=0, le=120)
    caption: str = ""
    damaged: bool = False
    blank: bool = False
    off: bool = False
    on: bool = False


class Studio:
    """Takes the pictures: the empty room, or whoever shows a code, at `FPS`."""

    def __init__(self) -> None:
        room = Room()
        self._room = room
        # Nobody there is what it sees most of the time: drawn once, not twelve times a second.
        self._empty = [_jpeg(room.with_grain(room.empty, number)) for number in range(_EMPTY_PICTURES)]
        self._change = threading.Condition()
        self._waiting: deque[Showing] = deque()
        self._blank = False
        self._number = 0
        self._picture = self._empty[0]
        threading.Thread(target=self._work, name="studio", daemon=True).start()

    def show(self, showing: Showing) -> None:
        """Let a phone come when those before it have left."""
        with self._change:
            self._waiting.append(showing)

    def blank(self) -> None:
        """Let everybody leave."""
        with self._change:
            self._waiting.clear()
            self._blank = True

    def next(self, after: int) -> tuple[int, bytes]:
        """The number and the JPEG of the first picture after number ``after``."""
        with self._change:
            self._change.wait_for(lambda: self._number > after)
            return self._number, self._picture

    def _work(self) -> None:
        while True:
            with self._change:
                showing = self._waiting.popleft() if self._waiting else None
                self._blank = False
            if showing is None:
                self._publish(self._empty[self._number % _EMPTY_PICTURES])
                time.sleep(1 / FPS)
            else:
                self._hold_up(showing)

    def _hold_up(self, showing: Showing) -> None:
        showing.frame(self._room, 0.0)  # the phone is drawn before it comes in
        began = time.monotonic()
        _answer(event="begun", mono=began)
        while (at := time.monotonic() - began) < showing.seconds and not self._blank:
            self._publish(_jpeg(showing.frame(self._room, at)))
            time.sleep(max(0.0, 1 / FPS - (time.monotonic() - began - at)))
        self._publish(self._empty[0])
        _answer(event="ended", mono=time.monotonic())

    def _publish(self, jpeg: bytes) -> None:
        with self._change:
            self._number += 1
            self._picture = jpeg
            self._change.notify_all()


class Camera:
    """The network side, which can be pulled out: then nobody listens, and who was connected is cut off."""

    def __init__(self, studio: Studio, port: int) -> None:
        self._studio = studio
        self.port = port
        self._server: _Server | None = None

    def on(self) -> None:
        """Listen; with port 0 on a free one, which stays the same from then on."""
        if self._server is None:
            self._server = _Server((HOST, self.port), self._studio)
            self.port = self._server.server_address[1]
            threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name="http", daemon=True
            ).start()

    def off(self) -> None:
        """Cut everybody off and stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.cut_off()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], studio: Studio) -> None:
        self.studio = studio
        self._open: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Somebody who stops looking is no error."""

    def cut_off(self) -> None:
        for connection in list(self._open):
            self.shutdown_request(connection)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        if self.path != PATH:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        number = 0
        while True:
            number, jpeg = self.server.studio.next(number)
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """A picture taken is not worth a line."""


def obey(lines: Iterable[str], studio: Studio, camera: Camera) -> None:
    """Carry out orders until there are no more."""
    for line in lines:
        try:
            order = Order.model_validate_json(line)
        except ValidationError as error:
            _answer(event="error", why=str(error.errors()[0]["msg"]))
            continue
        if order.off:
            camera.off()
            _answer(event="off")
        if order.on:
            camera.on()
            _answer(event="on")
        if order.blank:
            studio.blank()
        if order.show is not None:
            studio.show(Showing(order.show, order.seconds, order.caption, order.damaged))


def main() -> int:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(
        prog="python -m kiosk.demo.camera", description="A simulated network camera."
    )
    parser.add_argument(
        "--port", type=int, default=0, help="where it listens on this machine (default: a free one)"
    )
    args = parser.parse_args()
    cv2.setNumThreads(1)
    studio = Studio()
    camera = Camera(studio, args.port)
    camera.on()
    _answer(event="ready", port=camera.port, path=PATH)
    try:
        obey(sys.stdin, studio, camera)
    except KeyboardInterrupt:
        return 0
    return 0


def _jpeg(picture: Image) -> bytes:
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return jpeg.tobytes()


_voice = threading.Lock()


def _answer(**words: object) -> None:
    with _voice:
        print(json.dumps(words), flush=True)


if __name__ == "__main__":
    sys.exit(main())
