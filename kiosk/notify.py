"""Tell the service manager how the service fares (the sd_notify protocol), with a plain datagram socket.

Without ``$NOTIFY_SOCKET`` (a desk, a test) every call is a no-op.
"""

from __future__ import annotations

import os
import socket


def notify(*lines: str) -> bool:
    """Send ``READY=1``, ``STATUS=…``, ``WATCHDOG=1`` or ``STOPPING=1``; whether anybody was told.

    A manager that cannot be reached is not a reason to stop a door: the watchdog will notice.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in {"/", "@"}:
        return False
    if address.startswith("@"):
        # The abstract name space of Linux: a leading NUL in place of the @.
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        # The watchdog is fed from the gate's loop, which must never wait for a manager that is stuck.
        channel.setblocking(False)
        try:
            channel.sendto("\n".join(lines).encode(), address)
        except OSError:
            return False
    return True


def ready(status: str = "") -> bool:
    """The service is in service."""
    return notify("READY=1", *([f"STATUS={status}"] if status else []))


def status(text: str) -> bool:
    """One line for ``systemctl status``."""
    return notify(f"STATUS={text.replace(chr(10), ' ')}")


def alive() -> bool:
    """Feed the watchdog."""
    return notify("WATCHDOG=1")


def stopping() -> bool:
    """The service has begun to stop."""
    return notify("STOPPING=1")


def watchdog_interval() -> float | None:
    """How often to call `alive`, in seconds: half of what the manager allows. None: nobody watches this process."""
    try:
        micros = int(os.environ.get("WATCHDOG_USEC", ""))
        watched = int(os.environ.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    return micros / 2e6 if micros > 0 and watched == os.getpid() else None
