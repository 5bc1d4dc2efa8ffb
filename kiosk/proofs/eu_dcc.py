"""EU digital COVID certificate, which Hong Kong issues too: ``HC1:``, then base45 of zlib of COSE_Sign1 of a CWT.

``docs/formats.md`` has the layers. The rules, in the order in which `read` applies them:

1. Base45 in its one spelling; one zlib stream, whole, nothing behind it, at most 64 KB (else ``too_large``); one COSE_Sign1;
   a CWT with one certificate of one event (`kiosk.proofs.dgc`); else ``malformed``.
2. ES256 or PS256; else ``unsupported_algorithm``.
3. A key of the id that the code names, or one without an id; else ``unknown_issuer``.
4. The signature holds under one of them, of the algorithm's kind; else ``bad_signature``.
5. That key may vouch for this kind of event; else ``wrong_key_usage``.
6. The key's first moment ≤ issued ≤ ``at``, and no sample lies ahead; else ``not_yet_valid``. ``at`` ≤ expiry ≤ the key's last moment;
   else ``expired``.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from kiosk.proofs import cose, dgc, signatures, strict_base45
from kiosk.proofs.cose import Sign1
from kiosk.proofs.dgc import Statement
from kiosk.proofs.inflate import TooLargeError, inflate
from kiosk.proofs.marks import Mark, mark
from kiosk.proofs.model import Format, Proof, ProofError, refused
from kiosk.proofs.trust import TrustedKey, TrustStore

NAME: Format = "eu-dcc"

_HEAD = "HC1:"
_ALGORITHMS: frozenset[signatures.Algorithm] = frozenset({"ES256-COSE", "PS256"})
#: The most keys that a code may make us try: a list of all countries' keys, each tried, would hold the door up.
_MOST_KEYS = 64
_KEY_ID_OCTETS = 8


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a certificate."""
    return text.startswith(_HEAD)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a certificate at the time ``at``; the rules stand above."""
    try:
        code = unwrap(text)
        statement = dgc.parse(code.payload, at=at)
    except TooLargeError:
        return refused(NAME, "too_large")
    except ValueError:
        return refused(NAME, "malformed")
    algorithm = code.algorithm
    if algorithm is None or algorithm not in _ALGORITHMS:
        return refused(NAME, "unsupported_algorithm", facts=statement.facts)
    keys = trust.signers(NAME, code.key_id)
    if not 0 < len(keys) <= _MOST_KEYS:
        return refused(NAME, "unknown_issuer", facts=statement.facts)
    error: ProofError = "bad_signature"
    owner: str | None = None
    for key in keys:
        if signatures.holds(key.key, algorithm, code.signature, code.signed):
            fault = _fault(statement, key, at)
            if fault is None:
                return _proof(code, statement, key)
            if (
                owner is None
            ):  # the first key's fault is told: of renewed certificates the older has nothing to add
                error, owner = fault, key.issuer
    return refused(NAME, error, facts=statement.facts, issuer=owner)


def unwrap(text: str) -> Sign1:
    """The COSE_Sign1 in ``text``.

    Raises:
        TooLargeError: it would inflate to too much.
        ValueError: there is none.
    """
    return cose.parse(inflate(strict_base45.decode(text.removeprefix(_HEAD))))


def _fault(statement: Statement, key: TrustedKey, at: datetime) -> ProofError | None:
    """Why the key's word is not enough, though its signature holds."""
    if key.usages is not None and statement.usage not in key.usages:
        return "wrong_key_usage"
    issued, expires = statement.issued_at, statement.expires_at or key.valid_until
    begins = filter(None, (issued, statement.not_before, statement.sampled_at))
    if max(begins, default=at) > at or (key.valid_from and (issued or at) < key.valid_from):
        return "not_yet_valid"
    if (expires and expires < at) or (key.valid_until and (expires or at) > key.valid_until):
        return "expired"
    return None


def _proof(code: Sign1, statement: Statement, key: TrustedKey) -> Proof:
    number = _same(statement.uci)
    return Proof(
        format=NAME,
        verified=True,
        issuer=key.issuer,
        facts=statement.facts,
        demo=key.demo,
        marks=tuple(_marks(code, statement, key)),
        identities=(f"{statement.country.upper()}|{number}",) if number else (),
        also_named=statement.passport_name,
    )


def _marks(code: Sign1, statement: Statement, key: TrustedKey) -> list[Mark]:
    """The names in the EU's lists, each within the key's id: Decision (EU) 2021/1073, as amended by 2022/483.

    Of an ECDSA signature the lists hash the first half only: anybody can make another second half that holds.
    """
    signature = code.signature
    signed = signature[: len(signature) // 2] if code.algorithm == "ES256-COSE" else signature
    marks: list[Mark] = []
    # The key's own ids: what the code names may be unsigned, and then anybody can change it.
    for scope in _scopes(key.key_ids) or ((code.key_id or b"").hex(),):
        marks.append(mark("eu-signature", scope, signed, statement.issued_at))
        if statement.uci:
            marks.append(mark("eu-uci", scope, statement.uci, statement.issued_at))
            marks.append(
                mark("eu-country-uci", scope, statement.country + statement.uci, statement.issued_at)
            )
    return marks


@lru_cache(maxsize=4096)  # a key's ids do not change
def _scopes(key_ids: frozenset[bytes] | None) -> tuple[str, ...]:
    """Those of a key's ids that the EU's lists may name, in order."""
    return tuple(sorted(key_id.hex() for key_id in key_ids or () if len(key_id) == _KEY_ID_OCTETS))


def _same(uci: str) -> str:
    """``uci`` without what issuers write now so, now so: case, blanks, the prefix, the checksum behind ``#``."""
    plain = "".join(uci.upper().split()).removeprefix("URN:UVCI:")
    head, mark_, checksum = plain.rpartition("#")
    return head if mark_ and len(checksum) <= 1 else plain
