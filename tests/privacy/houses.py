"""A venue and its central on one machine, as processes of their own, for tests of what is left where."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.accounts import Accounts
from kiosk.gate.commands import VisitorRegister
from kiosk.gate.protocol import DoorClient
from tests.central.servers import CentralServer
from tests.service.test_door_service import until
from tests.service.venues import found_venue

PROGRAMS = Path(sys.executable).parent
AT = "2021-05-01T19:30:00+08:00"
PASSWORD = "a long enough phrase"
MANAGER = "quillfeather"
MODE_B = {"kind": "catering", "mode": "B", "capacity": 40}


class House:
    """One kiosk of a venue: its folder, its programs, and central."""

    def __init__(self, folder: Path, central: CentralServer, kiosk: str = "box-1", **changes: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.central, self.kiosk = folder, central, kiosk
        self.data = folder / "data"
        (folder / "token").write_text(central.enrol(kiosk) if "continues" not in changes else "")
        self.file = found_venue(
            folder,
            kiosk=kiosk,
            premises=MODE_B,
            central={"url": f"http://127.0.0.1:{central.port}", "token_file": "token"},
            **changes,
        )
        (folder / "sealing.pub").write_bytes((central.data / "sealing-public.key").read_bytes())
        self.data.mkdir(exist_ok=True)
        Accounts(self.data / "accounts.json").save(MANAGER, "manager", PASSWORD, "739154")

    @contextmanager
    def open(self, at: str = AT) -> Iterator[DoorClient]:
        """The door, until it is stopped in order."""
        command = [PROGRAMS / "kiosk", "door", "--config", self.file, "--at", at]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            client = DoorClient(self.data / "door.sock")
            until(client, lambda s: True)
            yield client
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()

    def run(self, *words: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """One command of ``kiosk`` on this venue."""
        command = [PROGRAMS / "kiosk", *words, "--config", self.file]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=90, check=False)

    def decommission(self, *words: str | Path, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
        """Take it out of service."""
        return self.run("decommission", "--by", MANAGER, "--password-stdin", *words, stdin=f"{password}\n")


def register(client: DoorClient, name: str, contact: str, inside: int = 1) -> None:
    """Let somebody in who registers on the display."""
    answer = client.command(VisitorRegister(name=name, contact=contact), by=None)
    assert answer.ok, answer
    until(client, lambda s: s.inside == inside)
    until(client, lambda s: not s.sync.configured or s.sync.acknowledged >= s.log_size > 0)
