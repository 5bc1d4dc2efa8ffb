"""A page of ours as PDF, by Debian's Chromium: it lays out Chinese well and is on the machine for the display anyway."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from kiosk.errors import KioskError

#: What the browser is called where.
_NAMES = ("chromium", "chromium-browser")
_TIMEOUT_S = 120
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-pdf-header-footer",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    # No name is ever looked up: the page carries all that it needs.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


class PdfError(KioskError, OSError):
    """The PDF could not be made."""

    code = "no_pdf"


def write_pdf(html: str, file: Path) -> None:
    """Write the page as PDF to ``file``, whole or not at all.

    Raises:
        PdfError: there is no Chromium, or it failed.
    """
    browser = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if browser is None:
        raise PdfError(
            "there is no Chromium to make a PDF with",
            where=str(file),
            mend="sudo apt-get install chromium, or write .html and print that",
        )
    with tempfile.TemporaryDirectory(prefix="kiosk-pdf-") as made:
        folder = Path(made)
        page, out = folder / "page.html", folder / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [browser, *_FLAGS, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={out}"]
        if os.geteuid() == 0:
            # Chromium refuses its sandbox to root.
            command.append("--no-sandbox")
        try:
            done = subprocess.run(
                [*command, page.as_uri()], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PdfError("Chromium did not finish", where=browser, mend="try again") from error
        if done.returncode != 0 or not out.is_file():
            said = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise PdfError(f"Chromium made no PDF ({said})", where=browser, mend="write .html and print that")
        _put(out.read_bytes(), file)


def _put(data: bytes, file: Path) -> None:
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PdfError(
            f"cannot be written ({error.strerror})", where=str(file), mend="check folder and rights"
        ) from error
