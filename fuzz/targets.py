"""The targets by name: what is tried, how its inputs are changed, and its share of all inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fuzz import codes, files, mutation
from fuzz.mutation import Mutation
from fuzz.promise import Clock
from kiosk.proofs import LONGEST

#: Somewhat more than the longest text that is looked at, so that the bound is tried too.
_LONGEST = LONGEST + 64


@dataclass(frozen=True)
class Target:
    """Something that takes octets from strangers."""

    #: Tries one input; raises whatever is not right.
    one: Callable[[bytes, Clock], None]
    mutate: Mutation
    #: Of 1,000 inputs to all targets, how many are for this one; cheap ones get more.
    share: int
    #: Of an input, in octets.
    longest: int = _LONGEST


TARGETS: dict[str, Target] = {
    "text": Target(codes.any_text, mutation.text, 210),
    "cose": Target(codes.cose_octets, mutation.cbor_value, 170),
    "eu-claims": Target(codes.eu_claims, mutation.cbor_value, 110),
    "own-claims": Target(codes.own_claims, mutation.cbor_value, 70),
    "card-claims": Target(codes.card_claims, mutation.json_value, 60),
    "card-parts": Target(codes.card_parts, mutation.parts, 60),
    "seals": Target(codes.seals, mutation.json_value, 60),
    "records": Target(codes.records, mutation.fields, 120),
    "certificates": Target(files.certificates, mutation.der, 40, 4096),
    "trust-lists": Target(files.trust_lists, mutation.json_value, 30),
    "revocations": Target(files.revocations, mutation.json_value, 40),
    "lines": Target(files.lines, mutation.json_value, 30),
}
