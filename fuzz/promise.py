"""What every input must end in, and how long it may take: the promises that the fuzzer tries to break."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar, get_args

from kiosk.proofs import person
from kiosk.proofs.model import Facts, Proof, ProofError

#: Seconds of the processor that an input may take; how busy the machine is makes no difference.
LONGEST_S = 0.050

_ERRORS = frozenset(get_args(ProofError))
_Answer = TypeVar("_Answer")


class BrokenPromiseError(Exception):
    """An input ended otherwise than it must."""


@dataclass
class Clock:
    """Takes the time of each call, and keeps the longest."""

    slowest_s: float = 0.0

    def run(self, call: Callable[[], _Answer]) -> _Answer:
        """The answer of ``call``.

        Raises:
            BrokenPromiseError: it takes too long, three times over: once may be a page fault or a first import.
        """
        taken, answer = _timed(call)
        if taken > LONGEST_S:
            taken = min(taken, _timed(call)[0], _timed(call)[0])
        self.slowest_s = max(self.slowest_s, taken)
        if taken > LONGEST_S:
            raise BrokenPromiseError(f"takes longer than {LONGEST_S * 1000:.0f} ms: {taken * 1000:.0f} ms")
        return answer


def _timed(call: Callable[[], _Answer]) -> tuple[float, _Answer]:
    began = time.thread_time()
    answer = call()
    return time.thread_time() - began, answer


class Signed:
    """What was really signed: an altered code may be verified only with facts that are among it."""

    def __init__(self, proofs: Iterable[Proof]) -> None:
        self._facts = {_said(proof) for proof in proofs if proof.verified}

    def __contains__(self, proof: Proof) -> bool:
        return _said(proof) in self._facts


def _said(proof: Proof) -> str:
    # Whether a recovery counts depends on the time of the visit, which is no part of what is signed.
    facts = (proof.facts or Facts()).model_copy(update={"recovered": False})
    return f"{proof.format} {facts!r}"


def check(proof: object, *, may_hold: bool) -> None:
    """Whether ``proof`` is an answer; ``may_hold``: it may be verified.

    Raises:
        BrokenPromiseError: it is none, or is verified though nobody signed it.
    """
    if not isinstance(proof, Proof):
        raise BrokenPromiseError(f"ends in {type(proof).__name__}")
    if proof.verified != (proof.error is None) or proof.error not in {None, *_ERRORS}:
        raise BrokenPromiseError(f"ends in verified={proof.verified}, error={proof.error!r}")
    if proof.verified and not may_hold:
        raise BrokenPromiseError("is verified, and nobody signed it")
    if proof.facts is not None:  # as kiosk read prints it, and as the door knows people again
        json.dumps(proof.as_json("-"), ensure_ascii=False).encode("utf-8", "backslashreplace")
        if proof.verified:
            list(person.names_of(proof.facts))


def check_signed(proof: Proof) -> None:
    """Whether a code that a key of ours signed is an answer, and seen to be signed.

    Raises:
        BrokenPromiseError: it is none, or its signature is doubted.
    """
    check(proof, may_hold=True)
    if proof.error == "bad_signature":
        raise BrokenPromiseError("is rightly signed, and its signature is doubted")
