"""The LeaveHomeSafe code of the venue, drawn from its id; never the Government's own poster, and it says so."""

from __future__ import annotations

import io

import segno

from kiosk.proofs.lhs_poster import Poster, encode
from kiosk.settings import Settings


def venue_poster(settings: Settings) -> Poster | None:
    """What the code says, or None where the venue has no id of the scheme.

    Id and type are those of the settings, copied from the Government's poster. What that one holds besides (its
    ``metadata``) is not known here and left out, so the two codes may differ.
    """
    if settings.leavehomesafe_id is None:
        return None
    return Poster(
        id=settings.leavehomesafe_id,
        name_en=settings.name.get("en", ""),
        name_zh=settings.name.get("zh-Hant", ""),
        type=settings.leavehomesafe_type,
    )


def poster_svg(poster: Poster, *, alone: bool = False) -> str:
    """The code as SVG with its quiet zone, black on white: inline, or ``alone`` as a drawing of its own."""
    made = segno.make(encode(poster), mode="byte", encoding="utf-8", error="m", micro=False)
    out = io.BytesIO()
    made.save(
        out,
        kind="svg",
        border=4,
        dark="#000",
        light="#fff",
        omitsize=True,
        svgclass="qr",
        xmldecl=False,
        svgns=alone,
        nl=False,
    )
    return out.getvalue().decode("utf-8")
