"""The examples of ``config/venues`` and their evenings, and copies of them that a test may run."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import yaml

from firmware_bridge import DoorConfig
from kiosk import settings
from kiosk.demo import evening as script
from kiosk.demo.evening import Evening
from kiosk.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config" / "venues"
KIOSK = Path(sys.executable).parent / "kiosk"
#: Example -> the kind of premises that it is.
VENUES = {
    "demo": "catering",
    "cafe": "catering",
    "bar": "bar",
    "party-rooms": "party_room",
    "karaoke": "karaoke",
    "club": "club",
    "mahjong": "mahjong",
    "bathhouse": "bathhouse",
    "banquet-hall": "catering",
    "wedding": "wedding",
    "religious": "religious",
    "tour": "tour",
}


def venue(name: str) -> Settings:
    return settings.load(FOLDER / f"{name}.yaml", door=DoorConfig)


def evening(name: str) -> Evening:
    return script.load(FOLDER / f"{name}.evening.yaml")


def stage(name: str, folder: Path, **changes: Any) -> Path:
    """A copy of an example with free ports and its data in ``folder``; ``changes`` replace keys of the evening."""
    file = folder / "config" / "venues" / f"{name}.yaml"
    file.parent.mkdir(parents=True)
    text = (FOLDER / file.name).read_text(encoding="utf-8")
    held = [socket.socket() for _ in range(4)]
    for end in held:
        end.bind(("127.0.0.1", 0))
    free = [end.getsockname()[1] for end in held]
    for end in held:
        end.close()
    for port, other in zip((8090, 8091, 8092), free[1:], strict=True):
        text = text.replace(f":{port}", f":{other}")
    said = {**yaml.safe_load(text), "port": free[0]}
    file.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    acts = yaml.safe_load((FOLDER / f"{name}.evening.yaml").read_text(encoding="utf-8"))
    # Dates that YAML has read as such are written as text again.
    acts = {**acts, "starts": str(evening(name).starts.isoformat()), **changes}
    file.with_suffix(".evening.yaml").write_text(yaml.safe_dump(acts, allow_unicode=True), encoding="utf-8")
    return file
