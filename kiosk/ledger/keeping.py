"""How long personal data is kept, at the kiosk and at central: 31 days from the visit, by Hong Kong's calendar."""

from __future__ import annotations

from datetime import date, timedelta

KEPT_DAYS = 31


def erase_before(today: date) -> date:
    """Visits before this date have been kept for 31 whole days: what they left is due for erasure.

    A visit on 1 May is kept through 1 June, its 31st day, and erased as 2 June begins.
    """
    return today - timedelta(days=KEPT_DAYS)
