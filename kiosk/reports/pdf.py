"""What is printed, as PDF: laid out by Typst in a process of its own (`kiosk.reports.press`)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kiosk.errors import KioskError
from kiosk.reports import press

#: A month of busy days takes a second on a desk, and several times that on a small Pi that is busy.
_TIMEOUT_S = 60.0

_MAY_BREAK = "\u200b"
#: Within words of some scripts and emoji.
_JOINERS = frozenset("\u200b\u200c\u200d\u00ad\ufe0f")
#: Longer than a digest. Chinese breaks anywhere.
_LONG = re.compile(r"[!-~]{65,}")


class PdfError(KioskError, OSError):
    """The PDF could not be made."""

    code = "no_pdf"


def write_pdf(layout: str, content: Mapping[str, Any], file: Path, *, timeout_s: float = _TIMEOUT_S) -> None:
    """Write a PDF to ``file``, whole or not at all: ``content`` as ``templates/LAYOUT.typ`` lays it out.

    Raises:
        PdfError: fonts are missing, the content does not fit the layout, it took longer than ``timeout_s``, or the
            file cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        try:
            _make(layout, json.dumps(_readable(content)).encode(), part, timeout_s, named=str(file))
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except PdfError:
        raise
    except OSError as error:
        raise PdfError(
            f"cannot be written ({error.strerror})", where=str(file), mend="check folder and rights"
        ) from error


def readable(said: str) -> str:
    """A text of whomever's so that paper shows all of it.

    Signs that show nothing, or that turn the order of others around, are told by their number; words that are wider than a
    column may break. Drawings are left whole.
    """
    if said.startswith("<svg"):
        return said
    shown = "".join(_sign(sign) for sign in said)
    return _LONG.sub(lambda found: _MAY_BREAK.join(re.findall(".{1,30}", found[0])), shown)


def _sign(sign: str) -> str:
    if sign.isspace():
        return " "
    shows_nothing = unicodedata.category(sign) in {"Cc", "Cf", "Cn", "Co", "Cs"} and sign not in _JOINERS
    return f"[U+{ord(sign):04X}]" if shows_nothing else sign


def _readable(content: Any) -> Any:
    if isinstance(content, str):
        return readable(content)
    if isinstance(content, Mapping):
        return {name: _readable(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_readable(value) for value in content]
    return content


def _make(layout: str, content: bytes, part: Path, timeout_s: float, *, named: str) -> None:
    with part.open("wb") as out:
        try:
            done = subprocess.run(
                [sys.executable, "-m", press.__name__, layout],
                input=content,
                stdout=out,
                stderr=subprocess.PIPE,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PdfError(
                f"was not made within {timeout_s:.0f} seconds",
                where=named,
                mend="try again, or fewer days at a time",
            ) from error
    if done.returncode == 0:
        return
    said = (done.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"])[-1][:300]
    if done.returncode == press.NO_FONTS:
        raise PdfError(
            f"the fonts to print Chinese are missing ({said})",
            where=named,
            mend="sudo apt-get install fonts-noto-cjk",
        )
    raise PdfError(f"could not be made ({said})", where=named, mend="try again")
