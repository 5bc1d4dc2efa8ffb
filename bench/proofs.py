"""How fast codes are read: text to facts beside the library cwt and the bare signature check, in one run on the same strings.

    PYTHONPATH=. python bench/proofs.py [--rounds N] [--entries N]

The strings are all certificates of ``dgc-testdata`` that verify, at their own time, where the vectors are there
(``../shared/vectors``, or the folder named by ``KIOSK_VECTORS``); else a few of our own making. Ours: `recognise`, so text to
verified facts, with all issuers' keys in one store. cwt: base45, zlib and ``cwt.decode``, given the right key, in an
environment of its own (``scripts/peer cwt``). Bare: the signature check of ``cryptography`` alone, all else done before.

Times are of the processor, one core; the three take turns, and of each string the best of all rounds counts, for other work on
the machine can only slow one down. Then the other formats, a million revoked proofs, and a trust list of 1,000 certificates.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from fuzz import corpus, issuers
from kiosk.proofs import eu_dcc, lists, recognise, rings, signatures
from kiosk.proofs.lists import Source
from kiosk.proofs.marks import MARK_OCTETS, Mark
from kiosk.proofs.revocation import Batch, Revocations
from kiosk.proofs.trust import TrustedKey, TrustError, TrustStore

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv" / "peers" / "cwt" / "bin" / "python"

GOAL_A_SECOND = 3_000
GOAL_LOOK_UP_US = 20.0
GOAL_MB = 32.0
_MB = 2**20
_TRIES = 100_000
_CERTIFICATES = 1_000


@dataclass(frozen=True)
class Sample:
    """A certificate that verifies."""

    text: str
    at: datetime
    key: PublicKeyTypes
    algorithm: signatures.Algorithm
    key_id: bytes
    #: As the check of ``cryptography`` wants it.
    signature: bytes
    signed: bytes

    @classmethod
    def of(cls, text: str, at: datetime, trust: TrustStore) -> Sample | None:
        """The sample, if it verifies under ``trust``."""
        if not recognise(text, trust=trust, at=at).verified:
            return None
        code = eu_dcc.unwrap(text)
        algorithm = code.algorithm or "ES256-COSE"
        key = next(
            key.key
            for key in trust.signers("eu-dcc", code.key_id)
            if signatures.holds(key.key, algorithm, code.signature, code.signed)
        )
        signature = code.signature
        if isinstance(key, ec.EllipticCurvePublicKey):
            signature = signatures._der(signature, key)
        return cls(text, at, key, algorithm, code.key_id or b"", signature, code.signed)

    def check(self) -> None:
        """The signature alone."""
        if isinstance(self.key, ec.EllipticCurvePublicKey):
            self.key.verify(self.signature, self.signed, signatures._ECDSA)
        elif isinstance(self.key, rsa.RSAPublicKey):
            self.key.verify(self.signature, self.signed, signatures._PSS, signatures._SHA256)

    def for_peer(self) -> str:
        """A line for the peer."""
        pem = self.key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        line = {
            "text": self.text,
            "key": pem.decode(),
            "key_id": self.key_id.hex(),
            "algorithm": self.algorithm,
        }
        return json.dumps(line)


def samples() -> tuple[list[Sample], TrustStore, str]:
    """The certificates, one store with all of their issuers, and where they are from."""
    found, keys = [], []
    for file in sorted((corpus.VECTORS / "dgc-testdata").rglob("*.json")):
        said = json.loads(file.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(said["TESTCTX"]["VALIDATIONCLOCK"])
        try:
            trust = rings.from_base64([said["TESTCTX"]["CERTIFICATE"]])
        except TrustError:
            continue
        sample = Sample.of(said.get("PREFIX", ""), at if at.tzinfo else at.replace(tzinfo=UTC), trust)
        if sample is not None:
            found.append(sample)
            keys += trust.keys
    if found:
        return found, TrustStore(tuple({key.certificate: key for key in keys}.values())), "dgc-testdata"
    texts = [text.decode() for text in corpus.seeds("text")]
    made = [Sample.of(text, issuers.AT, issuers.TRUST) for text in texts if text.startswith("HC1:")]
    return (
        [sample for sample in made if sample] * 40,
        issuers.TRUST,
        "our own making, for no vectors are here",
    )


class Peer:
    """The peer's program, which answers with seconds."""

    def __init__(self, folder: Path, given: Sequence[Sample]) -> None:
        subprocess.run([ROOT / "scripts" / "peer", "cwt"], check=True, stdout=subprocess.DEVNULL)
        file = folder / "samples.jsonl"
        file.write_text("\n".join(sample.for_peer() for sample in given), encoding="utf-8")
        self._process = subprocess.Popen(
            [PEER, ROOT / "bench" / "peers" / "cwt_decode.py", file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "peer.log").open("w"),
            text=True,
        )
        #: The samples that it verifies.
        self.able: list[int] = json.loads(_pipe(self._process.stdout).readline() or "[]")

    def seconds(self) -> list[float]:
        """What each that it verifies takes it."""
        print(json.dumps(self.able), file=_pipe(self._process.stdin), flush=True)
        answer: list[float] = json.loads(_pipe(self._process.stdout).readline())
        return answer

    def end(self) -> None:
        """Let it go."""
        _pipe(self._process.stdin).close()
        self._process.wait()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("no pipe")
    return pipe


