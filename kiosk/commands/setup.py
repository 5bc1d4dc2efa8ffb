"""``kiosk setup``: make the venue file in the browser. Only the link that is printed here opens it, once."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

from kiosk.commands.arguments import moment
from kiosk.errors import KioskError
from kiosk.settings import INSTALLED, SHIPPED

#: Where the services of an installed kiosk keep the log, and where the door listens.
_INSTALLED_DATA = Path("/var/lib/venue-kiosk")
_INSTALLED_SOCKET = Path("/run/kiosk/door.sock")
#: The last page has this long (seconds) to fetch its style before the program ends.
_LAST_S = 3.0
_LAST_PORT = 65535


class SetupError(KioskError, OSError):
    """The set-up cannot be served."""

    code = "cannot_serve"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--config",
        type=Path,
        default=INSTALLED,
        metavar="FILE",
        help="the venue file to make (default: %(default)s)",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="where the log is to be kept")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (default: %(default)s, this machine only)",
    )
    parser.add_argument("--port", type=int, default=8079, help="default: %(default)s; 0 takes a free one")
    parser.add_argument("--at", metavar="TIME", help="show the limits as the law stands at this time")


def run(args: argparse.Namespace) -> int:
    """Serve until the venue file is written, or until told to stop."""
    import waitress

    from kiosk.law import load_instruments
    from kiosk.web.setup.app import create_setup
    from kiosk.web.setup.draft import Places
    from kiosk.web.setup.run import EXTENSION, Setup

    file = args.config.absolute()
    installed = file == INSTALLED
    data = args.data.absolute() if args.data else _INSTALLED_DATA if installed else file.parent / "data"
    places = Places(file, data, _INSTALLED_SOCKET if installed else None)
    at = moment(args.at) if args.at else None
    app = create_setup(
        places,
        load_instruments(SHIPPED / "instruments", include_unofficial=True),
        lambda: at or datetime.now(UTC),
        lambda: threading.Timer(_LAST_S, os.kill, (os.getpid(), signal.SIGTERM)).start(),
    )
    if not 0 <= args.port <= _LAST_PORT:
        raise SetupError("is no port", where=f"--port {args.port}", mend="choose one from 0 to 65535")
    try:
        server = waitress.create_server(app, host=args.host, port=args.port, threads=4, ident=None)
    except OSError as error:
        raise SetupError(
            f"cannot listen ({error.strerror})",
            where=f"{args.host}:{args.port}",
            mend="choose another --port",
        ) from error
    made: Setup = app.extensions[EXTENSION]
    host = f"[{args.host}]" if ":" in args.host else args.host
    print("Open this link in a browser; it works once:")
    print(f"  http://{host}:{server.effective_port}/start/{made.token}", flush=True)
    signal.signal(signal.SIGTERM, _stop)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        server.close()
    if made.written:
        print(f"wrote {file}")
        return 0
    print("Nothing was written.")
    return 0


def _stop(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
