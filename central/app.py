"""Central over HTTP. Every answer for kiosks is JSON; an error says ``{"error": code, …}``.

| request | answer |
|---|---|
| ``GET /v1/health`` | ``{"ok": true}`` |
| ``GET /verify.html`` | the page that checks exports (`central.verify_page`), the one answer that is not JSON |
| ``GET /v1/kiosks/ID`` | ``{"kiosk", "next", "root"}``: the next index that central lacks, the tree's root in base64 |
| ``POST /v1/kiosks/ID/leaves`` (`central.batch`) | 200 ``{"next": m, "cosigned", "certificate"}`` · 409 ``{"error": "gap", "next": m}`` · 409 ``{"error": "conflict", "index": k, "known"}`` · 409 ``{"error": "ahead", "next": m, "known"}`` · 409 ``{"error": "fork" or "other_key", "what", "known"}`` |

``cosigned`` is null or ``{"size", "line"}``: our signature line on the checkpoint that came with the batch. ``certificate`` is null or the
authority's certificate for the kiosk's key, where the kiosk holds another or none. ``known`` is the last checkpoint of the kiosk that is
kept here, as a signed note; empty where there is none.

400 ``malformed`` says what is wrong, 401 ``unauthorised`` is one answer for an unknown kiosk and a wrong token, 413
``too_large``, 503 ``unavailable`` when the database does not answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from central import certificates, enrolment, replicas
from central.batch import MAX_BODY, parse_batch
from central.errors import MalformedError
from central.verify_page import VerifyPage, make_page
from kiosk.ledger.notes import NoteKey, Signer

log = logging.getLogger(__name__)

Answer = tuple[Response, int]
_COSIGNED = ("size", "line")
_PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "public, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class _Central(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Name the view, not the address: whoever mistypes may have typed anything into it."""
        self.logger.error("%s failed", request.endpoint, exc_info=exc_info)


def make_app(
    engine: Engine,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    witness: Signer | None = None,
    authority: NoteKey | None = None,
) -> Flask:
    """The application over one database.

    ``now`` is the time of receipt, ``witness`` the key that co-signs, ``authority`` the public key that vouches for kiosks.
    """
    app = _Central(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    page = make_page(authority)

    @app.get("/verify.html")
    def verify_page() -> Response:
        return _page(page)

    @app.get("/v1/health")
    def health() -> Answer:
        with engine.begin() as connection:
            connection.execute(select(1))
        return _answer(200, ok=True)

    @app.get("/v1/kiosks/<kiosk_id>")
    def head(kiosk_id: str) -> Answer:
        if not _allowed(engine, kiosk_id):
            return _unauthorised()
        found = replicas.head_of(engine, kiosk_id)
        if found is None:
            return _unauthorised()
        return _answer(200, kiosk=kiosk_id, next=found.next, root=found.root_text)

    @app.post("/v1/kiosks/<kiosk_id>/leaves")
    def leaves(kiosk_id: str) -> Answer:
        if not _allowed(engine, kiosk_id):
            return _unauthorised()
        batch = parse_batch(request.get_data(), kiosk_id)
        taken = replicas.take(engine, kiosk_id, batch, now=now(), witness=witness)
        if isinstance(taken, replicas.Taken):
            cosigned = None if taken.cosigned is None else dict(zip(_COSIGNED, taken.cosigned, strict=True))
            newer = certificates.newer(engine, kiosk_id, batch.certificate)
            return _answer(200, next=taken.next, cosigned=cosigned, certificate=newer)
        return _refused(taken)

    app.register_error_handler(MalformedError, _malformed)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DBAPIError, _unavailable)
    return app


def _page(page: VerifyPage) -> Response:
    # A policy in the page cannot say who may frame it.
    headers = {**_PAGE_HEADERS, "Content-Security-Policy": f"{page.policy}; frame-ancestors 'none'"}
    response = Response(page.html, headers=headers)
    response.set_etag(page.etag)
    response.make_conditional(request)
    return response


def _refused(why: replicas.Gap | replicas.Conflict | replicas.Ahead | replicas.Fork) -> Answer:
    match why:
        case replicas.Gap(next=index):
            return _answer(409, error="gap", next=index)
        case replicas.Conflict(index=index, known=known):
            return _answer(409, error="conflict", index=index, known=known)
        case replicas.Ahead(next=index, known=known):
            return _answer(409, error="ahead", next=index, known=known)
        case replicas.Fork(kind=kind, detail=detail, known=known):
            return _answer(409, error=kind, what=detail, known=known)


def _allowed(engine: Engine, kiosk_id: str) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and enrolment.knows(engine, kiosk_id, token.strip())


def _answer(status: int, **content: Any) -> Answer:
    return jsonify(content), status


def _unauthorised() -> Answer:
    response, status = _answer(401, error="unauthorised")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response, status


def _malformed(error: MalformedError) -> Answer:
    return _answer(400, error="malformed", what=str(error))


def _too_large(_: RequestEntityTooLarge) -> Answer:
    return _answer(413, error="too_large", limit=MAX_BODY)


def _http(error: HTTPException) -> Answer:
    return _answer(error.code or 500, error=(error.name or "failed").lower().replace(" ", "_"))


def _unavailable(error: DBAPIError) -> Answer:
    log.error("the database did not answer: %s", error.orig)
    return _answer(503, error="unavailable")
