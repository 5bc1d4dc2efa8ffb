"""Run the pages: waitress, with more threads than streams may take."""

from __future__ import annotations

import logging
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import waitress
from flask import Flask

from kiosk import discreet, notify
from kiosk.accounts import Accounts
from kiosk.errors import KioskError
from kiosk.gate.protocol import DoorClient
from kiosk.settings import Settings, TlsSettings
from kiosk.web.app import THREADS, create_app
from kiosk.web.context import EXTENSION, Web
from kiosk.web.keys import write_private
from kiosk.web.tls import Certificate, Tls, own_certificate, own_names, server_context
from kiosk.web.tls_front import TlsFront

log = logging.getLogger(__name__)


class ServeError(KioskError, OSError):
    """The pages cannot be served at this address."""

    code = "cannot_serve"


def serve(settings: Settings, *, pair_link_file: Path | None = None, venue_file: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT; ``venue_file`` is where the settings come from.

    Raises:
        KioskError: the address is taken, or the data folder cannot be used.
    """
    discreet.log_to_stderr(logging.INFO)
    certificate, tls = _tls(settings)
    app = create_app(
        settings,
        DoorClient(settings.socket_path),
        Accounts(settings.data / "accounts.json"),
        tls=tls,
        venue_file=venue_file,
    )
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
    front = _front(app, settings, certificate) if certificate else None
    signal.signal(signal.SIGTERM, _stop)
    notify.notify("READY=1")
    log.info("the pages are at http://%s:%d/", settings.host, settings.port)
    if front and tls:
        front.start()
        log.info("over TLS they are at %s/, fingerprint %s", tls.address, tls.fingerprint)
    try:
        server.run()
    finally:
        notify.notify("STOPPING=1")
        parts.feed.stop()
        parts.exports.stop()
        if front:
            front.stop()
        server.close()


def _tls(settings: Settings) -> tuple[Certificate | None, Tls | None]:
    """The certificate, and what is told of it; none where the venue file has no part ``tls``."""
    said = settings.tls
    if said is None:
        return None, None
    names = {name.lower() for name in said.names} | own_names()
    certificate = own_certificate(settings.data / "web", names, datetime.now(UTC))
    return certificate, Tls(certificate.fingerprint, said.port, said.names[0] if said.names else None)


def _front(app: Flask, settings: Settings, certificate: Certificate) -> TlsFront:
    said = settings.tls or TlsSettings()
    family = socket.AF_INET6 if ":" in said.host else socket.AF_INET
    try:
        listener = socket.create_server((said.host, said.port), family=family, backlog=64)
    except OSError as error:
        raise ServeError(
            f"cannot listen ({error.strerror})",
            where=f"{said.host}:{said.port}",
            mend="end what holds the port, or set another one (tls.port)",
        ) from error
    return TlsFront(app, listener, server_context(certificate), THREADS)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _own_host(host: str) -> str:
    """How a browser on this machine reaches the pages."""
    if host in {"0.0.0.0", "::", "[::]"}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
