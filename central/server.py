"""Serving the application over TCP until told to stop."""

from __future__ import annotations

import signal
import sys
from typing import Any, NoReturn

import waitress
from flask import Flask

from central.batch import MAX_BODY
from central.errors import CentralError
from central.notify import notify

_THREADS = 8


def serve(app: Flask, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; says on standard output, and to systemd, where it is ready.

    Raises:
        CentralError: the address cannot be had.
    """
    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=_THREADS,
            # The application answers what is too large; this only bounds what is read for it.
            max_request_body_size=2 * MAX_BODY,
            ident="central",
        )
    except OSError as error:
        raise CentralError(
            f"cannot listen ({error.strerror})",
            where=f"{host}:{port}",
            mend="choose another --port or --host",
        ) from error
    signal.signal(signal.SIGTERM, _stop)
    print(f"central: ready on http://{_address(server, host)}", flush=True)
    notify("READY=1")
    server.run()
    notify("STOPPING=1")


def _address(server: Any, host: str) -> str:
    """Where we listen, with the port that the system chose for port 0."""
    many = getattr(server, "effective_listen", None)
    port = many[0][1] if many else server.effective_port
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _stop(*_: object) -> NoReturn:
    sys.exit(0)
