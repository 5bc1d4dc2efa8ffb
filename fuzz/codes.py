"""Targets whose inputs end up in the text of a code.

A code that we sign is read twice: under a signature that is none, which must never hold, and, if it is well formed, under the
right one, which must never be doubted. So a key signs only what gets as far as its signature.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from functools import cache

import base45
import cbor2
import rfc8785

from fuzz import corpus, issuers, promise
from fuzz.promise import Clock
from kiosk import strict_json
from kiosk.proofs import cose, jose, recognise, seal_data
from kiosk.proofs.model import Proof

#: Answers that are given before the signature is looked at.
_UNREAD = {"malformed", "too_large", "unknown_format"}
#: Each letter of a JWS as the two figures that a card shows.
_FIGURES = {letter: f"{letter - 45:02}" for letter in range(45, 123)}
#: Our own codes: the prefix, the type in the header, and a word that only claims of that kind hold.
_OWN = (
    ("VKR1:", "visit-receipt+cwt", b"venue"),
    ("VKH1:", "health-code+cwt", b"colour"),
    ("VKB1:", "inspector-badge+cwt", b""),
)
_CARD_HEAD = b'{"zip":"DEF","alg":"ES256","kid":"' + issuers.CARDS_ID.encode() + b'"}'

#: From a signature, the text of a code.
_Shown = Callable[[bytes], str]
_Sign = Callable[[], bytes]


def read(text: str, clock: Clock) -> Proof:
    """What the fuzzer's door makes of ``text``."""
    return clock.run(lambda: recognise(text, trust=issuers.TRUST, at=issuers.AT))


@cache
def signed() -> promise.Signed:
    """What the fuzzer's issuers have signed: the seeds."""
    texts = [data.decode() for data in corpus.seeds("text")]
    return promise.Signed(recognise(text, trust=issuers.TRUST, at=issuers.AT) for text in texts)


def check_unsigned(text: str, proof: Proof) -> None:
    """Whether ``proof`` is an answer to a text of which nothing is known: it may hold only with facts that were signed."""
    may_hold = proof.verified and (proof in signed() or _is_poster(text, proof))
    promise.check(proof, may_hold=may_hold)


def _is_poster(text: str, proof: Proof) -> bool:
    """Whether it is a poster with its venue's hash, which anybody can make."""
    if proof.format != "lhs-poster":
        return False
    text = text.strip().removeprefix("\ufeff")
    said = json.loads(base64.b64decode(text[14:]))
    return bool(said["hash"] == hashlib.sha256(f"HKEN{text[6:14]}2020".encode()).hexdigest())


def _unsigned(text: str, clock: Clock) -> None:
    check_unsigned(text, read(text, clock))


def _signed(shown: _Shown, sign: _Sign, clock: Clock, *, pick: int) -> None:
    """A code that ``sign`` signs, and the same code under no signature."""
    wrong = read(shown((b"", bytes(64), b"\xff" * 64, bytes(8))[pick % 4]), clock)
    promise.check(wrong, may_hold=False)
    if wrong.error not in _UNREAD:
        promise.check_signed(read(shown(sign()), clock))


def any_text(data: bytes, clock: Clock) -> None:
    """Any text at all."""
    _unsigned(data.decode("utf-8", "surrogateescape"), clock)


def cose_octets(data: bytes, clock: Clock) -> None:
    """Octets in place of a COSE_Sign1, or of the compressed stream around it."""
    match zlib.crc32(data) % 8:
        case 0:
            _unsigned("HC1:" + _base45(data), clock)
        case 1 | 2:
            _unsigned(_OWN[len(data) % len(_OWN)][0] + _base45(data), clock)
        case _:
            _unsigned("HC1:" + _base45(zlib.compress(data, 1)), clock)


