"""A page of ours as PDF, laid out by WeasyPrint in a process of its own (`kiosk.reports.press`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kiosk.errors import KioskError
from kiosk.reports import press

#: A month of busy days takes two seconds on a desk, and several times that on a small Pi that is busy.
_TIMEOUT_S = 120.0
_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"


class PdfError(KioskError, OSError):
    """The PDF could not be made."""

    code = "no_pdf"


def write_pdf(html: str, file: Path, *, timeout_s: float = _TIMEOUT_S) -> None:
    """Write the page as PDF to ``file``, whole or not at all. The page must carry all that it needs.

    Raises:
        PdfError: libraries are missing, the page asks for something, it took longer than ``timeout_s``, or the
            file cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        try:
            _make(html, part, timeout_s, named=str(file))
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


def _make(html: str, part: Path, timeout_s: float, *, named: str) -> None:
    with part.open("wb") as out:
        try:
            done = subprocess.run(
                [sys.executable, "-m", press.__name__],
                input=html.encode(),
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
    if done.returncode == press.NO_LIBRARY:
        raise PdfError(
            f"there is no library to make a PDF with ({said})",
            where=named,
            mend=f"sudo apt-get install {_PACKAGES}, or write .html and print that",
        )
    raise PdfError(f"could not be made ({said})", where=named, mend="write .html and print that")