def took(call: Callable[[], object]) -> float:
    """Seconds of the processor."""
    began = time.process_time()
    call()
    return time.process_time() - began


def european(rounds: int, folder: Path) -> None:
    """EU certificates: ours, cwt, bare."""
    given, trust, origin = samples()
    try:
        peer: Peer | None = Peer(folder, given)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"cwt cannot be installed here ({error}); the rest goes on")
        peer = None
    chosen = [given[number] for number in peer.able] if peer else given

    def ours() -> list[float]:
        return [took(partial(recognise, one.text, trust=trust, at=one.at)) for one in chosen]

    def bare() -> list[float]:
        return [took(one.check) for one in chosen]

    kinds = {"ours, text to facts": ours, "bare signature": bare}
    if peer:
        kinds["cwt, text to claims"] = peer.seconds
    times: dict[str, list[list[float]]] = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, kind in kinds.items():
            times[name].append(kind())
    left = (
        f" ({len(given) - len(chosen)} more verify with ours, not with cwt)"
        if len(given) > len(chosen)
        else ""
    )
    print(
        f"EU certificates: {len(chosen)} strings of {origin}{left}; of each the best of {rounds} rounds in turn"
    )
    best = {name: statistics.mean(map(min, zip(*found, strict=True))) for name, found in times.items()}
    for name, seconds in best.items():
        print(f"  {name:34}{seconds * 1e6:9.1f} us{1 / seconds:10,.0f} a second")
    mine = best["ours, text to facts"]
    _verdict(f"at least {GOAL_A_SECOND:,} a second", holds=1 / mine >= GOAL_A_SECOND)
    if peer:
        theirs = best["cwt, text to claims"]
        _verdict(f"no slower than cwt ({mine / theirs:.2f} of its time)", holds=mine <= theirs)
        peer.end()


def _verdict(goal: str, *, holds: bool) -> None:
    print(f"  goal: {goal}: {'reached' if holds else 'MISSED'}")


def formats(rounds: int) -> None:
    """One text of each format, under a small store."""
    print("\nOther formats, text to facts")
    shown = {
        "card-dose": "SMART Health Card, one dose",
        "seal-vaccination-whole": "VDS-NC, two doses, under an authority",
        "record-vaccination": "Hong Kong vaccination record",
        "own-health-code": "our own Health Code",
    }
    for name, words in shown.items():
        text = (corpus.FOLDER / "text" / name).read_text(encoding="utf-8")

        def read(text: str = text) -> None:
            for _ in range(200):
                assert recognise(text, trust=issuers.TRUST, at=issuers.AT).verified

        seconds = min(took(read) for _ in range(rounds)) / 200
        print(f"  {words:40}{seconds * 1e6:9.1f} us{1 / seconds:10,.0f} a second")


