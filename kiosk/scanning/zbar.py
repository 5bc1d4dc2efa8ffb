"""The second decoder: ZBar, through pyzbar's bindings, but not through ``pyzbar.decode``.

That function raises ``ValueError`` where ZBar knows no orientation (-1, read as unsigned), and lets ZBar guess a
character set, which turns bytes, and now and then Chinese text, into other text. Here ZBar hands over the bytes of
the code as they are (``ZBAR_CFG_BINARY``, libzbar 0.23.1 and later; before that, only what ZBar cannot garble counts).
"""

from __future__ import annotations

from ctypes import c_char_p, string_at
from dataclasses import dataclass

from kiosk.scanning.image import Gray

#: ``ZBAR_CFG_BINARY`` of zbar.h: do not convert to text. pyzbar's enumeration ends before it.
_CFG_BINARY = 4
_CFG_ENABLE = 0
_EVERY_SYMBOL = 0
_QR = 64
_L800 = 808466521  # fourcc 'Y800': eight bits of grey a pixel


@dataclass(frozen=True)
class ZbarCode:
    """The bytes of a QR code and the points of its outline, in pixels."""

    payload: bytes
    outline: tuple[tuple[int, int], ...]


def read(gray: Gray) -> list[ZbarCode]:
    """Every QR code that ZBar finds; none where the library is missing or gives up."""
    try:
        # Loads libzbar0, which the system may lack: the other stages work without it.
        from pyzbar import wrapper as zbar
    except ImportError:
        return []
    scanner = zbar.zbar_image_scanner_create()
    image = zbar.zbar_image_create()
    try:
        zbar.zbar_image_scanner_set_config(scanner, _EVERY_SYMBOL, _CFG_ENABLE, 0)
        zbar.zbar_image_scanner_set_config(scanner, _QR, _CFG_ENABLE, 1)
        raw = zbar.zbar_image_scanner_set_config(scanner, _QR, _CFG_BINARY, 1) == 0
        height, width = gray.shape
        pixels = gray.tobytes()
        zbar.zbar_image_set_format(image, _L800)
        zbar.zbar_image_set_size(image, width, height)
        zbar.zbar_image_set_data(image, c_char_p(pixels), len(pixels), None)
        zbar.zbar_scan_image(scanner, image)
        codes = []
        symbol = zbar.zbar_image_first_symbol(image)
        while symbol:
            payload = string_at(zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol))
            points = range(zbar.zbar_symbol_get_loc_size(symbol))
            outline = tuple(
                (int(zbar.zbar_symbol_get_loc_x(symbol, i)), int(zbar.zbar_symbol_get_loc_y(symbol, i)))
                for i in points
            )
            if raw or payload.isascii():
                codes.append(ZbarCode(payload, outline))
            symbol = zbar.zbar_symbol_next(symbol)
        return codes
    finally:
        zbar.zbar_image_destroy(image)
        zbar.zbar_image_scanner_destroy(scanner)
