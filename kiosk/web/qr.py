"""QR codes as drawings within a page: no inline style, nothing but black and white."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Literal

import segno
from markupsafe import Markup


@lru_cache(maxsize=16)
def drawn(text: str, *, error: Literal["l", "m"] = "m", encoding: str | None = None) -> Markup:
    """The code of a text as SVG, with the quiet zone that it needs; ``encoding`` is stated where the text is not plain ASCII."""
    out = io.BytesIO()
    segno.make_qr(text, error=error, encoding=encoding).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=4,
        light="#fff",
        svgclass="qr",
        lineclass=None,
    )
    return Markup(out.getvalue().decode("ascii"))  # noqa: S704 - drawn by segno, without any text in it
