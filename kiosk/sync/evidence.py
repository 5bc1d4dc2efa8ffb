"""What replication does with a signed log: has it signed, and hands what central says of it to the one writer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.ledger.notes import NoteKey, Signature, Signer
from kiosk.store import Contradiction, Notary, Store, keys

log = logging.getLogger(__name__)

#: Has something done in the writer's own thread, in its turn.
InTurn = Callable[[Callable[[], object]], None]


@dataclass(frozen=True)
class Evidence:
    """How the log is signed, and who keeps what central says of it; each is called in the replicator's thread."""

    #: The public half of the key that signs the log.
    key: NoteKey
    #: Asks the writer to sign the log as it stands; `Replicator.poke` tells that it is done.
    sign: Callable[[], None]
    #: Central co-signed the checkpoint of that size.
    cosigned: Callable[[int, Signature], None]
    #: The certificate that is held, and where a new one goes.
    certificate: Callable[[], bytes | None]
    certified: Callable[[bytes], None]
    #: Something contradicts this log for good.
    contradicted: Callable[[Contradiction], None]


def evidence_of(
    store: Store, notary: Notary, signer: Signer, data: Path, in_turn: InTurn, signed: Callable[[], None]
) -> Evidence:
    """That of a running door.

    Args:
        store: the log.
        notary: signs it.
        signer: the kiosk's key.
        data: the data folder.
        in_turn: has something done in the writer's thread.
        signed: told there that the log has been signed, or cannot be.
    """

    def sign() -> None:
        notary.sign()
        signed()

    def certified(note: bytes) -> None:
        if keys.keep_certificate(data, note, signer.key):
            log.info("the authority has certified this kiosk's key")

    return Evidence(
        key=signer.key,
        sign=lambda: in_turn(sign),
        cosigned=lambda size, line: in_turn(lambda: store.cosigned(size, line)),
        certificate=lambda: keys.certificate(data),
        certified=certified,
        contradicted=lambda found: in_turn(lambda: store.contradict(found)),
    )
