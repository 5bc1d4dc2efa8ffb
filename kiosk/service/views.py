"""What replication and the keeper of lists report, as the pages may know it."""

from __future__ import annotations

from kiosk import HONG_KONG
from kiosk.gate.snapshot import SyncView, TrustListView, TrustView
from kiosk.proofs.holdings import Report
from kiosk.sync import SyncStatus
from kiosk.texts import LANGUAGES


def sync_view(status: SyncStatus) -> SyncView:
    """How replication stands."""
    return SyncView(
        configured=True,
        waiting=status.waiting,
        acknowledged=status.acknowledged,
        error=status.error,
        since=status.last_success.astimezone(HONG_KONG) if status.last_success else None,
    )


def trust_view(report: Report) -> TrustView:
    """How the trust lists stand."""
    held = [
        TrustListView(
            source=standing.list.source.id,
            name=standing.list.source.name,
            state=standing.state,
            days=standing.days,
            out_from=standing.list.out_from.astimezone(HONG_KONG),
        )
        for standing in report.standings
    ]
    broken = [
        TrustListView(
            source=found.source,
            name=found.known.name if found.known else dict.fromkeys(LANGUAGES, found.source),
            state="broken",
        )
        for found in report.broken
    ]
    return TrustView(lists=(*held, *broken), revoked=report.revoked, unread=len(report.unread))
