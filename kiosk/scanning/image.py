"""Images as the decoders want them: one byte of grey a pixel."""

from __future__ import annotations

from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

#: Height x width x 3 (blue, green, red), or height x width, one byte each.
Image: TypeAlias = NDArray[np.uint8]
#: Height x width, one byte each: 0 black, 255 white.
Gray: TypeAlias = NDArray[np.uint8]

_COLOUR_AND_ALPHA = 4


def gray(image: NDArray[Any]) -> Gray:
    """``image`` in grey. What is transparent counts as white paper, 16 bits shrink to eight."""
    eight = image if image.dtype == np.uint8 else _eight_bits(image)
    if eight.ndim == 2:  # noqa: PLR2004 - height and width only: it is grey already
        return np.ascontiguousarray(eight)
    channels = eight.shape[2]
    if channels == _COLOUR_AND_ALPHA:
        alpha = eight[:, :, 3].astype(np.uint16)
        solid = cv2.cvtColor(eight, cv2.COLOR_BGRA2GRAY).astype(np.uint16)
        return ((solid * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)
    if channels == 1:
        return np.ascontiguousarray(eight[:, :, 0])
    return as_bytes(cv2.cvtColor(eight, cv2.COLOR_BGR2GRAY))


def as_bytes(image: NDArray[Any]) -> Image:
    """``image`` with the type that OpenCV's stubs are too wide to promise."""
    return image.astype(np.uint8, copy=False)


def _eight_bits(image: NDArray[Any]) -> Image:
    if image.dtype == np.uint16:
        return (image >> 8).astype(np.uint8)
    return np.clip(image.astype(np.float64) * (255 if image.dtype.kind == "f" else 1), 0, 255).astype(
        np.uint8
    )
