"""The real `kiosk door` takes new lists in without a restart, and a broken one never keeps it from starting."""

from __future__ import annotations

import base64
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.texts import text
from tests.proofs import dcc
from tests.proofs.trust_lists import entry, eu_file, source_file
from tests.service.test_door_service import AT, KIOSK, door, hold_up, until
from tests.service.venues import blank_camera, found_venue

UCI = "URN:UVCI:01:HK:DOOR#1"


def list_file(folder: Path, days: float) -> Path:
    time = datetime.now(UTC) - timedelta(days=days)
    file = folder / f"list-{days}"
    kid = base64.b64encode(dcc.KID).decode()
    file.write_bytes(eu_file(entry(kid=kid, timestamp=time.isoformat())))
    return file


def certificate(number: int) -> str:
    """The same certificate, signed anew each time, so that no camera takes it for the code before."""
    said = dcc.claims(dt="2021-04-01", ci=UCI) | {4: dcc.seconds("2022-05-01"), 6: dcc.seconds("2021-04-10")}
    return dcc.signed_claims(said | {5: dcc.seconds("2021-04-10") + number})


def kiosk(file: Path, *words: str | Path) -> str:
    command = [KIOSK, *map(str, words), "--config", file]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_list_and_a_revocation_are_taken_in_while_the_door_runs(tmp_path: Path) -> None:
    source_file(tmp_path / "sources")
    file = found_venue(tmp_path, cameras=[blank_camera(tmp_path)], trust_sources=["sources"])
    with door(file, "--at", AT) as (_, client):
        until(client, lambda s: all(camera.up for camera in s.cameras))

        def shown(number: int, error: str | None) -> None:
            hold_up(tmp_path / "seen", certificate(number), f"code-{number}")
            if error is None:
                until(client, lambda s: s.verdict.state == "ask" and "declare" in s.verdict.asks)
            else:
                message = text(f"proofs.visitor_{error}", "en")
                until(client, lambda s: s.verdict.message and s.verdict.message["en"] == message)

        shown(1, "unknown_issuer")
        kiosk(file, "trust", "import", "eu", list_file(tmp_path, 1))
        assert until(client, lambda s: s.trust.lists).trust.lists[0].state == "fresh"
        shown(2, None)
        kiosk(file, "revoke", "add", "--uci", UCI)
        until(client, lambda s: s.trust.revoked == 1)
        shown(3, "revoked")
        kiosk(file, "revoke", "remove", "--uci", UCI)
        until(client, lambda s: s.trust.revoked == 0)
        shown(4, None)
        kiosk(file, "trust", "drop", "eu")
        until(client, lambda s: not s.trust.lists)
        shown(5, "unknown_issuer")


def test_old_and_broken_lists_do_not_keep_the_door_from_starting_and_are_told(tmp_path: Path) -> None:
    for name in ("stale", "out", "broken"):
        source_file(tmp_path / "sources", name)
    file = found_venue(tmp_path, trust_sources=["sources"])
    for name, days in (("stale", 40), ("out", 100), ("broken", 1)):
        kiosk(file, "trust", "import", name, list_file(tmp_path, days))
    kiosk(file, "revoke", "add", "--uci", UCI)
    trust, revocation = tmp_path / "data" / "trust", tmp_path / "data" / "revocation"
    (trust / "broken.list").write_bytes(b"rot")
    for batch in revocation.glob("*.batch"):
        batch.write_bytes(b"rot")
    with door(file, "--at", AT) as (process, client):
        told = until(client, lambda s: s.trust.lists).trust
        assert {held.source: held.state for held in told.lists} == {
            "stale": "stale",
            "out": "out",
            "broken": "broken",
        }
        assert {held.source: held.days for held in told.lists}["stale"] == 40
        assert told.unread == 1
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert "the trust list broken is not used" in said
    assert "proofs that were revoked may be taken for valid" in said
