"""What it takes verify.html to check a busy month of 62,000 entries in Chromium, from the file chosen to the verdict.

The export is made by the real command (bench/export.py). The goal is a verdict within 5 s.

    python bench/verify_page.py [--days N] [--a-day N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from export import FIRST, GOAL_S, Restaurant, export, fill, found
from playwright.sync_api import sync_playwright

from central.verify_page import make_page, write

CHROMIUM = Path("/usr/bin/chromium")
TIMES = 3


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What a check in a browser costs.")
    parser.add_argument("--days", type=int, default=30, help="of the busy month (default: %(default)s)")
    parser.add_argument("--a-day", type=int, default=2067, help="entries of a day (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="where the log lies (default: a temporary folder)")
    args = parser.parse_args()
    if not CHROMIUM.exists():
        print(f"{CHROMIUM} is not installed: nothing to measure")
        return 0
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        found(folder)
        place = Restaurant(args.a_day)
        fill(folder, place, FIRST, args.days)
        month, page = folder / "month.zip", folder / "verify.html"
        export(folder, month, args.days)
        write(make_page(None), page)
        print(
            f"{place.premises.next_index:,} entries of {args.days} days, {month.stat().st_size / 1e6:.1f} MB"
        )
        for seconds in checks(page, month):
            print(
                f"{'verify.html':44}{seconds:9.2f} s  {'within' if seconds <= GOAL_S else 'MISSES'} {GOAL_S:.0f} s"
            )
    return 0


def checks(page: Path, export_file: Path) -> list[float]:
    """Seconds of some checks, one after the other in one page."""
    took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(offline=True)
        tab.goto(page.as_uri())
        for _ in range(TIMES):
            begun = time.perf_counter()
            tab.set_input_files("#file", export_file)
            tab.wait_for_selector("#result .unproved", timeout=600_000)
            took.append(time.perf_counter() - begun)
        browser.close()
    return took


if __name__ == "__main__":
    sys.exit(main())
