"""Batches as kiosks send them, and some that they should not."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from central.batch import Batch, OfferedLeaf
from kiosk.ledger import sealing
from kiosk.ledger.leaf import canonical, leaf_hash

KIOSK = "hk-1"


def leaf(
    index: int, *, kiosk: str = KIOSK, text: str = "", sealed: bytes | None = None, kind: str = "passage"
) -> bytes:
    content: dict[str, object] = {
        "v": 1,
        "kiosk": kiosk,
        "index": index,
        "entry": {"type": kind, "text": text},
    }
    if sealed is not None:
        content["sealed"] = sealing.digest(sealed)
    return canonical(content)


def body(first: int, leaves: Sequence[bytes], ciphertexts: Sequence[bytes | None] = ()) -> bytes:
    beside = [*ciphertexts, *[None] * (len(leaves) - len(ciphertexts))]
    items = [
        {
            "leaf": base64.b64encode(data).decode(),
            "sealed": None if text is None else base64.b64encode(text).decode(),
        }
        for data, text in zip(leaves, beside, strict=True)
    ]
    return json.dumps({"first": first, "leaves": items}).encode()


def batch(first: int, leaves: Sequence[bytes]) -> Batch:
    return Batch(first, tuple(OfferedLeaf(data, leaf_hash(data), "passage", None) for data in leaves))
