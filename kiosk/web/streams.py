"""Event streams to browsers: as many as the server can bear; whoever comes later polls."""

from __future__ import annotations

from flask import Response

from kiosk.web.context import web
from kiosk.web.feed import events


def stream(*, guest: bool) -> Response:
    """A stream of version numbers, or 503 where all streams are taken: the page then polls."""
    parts = web()
    if not parts.streams.take(guest=guest):
        return Response(status=503, headers={"Retry-After": "30"})
    response = Response(events(parts.feed), mimetype="text/event-stream")
    # Also when the browser goes away before the first line, where the generator itself would never run.
    response.call_on_close(lambda: parts.streams.give_back(guest=guest))
    return response
