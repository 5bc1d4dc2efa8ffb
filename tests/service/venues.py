"""Small venues in a folder, for tests that run the real programs on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from kiosk.demo.authority import Authority
from kiosk.ledger import sealing


def found_venue(folder: Path, **changes: Any) -> Path:
    """A venue file for a mode D restaurant without lock or sensor, with a demo authority; ``changes`` replace keys."""
    authority = Authority.open(folder / "authority")
    (folder / "sealing.pub").write_text(
        sealing.public_text(sealing.generate().public_key()), encoding="ascii"
    )
    venue: dict[str, Any] = {
        "venue": "test-venue",
        "kiosk": "test-1",
        "production": False,
        "name": {"en": "Test", "zh-Hant": "測試", "zh-Hans": "测试"},
        "premises": {"kind": "catering", "mode": "D", "capacity": 40},
        "admission": {"way": "unattended"},
        "door": {"kind": "none"},
        "keyrings": [str(authority.ring)],
        "data": "data",
        "sealing_key_file": "sealing.pub",
    }
    file = folder / "venue.yaml"
    file.write_text(yaml.safe_dump({**venue, **changes}, allow_unicode=True), encoding="utf-8")
    return file


def blank_camera(folder: Path) -> dict[str, Any]:
    """A folder of images as a camera, with a first image of nothing in it."""
    seen = folder / "seen"
    seen.mkdir()
    cv2.imwrite(str(seen / "0.png"), np.full((480, 640), 200, np.uint8))
    return {"name": "door", "source": str(seen)}
