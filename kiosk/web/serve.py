"""Run the pages: waitress, with more threads than streams may take."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from types import FrameType

import waitress

from kiosk import discreet, notify
from kiosk.accounts import Accounts
from kiosk.errors import KioskError
from kiosk.gate.protocol import DoorClient
from kiosk.settings import Settings
from kiosk.web.app import THREADS, create_app
from kiosk.web.context import EXTENSION, Web
from kiosk.web.keys import write_private

log = logging.getLogger(__name__)


class ServeError(KioskError, OSError):
    """The pages cannot be served at this address."""

    code = "cannot_serve"


def serve(settings: Settings, *, pair_link_file: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        KioskError: the address is taken, or the data folder cannot be used.
    """
    discreet.log_to_stderr(logging.INFO)
    app = create_app(settings, DoorClient(settings.socket_path), Accounts(settings.data / "accounts.json"))
    parts: Web = app.extensions[EXTENSION]
    # Before anybody is answered: whoever waits for the port finds the link as well.
    if pair_link_file:
        token = parts.pairing.make_own_token()
        write_private(
            pair_link_file, f"http://{_own_host(settings.host)}:{settings.port}/display/pair/{token}\n"
        )
    try:
        server = waitress.create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident=None,
            # A proxy on this machine may end TLS for us; nobody else is believed.
            trusted_proxy="127.0.0.1",
            trusted_proxy_headers={"x-forwarded-proto"},
            clear_untrusted_proxy_headers=True,
        )
    except OSError as error:
        raise ServeError(
            f"cannot listen ({error.strerror})",
            where=f"{settings.host}:{settings.port}",
            mend="end what holds the port, or set another one",
        ) from error
    signal.signal(signal.SIGTERM, _stop)
    notify.notify("READY=1")
    log.info("the pages are at http://%s:%d/", settings.host, settings.port)
    try:
        server.run()
    finally:
        notify.notify("STOPPING=1")
        parts.feed.stop()
        server.close()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _own_host(host: str) -> str:
    """How a browser on this machine reaches the pages."""
    if host in {"0.0.0.0", "::", "[::]"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
