"""``kiosk notices``: what hangs at the entrance, as a page or as a PDF."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kiosk import settings
from kiosk.commands.arguments import moment
from kiosk.errors import KioskError


class NoticesError(KioskError):
    """The notices cannot be written so."""

    code = "bad_output"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    settings.add_config_argument(parser)
    parser.add_argument("--at", metavar="TIME", help="as the law stands at this time (default: now)")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="notices.pdf or notices.html"
    )


def run(args: argparse.Namespace) -> int:
    """Write the file."""
    from kiosk.law import load_instruments
    from kiosk.reports.notice import make_notice
    from kiosk.reports.page import notices_page
    from kiosk.reports.pdf import write_pdf
    from kiosk.reports.poster import venue_poster
    from kiosk.reports.sheets import notice_sheets

    output: Path = args.output
    if output.suffix not in {".pdf", ".html"}:
        raise NoticesError("is neither .pdf nor .html", where=str(output), mend="end the name in one of them")
    venue = settings.load(settings.venue_file(args.config))
    at = moment(args.at) if args.at else datetime.now(UTC)
    notice = make_notice(
        venue, load_instruments(venue.instruments, include_unofficial=venue.include_unofficial), at
    )
    poster = venue_poster(venue)
    if output.suffix == ".pdf":
        write_pdf("notices", notice_sheets(notice, poster), output)
    else:
        try:
            output.write_text(notices_page(notice, poster), encoding="utf-8")
        except OSError as error:
            raise NoticesError(
                f"cannot be written ({error.strerror})", where=str(output), mend="check the path"
            ) from error
    print(f"wrote {output}")
    if poster is not None:
        print(
            f"Its LeaveHomeSafe code says id {poster.id}, type {poster.type}. Compare both with the poster that the "
            "Government issued (kiosk read PHOTO), and hang that one where you have it."
        )
    return 0
