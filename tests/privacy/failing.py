"""``kiosk`` with a fault put in, which repeats what it was handling as careless code does: python -m tests.privacy.failing FAULT …"""

from __future__ import annotations

import faulthandler
import sys
from typing import Any, NoReturn

from kiosk import cli


def careless(*args: Any, **values: Any) -> NoReturn:
    """Fail with everything that was given in the message, and in local variables."""
    held = [_unfolded(value) for value in (*args, *values.values())]
    raise ValueError(f"cannot handle {held}")


def _unfolded(value: Any) -> Any:
    dump = getattr(value, "model_dump", None) or getattr(value, "to_dict", None)
    return dump() if dump else value


def put_in(fault: str) -> None:
    """Break one place."""
    if fault == "writer":
        from kiosk.store import batch

        batch.seal = careless
    elif fault == "reader":
        from kiosk.service import door

        door.recognise = careless
    elif fault == "socket":
        from kiosk.gate import server

        server.Desk.command = careless  # type: ignore[method-assign]
    elif fault == "page":
        from kiosk.web import desk, display, handover

        desk.command_from = careless
        display.command_from = careless
        handover.CustomerRegister = careless  # type: ignore[misc]
    else:
        raise SystemExit(f"no fault {fault!r}")


if __name__ == "__main__":
    faulthandler.enable()
    put_in(sys.argv.pop(1))
    sys.exit(cli.main())
