"""The poster of LeaveHomeSafe: ``HKEN:0``, the venue's id, and base64 of a small JSON object.

A visitor scans the *venue's* poster; held up to our camera it says where the poster belongs and nothing about anybody.
Its hash has no key: it catches a misread or mistyped poster, never a forged one. ``verified`` means here what it
means everywhere, that every check the format has holds (ADR 0004); the facts have a venue and no person.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kiosk import strict_json
from kiosk.proofs import strict_base64
from kiosk.proofs.model import Facts, Format, Proof, Venue, refused
from kiosk.proofs.trust import TrustStore

NAME: Format = "lhs-poster"

_HEAD = "HKEN:"
_VERSION = "0"
_ID = r"[A-Za-z0-9]{8}"
_TEXT = re.compile(rf"{_HEAD}(?P<version>[0-9])(?P<id>{_ID})(?P<body>.*)")

VenueId = Annotated[str, Field(pattern=f"^{_ID}$")]


class PosterError(ValueError):
    """The text is not a poster in the scheme's layout."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Metadata(_Strict):
    """The kind of premises, in words."""

    typeEn: str  # noqa: N815 -- the scheme's key
    typeZh: str  # noqa: N815 -- the scheme's key


class _Body(_Strict):
    metadata: Metadata | None
    nameZh: str  # noqa: N815 -- the scheme's key
    nameEn: str  # noqa: N815 -- the scheme's key
    type: str
    hash: str


class Poster(_Strict):
    """A poster: the id that the scheme gave to the venue, its names and its kind."""

    id: VenueId
    name_en: str
    name_zh: str
    type: str
    metadata: Metadata | None = None

    def facts(self) -> Facts:
        """The poster in the project's words."""
        return Facts(
            venue=Venue(id=self.id, name_en=self.name_en, name_zh=self.name_zh, type=self.type),
        )


def claims(text: str) -> bool:
    """Whether ``text`` says that it is a poster."""
    return text.startswith(_HEAD)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:  # noqa: ARG001 -- a poster has neither key nor dates
    """Read a poster: ``malformed`` where it is none, ``bad_signature`` where its hash is another venue's."""
    match = _TEXT.fullmatch(text)
    if match and match["version"] != _VERSION:
        return refused(NAME, "cannot_verify")
    try:
        poster, hash_ = parse(text)
    except PosterError:
        return refused(NAME, "malformed")
    if hash_ != venue_hash(poster.id):
        return refused(NAME, "bad_signature", facts=poster.facts())
    return Proof(format=NAME, verified=True, facts=poster.facts())


def venue_hash(venue_id: str) -> str:
    """The hash that the scheme prints for a venue, in lower-case hexadecimal."""
    return hashlib.sha256(f"HKEN{venue_id}2020".encode("ascii")).hexdigest()


def parse(text: str) -> tuple[Poster, str]:
    """The poster and the hash that it carries, unchecked.

    Raises:
        PosterError: the text is not a poster in the scheme's layout.
    """
    match = _TEXT.fullmatch(text)
    if not match or match["version"] != _VERSION:
        raise PosterError("not HKEN:0, an id of eight characters and a body")
    try:
        said = strict_json.loads(strict_base64.decode(match["body"]))
        body = _Body.model_validate(said)
        if list(said) != list(_Body.model_fields):
            raise ValueError("the keys in another order")  # noqa: TRY301 -- one refusal for whatever is no poster
        poster = Poster(
            id=match["id"], name_en=body.nameEn, name_zh=body.nameZh, type=body.type, metadata=body.metadata
        )
    except ValueError as error:
        raise PosterError("its body is not what the scheme writes") from error
    return poster, body.hash


def encode(poster: Poster) -> str:
    """The text of a poster, for a venue to print its own."""
    body = _Body(
        metadata=poster.metadata,
        nameZh=poster.name_zh,
        nameEn=poster.name_en,
        type=poster.type,
        hash=venue_hash(poster.id),
    )
    compact = json.dumps(body.model_dump(), ensure_ascii=False, separators=(",", ":"))
    return f"{_HEAD}{_VERSION}{poster.id}{strict_base64.encode(compact.encode())}"
