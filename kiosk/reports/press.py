"""``python -m kiosk.reports.press``: one page on standard input, its PDF on standard output.

A process of its own: what laying out takes in memory and time ends with it, and under the pages' service it
lives within the same limits. It opens nothing but its libraries and the machine's fonts: what a page asks for
from elsewhere, be it a file, is a fault of the page.
"""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import sys
from pathlib import Path
from typing import NoReturn

#: What the caller reads in the exit status.
NO_LIBRARY, BAD_PAGE = 3, 4
#: Bytes of address space: a page that wants more is none of ours.
_MOST = 2 << 30


def main() -> int:
    """Make the PDF; the exit status says which sort of failure, a line on standard error what it was."""
    _be_modest()
    html = sys.stdin.buffer.read().decode("utf-8")
    try:
        import weasyprint
        from weasyprint.urls import FatalURLFetchingError
    except (ImportError, OSError) as error:
        print(str(error).strip().splitlines()[0], file=sys.stderr)
        return NO_LIBRARY
    # It warns of rules that are for screens.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)

    asked: list[str] = []

    def nothing(url: str) -> NoReturn:
        # Noted as well: within a drawing the error goes no further than the drawing.
        asked.append(url)
        raise FatalURLFetchingError(url)

    made = b""
    with contextlib.suppress(FatalURLFetchingError):
        made = weasyprint.HTML(string=html, url_fetcher=nothing).write_pdf(pdf_tags=True)
    if asked:
        print(f"the page asks for {asked[0][:200]}", file=sys.stderr)
        return BAD_PAGE
    sys.stdout.buffer.write(made)
    return 0


def _be_modest() -> None:
    """Where the system lets us: never slow the door, and be the first to go where memory is short."""
    with contextlib.suppress(OSError):
        os.nice(10)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST, _MOST))


if __name__ == "__main__":
    sys.exit(main())
