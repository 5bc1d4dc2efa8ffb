"""A demo authority: a key of its own and records in the official layout, good for nothing but a demo.

The key is made on first use into a folder of the machine that runs the demo; nothing secret is in the project. Its
key ring says ``demo: true``, which a door in production refuses.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.errors import KioskError
from kiosk.proofs import strict_base64
from kiosk.proofs.model import Format

#: Stands on screens and in logs wherever a demo record is shown.
ISSUER = "DEMO authority"

#: The only version of its records that the demo authority signs; its ring has no key for any other.
RECORD_VERSION = "3.00"

#: Our own words for the demo's test records; how the Government words its own is not known.
NEGATIVE, PCR = "DEMO NEGATIVE", "DEMO PCR"
_TEST_WORDS = {"dates": ["dd-MM-yyyy HH:mm"], "negative": [NEGATIVE], "pcr": [PCR]}
_SIGNED: tuple[Format, ...] = ("hk-vac", "hk-evt", "hk-mec")
_OURS: tuple[Format, ...] = ("visit-receipt", "health-code", "inspector-badge")


class AuthorityError(KioskError):
    """The demo authority's folder cannot be used."""

    code = "bad_authority"


@dataclass(frozen=True)
class Authority:
    """A folder with private keys (``*.pem``, readable by their owner alone) and their key ring (``keyring.yaml``)."""

    folder: Path
    #: Signs records in the Government's layout.
    key: ec.EllipticCurvePrivateKey
    #: Signs codes of our own.
    codes_key: Ed25519PrivateKey

    @classmethod
    def open(cls, folder: Path) -> Authority:
        """The authority in ``folder``, founded there if it is not yet. Two processes may do so at once.

        Raises:
            AuthorityError: the folder cannot be written, or holds a key that is none.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _publish(folder / "key.pem", _pem(ec.generate_private_key(ec.SECP256R1())), mode=0o600, keep=True)
            _publish(folder / "codes.pem", _pem(Ed25519PrivateKey.generate()), mode=0o600, keep=True)
            key, codes_key = _keys(folder)
            _publish(folder / "keyring.yaml", _ring(key, codes_key), mode=0o644, keep=False)
        except OSError as error:
            raise AuthorityError(
                f"cannot be used ({error.strerror})", where=str(folder), mend="give a folder of your own"
            ) from error
        except ValueError as error:
            raise AuthorityError(
                "holds a key.pem or codes.pem that is none of ours",
                where=str(folder),
                mend="remove the folder",
            ) from error
        return cls(folder, key, codes_key)

    @property
    def ring(self) -> Path:
        """The key ring that believes this authority."""
        return self.folder / "keyring.yaml"

    def sign(self, message: bytes) -> bytes:
        """ECDSA P-256 with SHA-256, ASN.1 DER."""
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))


def _keys(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, Ed25519PrivateKey]:
    try:
        key, codes_key = (
            serialization.load_pem_private_key((folder / name).read_bytes(), password=None)
            for name in ("key.pem", "codes.pem")
        )
    except TypeError as error:  # a password is wanted
        raise ValueError("a key of somebody else's") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(codes_key, Ed25519PrivateKey):
        raise ValueError("a key of another kind")  # noqa: TRY004 -- the file's content is wrong, not an argument
    return key, codes_key


def _pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _ring(key: ec.EllipticCurvePrivateKey, codes_key: Ed25519PrivateKey) -> bytes:
    version = {"version": RECORD_VERSION.partition(".")[0]}
    records = [_ring_key(format_, key.public_key()) | version for format_ in _SIGNED]
    ours = [_ring_key(format_, codes_key.public_key()) for format_ in _OURS]
    ring = {"issuer": ISSUER, "demo": True, "test_words": _TEST_WORDS, "keys": records + ours}
    return yaml.safe_dump(ring, sort_keys=False).encode()


def _ring_key(format_: Format, key: ec.EllipticCurvePublicKey | Ed25519PublicKey) -> dict[str, str]:
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"format": format_, "key": strict_base64.encode(info), "source": "made on this machine for a demo"}


def _publish(file: Path, content: bytes, *, mode: int, keep: bool) -> None:
    """Put ``content`` at ``file`` whole or not at all; with ``keep``, what is there already stays."""
    # A name of its own for each writer, and readable by nobody else until the mode says so.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    draft = Path(name)
    with open(handle, "wb") as stream:  # noqa: PTH123 -- there is no path to open: this is a descriptor
        stream.write(content)
        os.fchmod(handle, mode)
    if not keep:
        draft.replace(file)
        return
    try:
        file.hardlink_to(draft)  # unlike a rename, this never takes the place of another's file
    except FileExistsError:
        pass
    finally:
        draft.unlink()
