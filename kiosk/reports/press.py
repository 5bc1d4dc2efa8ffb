"""``python -m kiosk.reports.press LAYOUT``: what is to be said, as JSON, on standard input; the PDF on standard output.

A process of its own: what the layout takes in memory and time ends with it, and under the pages' service it lives within the same
limits. Typst lays out one of our own templates; what is said comes to it as data and is never read as its language, so there
is nothing to escape. It opens its library, the template and the machine's fonts, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from pathlib import Path
from typing import Literal

#: What the caller reads in the exit status.
NO_FONTS, BAD_PAGE = 3, 4
_LAYOUTS = Path(__file__).parent / "templates"
#: Bytes of address space: a page that wants more is none of ours.
_MOST = 4 << 30


def main() -> int:
    """Make the PDF; the exit status says which sort of failure, a line on standard error what it was."""
    _be_modest()
    content = sys.stdin.buffer.read().decode("utf-8")
    import typst

    def laid_out(*standards: Literal["a-2a", "ua-1"]) -> tuple[object, list[typst.TypstWarning]]:
        compiler = typst.Compiler(
            (_LAYOUTS / f"{sys.argv[1]}.typ").read_bytes(),
            # Nothing outside of it can be named.
            root=_LAYOUTS,
            sys_inputs={"content": content},
        )
        return compiler.compile_with_warnings(format="pdf", pdf_standards=list(standards))

    try:
        try:
            # For archives (PDF/A) and for screen readers (PDF/UA); what would break either is an error.
            made, warnings = laid_out("a-2a", "ua-1")
        except typst.TypstError:
            # A sign that no font here has, in a reason that somebody typed, must not suppress a report.
            made, warnings = laid_out()
    except typst.TypstError as error:
        print(error.message, file=sys.stderr)
        return BAD_PAGE
    for warning in warnings:
        print(warning.message, file=sys.stderr)
        if "unknown font" in warning.message:
            return NO_FONTS
    if not isinstance(made, bytes):
        return BAD_PAGE
    sys.stdout.buffer.write(made)
    return 0


def _be_modest() -> None:
    """Where the system lets us: never slow the door, and be the first to go where memory is short."""
    os.environ.setdefault("RAYON_NUM_THREADS", "2")
    with contextlib.suppress(OSError):
        os.nice(10)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST, _MOST))


if __name__ == "__main__":
    sys.exit(main())
