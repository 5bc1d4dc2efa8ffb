"""The kiosk's own key, and the authority's certificate for it, in the data folder.

The private half lies in ``keys/``, which only the door's user may enter; the public half and the certificate lie beside the
log for the pages and for enrolment.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from kiosk.ledger.certificate import CertificateError, read_certificate
from kiosk.ledger.checkpoint import origin_of
from kiosk.ledger.keyfiles import load_note_key, load_signing_key, make_signing_key
from kiosk.ledger.notes import NoteError, NoteKey, Signer
from kiosk.store.errors import StoreError

log = logging.getLogger(__name__)

_PRIVATE = Path("keys") / "log-signing.key"
_PUBLIC = "log-public.key"
_CERTIFICATE = "certificate.note"


def open_signer(data: Path, kiosk: str) -> Signer:
    """The key that signs this kiosk's checkpoints; made where there is none yet.

    Raises:
        NoteError: the file is no key.
        StoreError: it cannot be written, or is the key of another kiosk.
    """
    file = data / _PRIVATE
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            make_signing_key(file, Signer.generate(origin_of(kiosk)))
        signer = load_signing_key(file)
        if signer.key.name != origin_of(kiosk):
            raise StoreError(
                f"is the key of {signer.key.name}, not of {origin_of(kiosk)}",
                where=str(file),
                mend="check `kiosk` and `data` in the venue file",
            )
        _put(data / _PUBLIC, f"{signer.key}\n".encode())
    except OSError as error:
        raise StoreError(
            f"cannot be written ({error.strerror})", where=str(file), mend="make the folder ours to write"
        ) from error
    return signer


def has_signer(data: Path) -> bool:
    """Whether there is a key that signs; nothing is made.

    Raises:
        OSError: whoever asks may not know.
    """
    return (data / _PRIVATE).exists()


def log_key(data: Path) -> NoteKey | None:
    """The public half; None before the door's first start.

    Raises:
        NoteError: the file is no key.
    """
    file = data / _PUBLIC
    return load_note_key(file) if file.exists() else None


def certificate(data: Path) -> bytes | None:
    """The authority's certificate for the kiosk's key, as it came; None where there is none."""
    try:
        return (data / _CERTIFICATE).read_bytes()
    except OSError:
        return None


def keep_certificate(data: Path, note: bytes, key: NoteKey) -> bool:
    """Put the authority's certificate beside the log, if it is one for ``key``; whether it was.

    Whose signature is on it, is for whoever has the authority's key to say.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        found, _ = read_certificate(note)
    except (NoteError, CertificateError) as error:
        log.warning("what central sent as a certificate is none: %s", error)
        return False
    if found.key != key:
        log.warning("the certificate that central sent is for another key: %s", found.key)
        return False
    try:
        _put(data / _CERTIFICATE, note)
    except OSError as error:
        raise StoreError(
            f"cannot be written ({error.strerror})", where=str(data / _CERTIFICATE), mend="check the disk"
        ) from error
    return True


def _put(file: Path, content: bytes) -> None:
    """Replace ``file`` in one go, unless it says this already."""
    if file.exists() and file.read_bytes() == content:
        return
    draft = file.with_name(f".{file.name}.new")
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fchmod(stream.fileno(), 0o644)
        os.fsync(stream.fileno())
    draft.replace(file)
