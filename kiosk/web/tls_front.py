"""TLS before the pages: octets in by TLS, octets out to a server of ours that listens on this machine alone.

Waitress speaks no TLS. So one thread here ends it and hands the octets on as they are, to a second waitress in this process
that takes every request for one over HTTPS. Nothing is read or added on the way: what cannot be
misread cannot be smuggled. Streams go through as they come. Who is at the other end is told beside the octets, by the port
of the connection within the machine; a request that did not come through here is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any

import waitress

log = logging.getLogger(__name__)

#: Connections at once; more are turned away. Browsers open six each.
MOST_CONNECTIONS = 96
#: Seconds for a handshake, and for a browser to take what is sent.
HANDSHAKE_S = 10.0
_CHUNK = 64 * 1024

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class TlsFront:
    """Serves ``app`` over TLS beside its plain server.

    Args:
        app: the pages.
        listener: a bound socket of the network.
        context: certificate and key.
        threads: of the server behind.
    """

    def __init__(self, app: Wsgi, listener: socket.socket, context: ssl.SSLContext, threads: int) -> None:
        self._listener = listener
        self._context = context
        #: Who is at the other end, by the port of the connection within this machine.
        self._callers: dict[int, str] = {}
        self._server = waitress.create_server(
            self._known(app),
            host="127.0.0.1",
            port=0,
            threads=threads,
            ident=None,
            url_scheme="https",
            clear_untrusted_proxy_headers=True,
        )
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._threads = (
            threading.Thread(target=self._serve_behind, name="tls-pages", daemon=True),
            threading.Thread(target=self._serve, name="tls", daemon=True),
        )

    @property
    def port(self) -> int:
        """The port of the network."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Serve, in threads of its own."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; open streams are cut."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._threads[1].join(5)
        self._server.close()

    def _known(self, app: Wsgi) -> Wsgi:
        """The pages, for those who came through here; each by their own address."""

        def called(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            caller = self._callers.get(int(environ.get("REMOTE_PORT") or 0))
            if caller is None:
                start_response("403 Forbidden", [("Content-Length", "0")])
                return []
            environ["REMOTE_ADDR"] = caller
            return app(environ, start_response)

        return called

    def _serve_behind(self) -> None:
        with contextlib.suppress(OSError):  # closed from outside while it was waiting
            self._server.run()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._until_stopped())
        self._loop.close()

    async def _until_stopped(self) -> None:
        server = await asyncio.start_server(
            self._carry,
            sock=self._listener,
            ssl=self._context,
            ssl_handshake_timeout=HANDSHAKE_S,
            ssl_shutdown_timeout=2.0,
        )
        await self._stopped.wait()
        server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._callers) >= MOST_CONNECTIONS:
            log.warning("more than %d connections over TLS: one turned away", MOST_CONNECTIONS)
            writer.transport.abort()
            return
        port = 0
        try:
            inner, outer = await asyncio.open_connection(
                "127.0.0.1", self._server.effective_port, local_addr=("127.0.0.1", 0)
            )
            port = outer.get_extra_info("sockname")[1]
            self._callers[port] = writer.get_extra_info("peername")[0]
            ways = {
                asyncio.create_task(_copy(reader, outer)),
                asyncio.create_task(_copy(inner, writer)),
            }
            # Either side's end is the end: HTTP has no use for half a connection.
            _, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for task in left:
                task.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            outer.transport.abort()
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._callers.pop(port, None)
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
