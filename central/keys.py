"""Central's own two signing keys: the authority's, for certificates, and the witness's, for co-signatures.

The authority's private key is used by commands alone; the server needs the witness's only.
"""

from __future__ import annotations

import re
from pathlib import Path

from central.errors import CentralError
from kiosk.ledger.keyfiles import load_note_key, load_signing_key, make_signing_key
from kiosk.ledger.notes import COSIGNATURE, ED25519, Algorithm, NoteKey, Signer

#: What keys are called unless `central init` is told otherwise.
NAME = "venue-central"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")
_KINDS: dict[str, Algorithm] = {"authority": ED25519, "witness": COSIGNATURE}


def make(data: Path, name: str = NAME) -> None:
    """Make the keys that are missing, with their public halves beside them.

    Raises:
        CentralError: no key can be called so.
        NoteError: a key that is there is none.
    """
    if not _NAME.fullmatch(name):
        raise CentralError(f"{name!r} cannot be a name of keys", mend="use letters, digits, . _ / and -")
    for kind, algorithm in _KINDS.items():
        if not _private(data, kind).exists():
            make_signing_key(_private(data, kind), Signer.generate(f"{name}/{kind}", algorithm))
        _public(data, kind).write_text(f"{_load(data, kind).key}\n", encoding="ascii")


def authority(data: Path) -> Signer:
    """The key that vouches for kiosks.

    Raises:
        CentralError: there is none.
        NoteError: it is none.
    """
    return _load(data, "authority")


def authority_key(data: Path) -> NoteKey:
    """The public half of the key that vouches for kiosks; its private half is not touched.

    Raises:
        CentralError: there is none.
        NoteError: it is none.
    """
    file = _public(data, "authority")
    if not file.exists():
        raise CentralError("is not there", where=str(file), mend="`central init` makes what is missing")
    return load_note_key(file)


def witness(data: Path) -> Signer:
    """The key that co-signs.

    Raises:
        CentralError: there is none.
        NoteError: it is none.
    """
    return _load(data, "witness")


def _private(data: Path, kind: str) -> Path:
    return data / f"{kind}-private.key"


def _public(data: Path, kind: str) -> Path:
    return data / f"{kind}-public.key"


def _load(data: Path, kind: str) -> Signer:
    file = _private(data, kind)
    if not file.exists():
        raise CentralError("is not there", where=str(file), mend="`central init` makes what is missing")
    return load_signing_key(file)
