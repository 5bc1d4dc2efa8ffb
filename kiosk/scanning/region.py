"""Where in a picture a code is likeliest: where fine texture is densest.

The costly stages of decoding look there first, at a quarter of the cost. A wrong guess costs that quarter.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.scanning.image import Gray

#: A picture of fewer pixels is looked at whole.
_SMALL = 200_000
#: Pictures are measured at a quarter of their width and height: modules blend into texture there, noise averages out.
_SHRINK = 4
#: In shrunk pixels: what counts as fine, and how far apart the texture of one code may be.
_FINE, _SPREAD = 5, 15
#: A code's part has at least this share of the densest texture.
_SHARE = 0.45
#: Pixels around the part: the white margin that a decoder needs.
_MARGIN = 28


@dataclass(frozen=True)
class Part:
    """A part of a picture and where its top left corner lies in the whole."""

    picture: Gray
    left: int
    top: int


def likeliest(picture: Gray) -> Part:
    """The part of ``picture`` that is most like a code; the whole where it is small or even."""
    whole = Part(picture, 0, 0)
    if picture.size < _SMALL:
        return whole
    small = cv2.resize(picture, None, fx=1 / _SHRINK, fy=1 / _SHRINK, interpolation=cv2.INTER_AREA)
    fine = np.abs(np.subtract(small, cv2.blur(small, (_FINE, _FINE)), dtype=np.float32))
    density = cv2.blur(fine, (_SPREAD, _SPREAD))
    dense = (density > _SHARE * density.max()).astype(np.uint8)
    count, _, boxes, _ = cv2.connectedComponentsWithStats(dense)
    if count == 1:
        return whole
    # The first box is the background's.
    box = boxes[1 + int(np.argmax(boxes[1:, cv2.CC_STAT_AREA]))]
    left, top, width, height = (int(edge) * _SHRINK for edge in box[:4])
    rows = slice(max(0, top - _MARGIN), top + height + _MARGIN)
    columns = slice(max(0, left - _MARGIN), left + width + _MARGIN)
    return Part(np.ascontiguousarray(picture[rows, columns]), columns.start, rows.start)
