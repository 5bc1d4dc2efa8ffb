"""Writing what the set-up made: the venue file with its comments, the keys that were pasted, the first account."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml

from kiosk.accounts import Accounts
from kiosk.errors import KioskError
from kiosk.ledger import sealing
from kiosk.settings import Settings
from kiosk.web.setup.draft import Draft, Places

_HEAD = """\
# The venue of this kiosk, made by `kiosk setup`. Change it by hand, then start the services again: a wrong setting
# stops the start with its line, the reason and the mend. config/venues has commented examples of other venues.
"""

#: Comment -> the keys below it, in the order of the file.
_PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What the venue and this door are called, in the log and to central.", ("venue", "kiosk", "name")),
    (
        (
            "The id on the venue's LeaveHomeSafe poster, and the type in its code (`kiosk read PHOTO` tells both). Two types\n"
            "are known, IMPORT and SPORTSCULTURALRECREATIONAL. Where you have the Government's own poster, hang that one."
        ),
        ("leavehomesafe_id", "leavehomesafe_type"),
    ),
    ("A production door refuses demo keys and clocks set by hand.", ("production",)),
    (
        "The premises as the law sees them: capacities are the normal ones, in persons; the law takes its share.",
        ("premises",),
    ),
    (
        "Whether directions count that are known from press reports only, not the gazetted text.",
        ("include_unofficial",),
    ),
    (
        "Who decides at the door (`staffed` or `unattended`), and the venue's own steps there, which staff tick.",
        ("admission",),
    ),
    ("How the door is wired: docs/wiring.md. `none` is a venue without lock or sensor.", ("door",)),
    ("What reads the visitors' codes.", ("cameras", "scanners")),
    ("The servers that the log is copied to.", ("central",)),
    (
        "Where the log is kept, and the health authority's key to which personal data is sealed.",
        ("data", "socket", "sealing_key_file"),
    ),
)


class WriteError(KioskError, OSError):
    """The set-up could not be written; what there was before is still there."""

    code = "cannot_write"


class ExistsError(WriteError):
    """There is a venue file already, and nobody has said that it may be replaced."""

    code = "exists"


def venue_text(settings: Settings) -> str:
    """The venue file as text."""
    data = settings.model_dump(mode="json", exclude_unset=True)
    premises = data["premises"]
    for key in ("opens_at", "closes_at"):
        if premises.get(key):
            premises[key] = premises[key][:5]
    data["production"] = settings.production
    parts = [_HEAD]
    for comment, keys in _PARTS:
        told = {key: data[key] for key in keys if key in data}
        if told:
            said = "".join(f"# {line}\n" for line in comment.splitlines())
            parts.append(f"{said}{_yaml(told)}")
    return "\n".join(parts)


def _yaml(data: dict[str, Any]) -> str:
    """A block a key; what holds only plain values stands on one line."""
    return "".join(
        yaml.safe_dump(
            {key: value},
            allow_unicode=True,
            sort_keys=False,
            default_flow_style=None if isinstance(value, dict | list) else False,
            width=110,
        )
        for key, value in data.items()
    )


def write(settings: Settings, draft: Draft, places: Places, *, replace: bool = False) -> None:
    """Write everything; the venue file comes last, whole or not at all. A file that is replaced is kept as ``.old``.

    Raises:
        ExistsError: there is a venue file, and ``replace`` is False.
        KioskError: something cannot be written.
    """
    if places.file.exists() and not replace:
        raise ExistsError(
            "there is a venue file already", where=str(places.file), mend="say that it may be replaced"
        )
    try:
        places.file.parent.mkdir(parents=True, exist_ok=True)
        places.data.mkdir(parents=True, exist_ok=True)
        key = sealing.pasted_public_key(draft.get("sealing_key"))
        _put(places.sealing_key, sealing.public_text(key.key, key.made), 0o644, places.file.parent)
        if settings.central:
            places.token.parent.mkdir(mode=0o700, exist_ok=True)
            _put(places.token, draft.get("central_token") + "\n", 0o400, places.data)
            _belongs(places.token.parent, places.data)
        accounts = places.data / "accounts.json"
        Accounts(accounts).save(
            draft.get("manager_name"), "manager", draft.typed["manager_password"], draft.get("manager_pin")
        )
        _belongs(accounts, places.data)
        if places.file.exists():
            shutil.copy2(places.file, places.file.with_name(f"{places.file.name}.old"))
        _put(places.file, venue_text(settings), 0o640, places.file.parent)
    except OSError as error:
        if isinstance(error, KioskError):
            raise
        raise WriteError(
            f"cannot be written ({error.strerror})",
            where=str(error.filename or places.file),
            mend="run kiosk setup as a user who may write there",
        ) from error


def _put(file: Path, text: str, mode: int, like: Path) -> None:
    """Write a file at once, owned as the folder ``like`` is where we may say so."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fchmod(out.fileno(), mode)
            os.fsync(out.fileno())
        _belongs(made, like)
        made.replace(file)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _belongs(file: Path, like: Path) -> None:
    """Root writes for the services: their folder says who they are."""
    if os.geteuid() == 0:
        stat = like.stat()
        os.chown(file, stat.st_uid, stat.st_gid)
