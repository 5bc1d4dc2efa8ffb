"""The venue side: what stands at the door."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

__version__ = "0.1.0"

#: No clock that stands before the day of this release can be right.
BUILD_DATE = datetime(2026, 11, 22, tzinfo=UTC)

#: The law's clock.
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
