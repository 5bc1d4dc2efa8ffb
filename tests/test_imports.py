"""The rooms of the house and which door leads where: imports run downwards only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BASE = {
    "kiosk",
    "kiosk.errors",
    "kiosk.documents",
    "kiosk.strict_json",
    "kiosk.texts",
    "kiosk.settings",
    "kiosk.accounts",
    "kiosk.notify",
    "kiosk.discreet",
}
_LOW = {"kiosk.law", "kiosk.proofs", "kiosk.ledger"}
_RIM = {"kiosk.store", "kiosk.scanning", "firmware_bridge"}
_ACTORS = {"kiosk.gate", "kiosk.sync", "kiosk.reports"}
#: Pure rooms above the law: who is inside, and who works here.
_PURE = {"kiosk.premises", "kiosk.staff"}
_TOP = {
    "kiosk.web",
    "kiosk.commands",
    "kiosk.cli",
    "kiosk.demo",
    "kiosk.service",
    "kiosk.doctor",
    "kiosk.decommission",
    "kiosk.exporting",
}

#: Room -> the other rooms that it may enter.
ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(BASE | _LOW, BASE),
    **dict.fromkeys(_PURE, BASE | _LOW),
    **{room: BASE | _LOW | {"kiosk.premises"} for room in _RIM},
    "firmware_bridge": set(),
    **dict.fromkeys(_ACTORS, BASE | _LOW | _PURE | _RIM),
    **dict.fromkeys(_TOP, BASE | _LOW | _PURE | _RIM | _ACTORS | _TOP),
    "central": BASE | _LOW,
}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] in {"central", "firmware_bridge"} else ".".join(parts[:2])


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            # ``from kiosk import law`` enters the room kiosk.law.
            found |= {
                f"{node.module}.{alias.name}" if node.module == "kiosk" else node.module
                for alias in node.names
            }
        else:
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{file}: write imports in full"
    rooms = {room(name) for name in found if name.split(".")[0] in {"kiosk", "central", "firmware_bridge"}}
    return {name if name in ALLOWED else "kiosk" for name in rooms}


def modules() -> list[Path]:
    return [
        file for top in ("kiosk", "firmware_bridge", "central") for file in sorted((ROOT / top).rglob("*.py"))
    ]


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_run_downwards_only(file: Path) -> None:
    parts = file.relative_to(ROOT).with_suffix("").parts
    here = room(".".join(parts).removesuffix(".__init__"))
    assert here in ALLOWED, f"{here} is a new room: say in ALLOWED which rooms it may enter"
    entered = imports(file) - {here}
    assert entered <= ALLOWED[here], f"{file} enters {sorted(entered - ALLOWED[here])}"