def revoked(entries: int) -> None:
    """A list of so many entries: ours, a set and a sorted list of bytes."""
    data = random.Random(1).randbytes(entries * MARK_OCTETS)  # noqa: S311 -- entries, no secrets
    batch = Batch("eu/UT/bench", "eu-uci", "", data)
    digests = [data[place : place + MARK_OCTETS] for place in range(0, len(data), MARK_OCTETS)]
    searched = digests[:: max(1, entries // _TRIES)] + [
        hashlib.sha256(str(n).encode()).digest()[:MARK_OCTETS] for n in range(_TRIES)
    ]
    marks = [Mark("eu-uci", "any", digest) for digest in searched]
    print(f"\nRevocation: {entries:,} entries; look-ups of {len(searched):,}, half of them found")
    began = time.process_time()
    ours = Revocations([batch])
    built = time.process_time() - began
    (table,) = ours._tables.values()
    looked = took(lambda: sum(mark in ours for mark in marks)) / len(marks)
    size = sys.getsizeof(table._data) / _MB
    print(f"  {'ours':24}built in {built:6.2f} s{looked * 1e6:9.2f} us{size:9.1f} MB")
    each = sys.getsizeof(digests[0]) * entries
    began = time.process_time()
    held = set(digests)
    built = time.process_time() - began
    seconds = took(lambda: sum(digest in held for digest in searched)) / len(searched)
    print(
        f"  {'a set of bytes':24}built in {built:6.2f} s{seconds * 1e6:9.2f} us{(sys.getsizeof(held) + each) / _MB:9.1f} MB"
    )
    began = time.process_time()
    row = sorted(digests)
    built = time.process_time() - began
    seconds = took(
        lambda: sum(row[bisect_left(row, digest) % entries] == digest for digest in searched)
    ) / len(searched)
    print(
        f"  {'bisect, a sorted list':24}built in {built:6.2f} s{seconds * 1e6:9.2f} us{(sys.getsizeof(row) + each) / _MB:9.1f} MB"
    )
    _verdict(f"at most {GOAL_LOOK_UP_US:.0f} us a look-up", holds=looked * 1e6 <= GOAL_LOOK_UP_US)
    _verdict(f"at most {GOAL_MB:.0f} MB", holds=size <= GOAL_MB)


def trust_list(rounds: int) -> None:
    """A trust list as the EU publishes it."""
    entries = []
    for number in range(_CERTIFICATES):
        der = issuers.certificate(ec.derive_private_key(number + 1, ec.SECP256R1()))
        digest = hashlib.sha256(der)
        entries.append(
            {
                "certificateType": "DSC",
                "country": "UT",
                "kid": base64.b64encode(digest.digest()[:8]).decode(),
                "rawData": base64.b64encode(der).decode(),
                "thumbprint": digest.hexdigest(),
                "timestamp": "2022-05-20T14:00:25+02:00",
            }
        )
    body = json.dumps({"certificates": entries}).encode()
    content = base64.b64encode(issuers.numbers(issuers.LISTS, body)) + b"\n" + body
    name = dict.fromkeys(("en", "zh-Hant", "zh-Hans"), "bench")
    signer = issuers.LISTS.public_key()
    source = Source("eu", name, "eu-list", (signer,), timedelta(30), timedelta(60))  # type: ignore[arg-type]
    found: list[TrustedKey] = []

    def read() -> None:
        found[:] = lists.read(content, None, source).keys

    seconds = min(took(read) for _ in range(rounds))
    assert len(found) == _CERTIFICATES
    print(f"\nTrust list: {_CERTIFICATES:,} certificates verified and read in {seconds:.2f} s")


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Text to facts, beside cwt and the bare signature check.")
    parser.add_argument("--rounds", type=int, default=30, help="rounds of each (default: %(default)s)")
    parser.add_argument("--entries", type=int, default=10**6, help="revoked proofs (default: %(default)s)")
    args = parser.parse_args()
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    with tempfile.TemporaryDirectory() as folder:
        european(args.rounds, Path(folder))
    formats(min(args.rounds, 10))
    revoked(args.entries)
    trust_list(min(args.rounds, 3))
    return 0


if __name__ == "__main__":
    sys.exit(main())
