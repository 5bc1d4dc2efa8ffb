"""``verify.html``: the page by which an inspector checks an export anywhere, offline, with nothing but a browser.

One file, joined from the sources in ``pages/verify``: nothing is fetched, and its own policy lets it run no script and no
style but those whose hashes stand in it. What differs between two centrals is one line of data, the authority's key, so
the program is byte for byte the same everywhere.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from central import keys
from central.errors import CentralError
from kiosk import __version__
from kiosk.ledger.keyfiles import load_note_key
from kiosk.ledger.notes import ED25519, NoteKey

_SOURCES = Path(__file__).parent / "pages" / "verify"
#: In the order in which they are joined: what is used stands before what uses it.
SCRIPTS = (
    *("bytes", "sha256", "json", "findings", "zip", "notes", "tree", "certificate", "entries", "listed"),
    *("signed", "around", "check", "words", "able", "page"),
)
#: What would end or hide a script within a page.
_NOT_INLINE = re.compile(r"</(script|style)|<!--|<script", re.IGNORECASE)
_PLACE = re.compile(r"\{(policy|authority|version|style|script)\}")


@dataclass(frozen=True)
class VerifyPage:
    """The page, and the policy that stands in it."""

    html: bytes
    policy: str

    @property
    def etag(self) -> str:
        """Names these bytes."""
        return hashlib.sha256(self.html).hexdigest()


def make_page(authority: NoteKey | None) -> VerifyPage:
    """The page for those whom ``authority`` vouches for; without it, whoever uses the page has to bring the key.

    Raises:
        CentralError: a key that does not sign certificates.
    """
    if authority is not None and authority.algorithm != ED25519:
        raise CentralError("is not a key that signs certificates", where=authority.name)
    script = '"use strict";\n(() => {\n' + "\n".join(map(_source, SCRIPTS)) + "})();\n"
    style = _source("verify", "css")
    for part in (script, style):
        if _NOT_INLINE.search(part):
            raise AssertionError("a source of verify.html holds what cannot stand within a page")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data:",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {
        "policy": policy,
        "authority": "" if authority is None else html.escape(str(authority)),
        "version": html.escape(__version__),
        "style": style,
        "script": script,
    }
    page = _PLACE.sub(lambda place: parts[place[1]], _source("verify", "html"))
    return VerifyPage(page.encode(), policy)


def _source(name: str, kind: str = "js") -> str:
    return (_SOURCES / f"{name}.{kind}").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# The verb


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare it."""
    verb = verbs.add_parser("verify-page", help="write the page by which inspectors check exports offline")
    whose = verb.add_mutually_exclusive_group()
    whose.add_argument("--data", type=Path, metavar="DIR", help="central's own folder: its authority's key")
    whose.add_argument(
        "--authority", metavar="KEY", help="an authority's public key, or its file; without either, none"
    )
    verb.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="where to")
    verb.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    authority = keys.authority_key(args.data) if args.data else _given(args.authority)
    write(make_page(authority), args.out)
    if authority is None:
        print("without a key: whoever uses the page has to bring the authority's")
    else:
        print(f"{authority.name}\nfingerprint: {authority.fingerprint}")
    return 0


def write(page: VerifyPage, file: Path) -> None:
    """Write the page: whole, or not at all.

    Raises:
        CentralError: it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        try:
            with draft.open("xb") as stream:
                stream.write(page.html)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise CentralError(f"cannot be written ({error.strerror})", where=str(file)) from error


def _given(key: str | None) -> NoteKey | None:
    if key is None:
        return None
    file = Path(key)
    return load_note_key(file) if file.exists() else NoteKey.parse(key)
