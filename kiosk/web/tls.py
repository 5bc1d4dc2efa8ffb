"""The kiosk's own certificate: made at first use, for a network on which nobody vouches for anybody.

Nothing but the fingerprint tells the kiosk from a stranger who calls himself so: it stands on the kiosk's own screens, and whoever connects
compares it with what their browser shows. So key and certificate stay the same until the certificate runs out
or the kiosk gets another name. The key is readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kiosk.web.keys import KeyFileError, write_private

#: How long a certificate lasts; browsers refuse longer ones.
LIFE = timedelta(days=397)
#: A new one is made as much before it ends, at the next start.
RENEW = timedelta(days=30)
#: A clock without a battery may be behind.
_BEHIND = timedelta(days=1)
_NAME = "tls.pem"
#: An address that nothing is sent to: it is asked which of our own addresses would be used.
_ELSEWHERE = ("192.0.2.1", 9)


@dataclass(frozen=True)
class Tls:
    """How the pages are reached over TLS."""

    #: The SHA-256 of the certificate, in hex, as browsers show it.
    fingerprint: str
    port: int
    #: What the kiosk is called on its network, or else None: its address at the moment is asked for.
    name: str | None = None

    @property
    def address(self) -> str:
        """Where another device on the network finds the pages: ``https://…``, without a slash at its end."""
        return f"https://{self.name or own_address() or 'localhost'}:{self.port}"

    @property
    def groups(self) -> tuple[str, ...]:
        """The fingerprint in groups of four signs, for people to compare."""
        return tuple(self.fingerprint[at : at + 4] for at in range(0, len(self.fingerprint), 4))


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, together in one file (PEM)."""

    file: Path
    fingerprint: str


def own_certificate(folder: Path, names: Iterable[str], now: datetime) -> Certificate:
    """The certificate in ``folder``, made anew where there is none, it ends soon, or lacks one of ``names``.

    Args:
        folder: of the pages alone; made where it is missing.
        names: host names and addresses.
        now: the real time, aware.

    Raises:
        KeyFileError: it can be neither read nor made, or others may read the key.
    """
    file = folder / _NAME
    wanted = set(names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = _held(file)
    except KeyFileError:
        raise
    except OSError as error:
        raise KeyFileError(
            f"the certificate of the pages cannot be kept ({error.strerror})",
            where=str(file),
            mend="give the user of kiosk web the right to write there",
        ) from error
    if held is None or held.not_valid_after_utc - RENEW <= now or not wanted <= _names(held):
        held = _make(file, wanted | (_names(held) if held else set()), now)
    return Certificate(file, hashlib.sha256(held.public_bytes(serialization.Encoding.DER)).hexdigest())


def own_names() -> set[str]:
    """What this machine is called by itself: its names and the address that it has at the moment."""
    host = socket.gethostname().lower()
    found = {"localhost", "127.0.0.1"}
    if host and all(sign.isalnum() or sign in "-." for sign in host):
        found |= {host} if "." in host else {host, f"{host}.local"}
    address = own_address()
    return found | ({address} if address else set())


def own_address() -> str | None:
    """The address of this machine on its network, or None where it has none; nothing is sent."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(_ELSEWHERE)
        return str(asked.getsockname()[0])
    return None


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """TLS 1.2 or 1.3 with the system's own choice of ciphers.

    Raises:
        KeyFileError: the file is no certificate with its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate.file)
    except (OSError, ssl.SSLError) as error:
        raise _broken(certificate.file) from error
    return context


def _held(file: Path) -> x509.Certificate | None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    if file.stat().st_mode & 0o077:
        raise KeyFileError("others may read the key of the pages", where=str(file), mend="chmod 600 it")
    try:
        return x509.load_pem_x509_certificate(content)
    except ValueError as error:
        raise _broken(file) from error


def _broken(file: Path) -> KeyFileError:
    return KeyFileError(
        "is no certificate with its key",
        where=str(file),
        mend="remove it and start again; the fingerprint will be another",
    )


def _names(certificate: x509.Certificate) -> set[str]:
    said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {
        *said.get_values_for_type(x509.DNSName),
        *(str(address) for address in said.get_values_for_type(x509.IPAddress)),
    }


def _make(file: Path, names: set[str], now: datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Venue Kiosk")])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(os.urandom(16)) >> 1)
        .not_valid_before(now - _BEHIND)
        .not_valid_after(now - _BEHIND + LIFE)
        .add_extension(
            x509.SubjectAlternativeName([_general(name) for name in sorted(names)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(file, (secret + made.public_bytes(serialization.Encoding.PEM)).decode("ascii"))
    return made


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
