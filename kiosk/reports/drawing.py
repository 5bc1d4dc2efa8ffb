"""Strokes of an SVG, as text: plain presentation attributes and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

INK = "#14202b"
#: How far apart the strokes of a hatching are.
_HATCH = 6.0


def wide(said: str, size: float, *, bold: bool = False) -> float:
    """About how wide words are; no font is at hand here, so rather too wide."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.66 if bold else 0.58 for char in said) * size  # noqa: PLR2004 - where Chinese begins


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str, width: float, dash: str = "") -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
        f'stroke-width="{width}"{dashed}/>'
    )


def shape(path: str, *, fill: str = "none", stroke: str = "none", width: float = 1) -> str:
    """A path, filled or drawn or both."""
    drawn = f' stroke="{stroke}" stroke-width="{width}" stroke-linejoin="round"' if stroke != "none" else ""
    return f'<path d="{path}" fill="{fill}"{drawn}/>'


def words(x: float, y: float, said: str, *, anchor: str = "start", fill: str = INK, weight: int = 400) -> str:
    """Words on their base line."""
    heavy = f' font-weight="{weight}"' if weight != 400 else ""  # noqa: PLR2004 - the usual weight
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{heavy}>{escape(said)}</text>'


def haloed(x: float, y: float, said: str, *, fill: str) -> str:
    """Words that can be read on top of lines."""
    letters = escape(said)
    place = f'x="{x:.1f}" y="{y:.1f}" font-weight="700"'
    return (
        f'<text {place} fill="#fff" stroke="#fff" stroke-width="4" stroke-linejoin="round" aria-hidden="true">{letters}</text>'
        f'<text {place} fill="{fill}">{letters}</text>'
    )


def hatching(x1: float, x2: float, top: float, bottom: float) -> Iterator[str]:
    """Lines from lower left to upper right, on one raster over the whole drawing, cut to a box."""
    first = int((x1 + top) // _HATCH) + 1
    while first * _HATCH < x2 + bottom:
        total = first * _HATCH
        left, right = max(x1, total - bottom), min(x2, total - top)
        if left < right:
            yield f"M{left:.1f} {total - left:.1f}L{right:.1f} {total - right:.1f}"
        first += 1
