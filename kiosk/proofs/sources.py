"""Sources of trust lists: files that say which list, in which form, under whose signature, and for how long it counts.

A source is a YAML file (``docs/formats.md``); its name is the file's. Those of ``config/trust`` came with the software. A signer's
key stands in the file, or in a file beside it (PEM), with where it is from and how sure we are of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kiosk import documents
from kiosk.errors import KioskError
from kiosk.proofs import strict_base64
from kiosk.proofs.lists import Form, Source
from kiosk.proofs.trust import TrustError
from kiosk.texts import LANGUAGES, Language

_IDENT = r"[a-z0-9][a-z0-9-]{0,31}"


class _Signer(BaseModel):
    """A key under which lists of the source count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: DER SubjectPublicKeyInfo in base64.
    key: str | None = None
    #: A certificate or public key (PEM); the path counts from the source's own folder.
    key_file: Path | None = None
    #: Where it was taken from.
    source: str = Field(min_length=1)
    #: How sure we are of it.
    note: str = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> _Signer:
        if (self.key is None) == (self.key_file is None):
            raise ValueError("a signer has either key or key_file")
        return self


class _Source(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: dict[Language, str]
    form: Form
    demo: bool = False
    life_days: int = Field(ge=1, le=3650)
    grace_days: int = Field(ge=0, le=3650)
    signers: tuple[_Signer, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _speaks_all_languages(self) -> _Source:
        if set(self.name) != set(LANGUAGES):
            raise ValueError(f"name has exactly the languages {', '.join(LANGUAGES)}")
        return self


def load(*folders: Path) -> tuple[dict[str, Source], dict[str, KioskError]]:
    """The sources of the files in ``folders`` by name, a later folder's in place of an earlier one's; and what is wrong with others."""
    found: dict[str, Source] = {}
    faults: dict[str, KioskError] = {}
    for file in _files(folders):
        try:
            found[file.stem] = read(file)
        except KioskError as error:
            faults[file.stem] = error
    return found, faults


def _files(folders: Iterable[Path]) -> Iterable[Path]:
    return (file for folder in folders for file in sorted(folder.glob("*.yaml")))


def read(file: Path) -> Source:
    """The source in ``file``.

    Raises:
        DocumentError: the file cannot be read or is none; names its line.
    """
    if not re.fullmatch(_IDENT, file.stem):
        raise TrustError(
            "has no name for a source", where=str(file), mend="use lower-case letters, figures and dashes"
        )
    document = documents.load(file)
    said = documents.check(document, _Source, error=TrustError)
    keys = []
    for number, signer in enumerate(said.signers):
        where = document.where(("signers", number))
        try:
            keys.append(_key(signer, file.parent))
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise TrustError(
                "its signer's key is none", where=where, mend="give DER in base64, or a PEM file"
            ) from error
    return Source(
        id=file.stem,
        name=said.name,
        form=said.form,
        signers=tuple(keys),
        life=timedelta(days=said.life_days),
        grace=timedelta(days=said.grace_days),
        demo=said.demo,
    )


def _key(signer: _Signer, folder: Path) -> PublicKeyTypes:
    if signer.key_file is None:
        return serialization.load_der_public_key(strict_base64.decode("".join((signer.key or "").split())))
    pem = (folder / signer.key_file).read_bytes()
    if b"BEGIN CERTIFICATE" in pem:
        return x509.load_pem_x509_certificate(pem).public_key()
    return serialization.load_pem_public_key(pem)
