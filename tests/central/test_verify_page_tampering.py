"""Whatever is done to an export in tests/reports/test_tampering.py: verify.html comes to the same verdict as the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.reports.verify import Verdict, verify
from tests.central.inspecting import INSTALLED, WHY_NOT, Inspector, chromium
from tests.reports import forge, test_tampering

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not INSTALLED, reason=WHY_NOT)]

#: Of tests that try many files, the page judges the first few, and then one now and then.
ALL, EVERY = 25, 25
STATUS = {"genuine": "genuine", "unproved": "unproved", "bad": "faulty"}
#: These try thousands; test_verify_page_forgeries.py turns bytes over for the page.
NOT_HERE = {
    "test_every_byte_of_an_export_that_is_turned_over_is_found",
    "test_bytes_that_are_turned_over_under_a_new_seal_are_found_or_change_no_file",
}

# The same tests, under this module's judge.
globals().update(
    {
        name: item
        for name, item in vars(test_tampering).items()
        if name.startswith("test_") and name not in NOT_HERE
    }
)


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    with chromium() as browser:
        made = Inspector(browser, tmp_path_factory.mktemp("page"), forge.AUTHORITY.key)
        yield made
        made.close()


@pytest.fixture
def judge(inspector: Inspector, tmp_path: Path) -> Callable[..., Verdict]:
    calls = 0

    def judge(data: bytes, *earlier: bytes) -> Verdict:
        nonlocal calls
        calls += 1
        verdict = verify(forge.put(tmp_path, data), forge.AUTHORITY.key, earlier)
        if calls <= ALL or calls % EVERY == 0:
            shown = inspector.check(data, earlier=earlier)
            assert STATUS[shown.verdict] == verdict.status, (shown.text, verdict)
            assert bool(shown.faults) == bool(verdict.faults)
        return verdict

    return judge