def eu_claims(data: bytes, clock: Clock) -> None:
    """Octets in place of the claims of an EU certificate, rightly signed."""
    pick = zlib.crc32(data)
    key, key_id = (issuers.EU, issuers.EU_ID) if pick % 8 else (issuers.EU_TESTS, issuers.EU_TESTS_ID)
    protected, free = ({1: -7, 4: key_id}, {}) if pick % 3 else ({1: -7}, {4: key_id})
    head = cbor2.dumps(protected)
    _signed(
        lambda signature: "HC1:" + _base45(zlib.compress(_sign1(head, free, data, signature), 1)),
        lambda: issuers.numbers(key, cose.to_be_signed(head, data)),
        clock,
        pick=pick,
    )


def own_claims(data: bytes, clock: Clock) -> None:
    """Octets in place of the claims of our own codes, rightly signed."""
    prefix, kind = next((prefix, kind) for prefix, kind, word in _OWN if word in data)
    head = cbor2.dumps({1: -8, 4: issuers.OWN_ID, 16: kind})
    _signed(
        lambda signature: prefix + _base45(_sign1(head, {}, data, signature)),
        lambda: issuers.OWN.sign(cose.to_be_signed(head, data)),
        clock,
        pick=zlib.crc32(data),
    )


def _sign1(head: bytes, free: dict[int, bytes], payload: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, [head, free, payload, signature]))


def _base45(data: bytes) -> str:
    return base45.b45encode(data).decode()


def card_claims(data: bytes, clock: Clock) -> None:
    """Octets in place of the JSON of a SMART card, rightly compressed and signed."""
    _card(_CARD_HEAD, data, clock)


def card_parts(data: bytes, clock: Clock) -> None:
    """The parts of a JWS as they stand; or JSON in place of its header, rightly signed."""
    if data.startswith(b"{"):
        _card(data, corpus.seeds("card-claims")[0], clock)
    else:
        _unsigned("shc:/" + data.decode("latin-1").translate(_FIGURES), clock)


def _card(head: bytes, claims: bytes, clock: Clock) -> None:
    stream = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    body = f"{jose.encode_url(head)}.{jose.encode_url(stream.compress(claims) + stream.flush())}"
    _signed(
        lambda signature: "shc:/" + f"{body}.{jose.encode_url(signature)}".translate(_FIGURES),
        lambda: issuers.numbers(issuers.CARDS, body.encode()),
        clock,
        pick=zlib.crc32(claims),
    )


def seals(data: bytes, clock: Clock) -> None:
    """A seal as it stands; or JSON in place of its ``data``, rightly signed."""
    text = data.decode("utf-8", "surrogateescape")
    if '"sig"' in text:
        _unsigned(text, clock)
        return
    try:
        canonical = rfc8785.dumps(seal_data.whole_numbers(strict_json.loads(text)))
    except (ValueError, RecursionError):
        canonical = b""
    _signed(
        lambda signature: seal(text, signature, issuers.SEAL_CERTIFICATE),
        lambda: issuers.numbers(issuers.SEALS, canonical),
        clock,
        pick=zlib.crc32(data),
    )


def seal(data: str, signature: bytes, certificate: bytes) -> str:
    """The text of a seal."""
    block = {"alg": "ES256", "cer": jose.encode_url(certificate), "sigvl": jose.encode_url(signature)}
    return f'{{"data":{data},"sig":{json.dumps(block)}}}'


def records(data: bytes, clock: Clock) -> None:
    """A Hong Kong record as it stands; one that ends in ``|`` is rightly signed."""
    text = data.decode("utf-8", "surrogateescape").strip().removeprefix("\ufeff")
    if not text.endswith("|"):
        _unsigned(text, clock)
        return
    _signed(
        lambda signature: text + base64.b64encode(signature or bytes.fromhex("3006020100020100")).decode(),
        lambda: issuers.der(issuers.HONG_KONG_KEY, text.encode("utf-8", "surrogateescape")),
        clock,
        pick=zlib.crc32(data),
    )
