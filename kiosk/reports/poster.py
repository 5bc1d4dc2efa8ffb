"""The LeaveHomeSafe code of the venue, drawn from its id; never the Government's own poster, and it says so."""

from __future__ import annotations

import segno

from kiosk.proofs.lhs_poster import Poster, encode
from kiosk.settings import Settings

#: How the scheme marks venues whose kind is not told: seen on public posters, with no metadata.
_TYPE = "IMPORT"


def poster_text(settings: Settings) -> str | None:
    """What the code says, or None where the venue has no id of the scheme."""
    if settings.leavehomesafe_id is None:
        return None
    return encode(
        Poster(
            id=settings.leavehomesafe_id,
            name_en=settings.name.get("en", ""),
            name_zh=settings.name.get("zh-Hant", ""),
            type=_TYPE,
        )
    )


def poster_svg(text: str) -> str:
    """The code as inline SVG with its quiet zone, black on white."""
    made = segno.make(text, mode="byte", encoding="utf-8", error="m", micro=False)
    drawn: str = made.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr")
    return drawn
