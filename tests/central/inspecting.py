"""An inspector with nothing but a browser: verify.html from a file, with the network off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from central.verify_page import make_page, write
from kiosk.ledger.notes import NoteKey
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.looking import watched

expect.set_options(timeout=60_000)  # ends a broken run: what is late on a busy machine is no test's business
INSTALLED = Path(CHROMIUM).exists()
WHY_NOT = "Debian's chromium is not installed"


@dataclass(frozen=True)
class Shown:
    """What the page says of a file."""

    verdict: str
    #: The keys of the faults, in their order, and the lines that tell them.
    faults: tuple[str, ...]
    lines: tuple[str, ...]
    text: str


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Inspector:
    """One page, open."""

    def __init__(
        self, browser: Browser, folder: Path, authority: NoteKey | None, *, before: str = "", **context: Any
    ) -> None:
        file = folder / "verify.html"
        write(make_page(authority), file)
        self.url = file.as_uri()
        self._pasted = ""
        self._context = browser.new_context(offline=True, **{"locale": "en-GB", **context})
        if before:
            self._context.add_init_script(before)
        self.page: Page = watched(self._context, self.url)
        self.page.goto(self.url)

    def close(self) -> None:
        """Leave; nothing went wrong unseen, and nothing was asked of any network."""
        problems = self.page.problems
        self._context.close()
        assert problems == []

    def check(
        self, data: bytes, name: str = "export.zip", *, earlier: Sequence[bytes] | None = None
    ) -> Shown:
        """Choose a file, and read what is said of it; with the checkpoints ``earlier``, where they are given."""
        if earlier is not None and (pasted := b"---\n".join(earlier).decode()) != self._pasted:
            self._pasted = pasted
            # Nothing is compared before there is a file.
            self.page.reload()
            self.earlier(pasted)
        self.page.set_input_files(
            "#file", {"name": name, "mimeType": "application/zip", "buffer": data}, timeout=60_000
        )
        return self.shown()

    def shown(self) -> Shown:
        """What is said, once the page has done its work."""
        expect(self.page.locator("#working")).to_be_hidden()
        verdict = self.page.locator("#result .verdict")
        expect(verdict).to_be_visible()
        faults = self.page.locator("#result .faults li")
        return Shown(
            (verdict.get_attribute("class") or "").removeprefix("verdict "),
            tuple(faults.evaluate_all("(items) => items.map((item) => item.dataset.what)")),
            tuple(faults.all_inner_texts()),
            self.page.locator("#result").inner_text(),
        )

    def earlier(self, text: str) -> None:
        """Paste checkpoints, and have them compared."""
        if not self.page.locator("#earlier-text").is_visible():
            self.page.click("#earlier-more summary")
        self.page.fill("#earlier-text", text)
        self.page.click("#earlier-use")
