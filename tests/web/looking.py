"""Looking at a page in a real Chromium: its layout, its accessibility, and whatever goes wrong on it unseen."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

#: What is cut off, covered, too small to tap, or wider than the screen.
FAULTS = """({whole}) => {
  const faults = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > innerWidth) faults.push(`page is ${root.scrollWidth} wide on ${innerWidth}`);
  if (whole && root.scrollHeight > innerHeight) faults.push(`page is ${root.scrollHeight} high on ${innerHeight}`);
  const seen = (node) => {
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    return box.width && box.height && style.visibility !== "hidden" && !node.closest(".visually-hidden, [hidden]")
      && node.checkVisibility();
  };
  const name = (node) => `${node.tagName.toLowerCase()}.${node.className?.baseVal ?? node.className} "${node.textContent.trim().slice(0, 40)}"`;
  for (const node of document.querySelectorAll("body *")) {
    if (node.closest("svg") || !seen(node)) continue;
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.nodeValue.trim());
    const tap = node.matches("button, a[href], input:not([type=hidden]), summary");
    if (!own && !tap) continue;
    const box = node.getBoundingClientRect();
    const scroller = node.closest("[data-fit], .log ol");
    if (box.left < -1 || box.right > innerWidth + 1) faults.push(`${name(node)} leaves the screen sideways`);
    if (tap && (box.width < 43.5 || box.height < 43.5) && !node.matches(".skip")) faults.push(`${name(node)} is ${box.width}×${box.height}`);
    if (node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "visible" && node.clientWidth) faults.push(`${name(node)} is cut off`);
    if (!whole || scroller) continue;
    if (box.top < -1 || box.bottom > innerHeight + 1) faults.push(`${name(node)} leaves the screen`);
    const line = node.getClientRects()[0];
    const top = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
    if (top && !node.contains(top) && !top.contains(node)) faults.push(`${name(node)} lies under ${name(top)}`);
  }
  const fit = document.querySelector("[data-fit]");
  if (whole && fit && fit.scrollHeight > fit.clientHeight + 1) faults.push("reasons have to be scrolled");
  return faults;
}"""

AXE_OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def watched(context: BrowserContext, url: str) -> Page:
    """A page on which no error and no request to anything but ``url`` passes unseen: they stand in ``page.problems``."""
    page = context.new_page()
    page.problems = []
    page.on(
        "console",
        lambda message: (
            message.type == "error"
            and "Failed to load resource" not in message.text
            and page.problems.append(message.text)
        ),
    )
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith((url, "data:")) or page.problems.append(request.url),
    )
    page.set_default_timeout(30_000)
    return page


def faults(page: Page, *, whole: bool) -> list[str]:
    """What is wrong with the layout; ``whole``: a display, on which nothing may have to be scrolled."""
    found: list[str] = page.evaluate(FAULTS, {"whole": whole})
    return found


def violations(page: Page) -> list[Any]:
    """What axe finds."""
    results = Axe().run(page, options=AXE_OPTIONS)
    return [
        (found["id"], [node["html"][:160] for node in found["nodes"]])
        for found in results.response["violations"]
    ]


def resized(page: Page, size: tuple[int, int]) -> None:
    """At another size, and drawn there."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
