"""The venue's own file: what the premises are, how the door is run, where things are.

One YAML file (`config/venues/*.yaml` are examples). A wrong setting stops the start with key, reason and mend.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
from datetime import time
from functools import cached_property
from os.path import normpath
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from kiosk import documents
from kiosk.errors import SettingsError
from kiosk.texts import Language

_IDENT = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"
Ident = Annotated[str, Field(pattern=_IDENT)]
Names = dict[Language, str]
Way = Literal["staffed", "unattended"]
Step = Literal["temperature", "mask", "hand_sanitiser"]


#: The instruments, key rings and examples that came with the kiosk.
SHIPPED = Path(__file__).parents[1] / "config"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableSettings(_Settings):
    """A table that staff can seat people at."""

    id: Ident
    #: What it is called on the floor plan and, after its id, at the desk, where the id does not say it.
    name: Names | None = None
    seats: int = Field(gt=0)
    #: The room that it stands in, where there are rooms.
    room: Ident | None = None


class RoomSettings(_Settings):
    """A room, or a partitioned area, that staff can send people to."""

    id: Ident
    name: Names
    places: int = Field(gt=0, description="how many people it holds")


class ZoneSettings(_Settings):
    """A designated zone: the part of the premises that one mode of operation binds."""

    id: Ident
    name: Names
    mode: str | None = None
    capacity: int = Field(gt=0, description="normal seating capacity, in persons")
    tables: tuple[TableSettings, ...] = ()
    rooms: tuple[RoomSettings, ...] = ()


class StaffMember(_Settings):
    """What the law asks about a member of staff, as `kiosk decide` takes it; never a name."""

    id: Ident
    doses: tuple[str, ...] = ()
    unfit: bool = False
    declaration: bool = False
    medical_certificate: bool = False
    pcr_samples: tuple[str, ...] = ()


class PremisesSettings(_Settings):
    """The premises as the law sees them. Without zones, they are one area with the key ``premises``."""

    kind: str
    mode: str | None = None
    capacity: int = Field(gt=0)
    zones: tuple[ZoneSettings, ...] = ()
    tables: tuple[TableSettings, ...] = ()
    rooms: tuple[RoomSettings, ...] = ()
    staff: tuple[StaffMember, ...] = ()
    setting: Literal["indoor", "outdoor"] | None = None
    #: Food or drink is served at a gathering, other than as part of the rite.
    food_or_drink: bool = False
    #: A tour is licensed and registered; a meeting is held because the law asks for it.
    qualifies: bool = True
    #: Outdoors in a country park or special area.
    country_park: bool = False
    opens_at: time | None = None
    closes_at: time | None = None
    limits: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _ids_are_unique(self) -> PremisesSettings:
        tables = [table.id for table in self.tables] + [
            table.id for zone in self.zones for table in zone.tables
        ]
        rooms = [room.id for room in self.rooms] + [room.id for zone in self.zones for room in zone.rooms]
        for what, ids in (("zone", [zone.id for zone in self.zones]), ("table", tables), ("room", rooms)):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            if twice:
                raise ValueError(f"two {what}s have the id {twice[0]!r}")
        if self.zones and self.tables:
            raise ValueError("premises with zones list their tables in the zones")
        if self.zones and self.rooms:
            raise ValueError("premises with zones list their rooms in the zones")
        return self

    @model_validator(mode="after")
    def _tables_stand_in_rooms_that_are_there(self) -> PremisesSettings:
        areas = [(self.rooms, self.tables), *((zone.rooms, zone.tables) for zone in self.zones)]
        for area_rooms, area_tables in areas:
            rooms = [room.id for room in area_rooms]
            for table in area_tables:
                if table.room is not None and table.room not in rooms:
                    raise ValueError(
                        f"table {table.id!r} stands in room {table.room!r}, "
                        f"but the rooms there are {', '.join(rooms) or 'none'}"
                    )
        return self


class AdmissionSettings(_Settings):
    """How people are let in."""

    way: Way = "staffed"
    #: The zone that an unattended door admits to; needed when there are several.
    zone: Ident | None = None
    #: What counts as evidence that a visitor scanned the LeaveHomeSafe code of the venue.
    #: ``receipt`` is our own signed receipt, which no authority has accepted: only where the venue says so.
    lhs_evidence: tuple[Literal["staff_saw", "declared", "receipt"], ...] = ("staff_saw", "declared")
    #: For how long a proof that let somebody in is known again, in minutes; 0: not at all.
    reentry_minutes: int = Field(default=120, ge=0, le=1440)
    #: The venue's own steps at the door: staff tick each of them before a party is admitted.
    steps: tuple[Step, ...] = ()
    #: How long the door waits for each released person, in seconds.
    passage_timeout_s: float = Field(default=8.0, ge=1, le=60)
    #: How long an answer stands on the display, in seconds.
    verdict_s: float = Field(default=6.0, ge=2, le=30)
    #: How long an unattended visitor may stand still before the display forgets them, in seconds.
    idle_s: float = Field(default=30.0, ge=5, le=300)

    @model_validator(mode="after")
    def _steps_differ(self) -> AdmissionSettings:
        twice = sorted({step for step in self.steps if self.steps.count(step) > 1})
        if twice:
            raise ValueError(f"steps: {twice[0]!r} is named twice")
        return self


class CameraSettings(_Settings):
    """A camera (index, device or address), a video file or a folder of images."""

    name: Ident
    source: str | int
    preview: bool = True


#: What scanners are sold with: bits a second, and milliseconds of silence after which nothing more of a code comes. One
#: that types has a pause after each key.
DEFAULT_BAUD, SERIAL_IDLE_MS, KEYBOARD_IDLE_MS = 9600, 200, 500
_Device = Annotated[str, Field(pattern=r"^/")]
_IdleMs = Annotated[int, Field(ge=20, le=10_000)]


class SerialScannerSettings(_Settings):
    """A scanner at a serial port, 8 data bits, no parity, 1 stop bit; also USB that looks like a port."""

    name: Ident
    kind: Literal["serial"]
    port: _Device
    baud: int = Field(default=DEFAULT_BAUD, ge=300, le=4_000_000)
    idle_ms: _IdleMs = SERIAL_IDLE_MS

    @property
    def source(self) -> str:
        """The device."""
        return self.port


class KeyboardScannerSettings(_Settings):
    """A scanner that types as a US keyboard does."""

    name: Ident
    kind: Literal["keyboard"]
    device: _Device
    idle_ms: _IdleMs = KEYBOARD_IDLE_MS

    @property
    def source(self) -> str:
        """The device."""
        return self.device


ScannerSettings = Annotated[SerialScannerSettings | KeyboardScannerSettings, Field(discriminator="kind")]


class CentralSettings(_Settings):
    """The servers that the log is replicated to."""

    url: str = Field(pattern=r"^https?://")
    token_file: Path


class TlsSettings(_Settings):
    """The pages over the venue's own network, encrypted: for inspectors' and staff's own devices."""

    host: str = "0.0.0.0"  # noqa: S104 - that is what it is for
    port: int = Field(default=8443, ge=1, le=65535)
    #: What the kiosk is called on that network, beside its own name and addresses.
    names: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$")], ...] = ()


class ContinuesSettings(_Settings):
    """The lost kiosk whose place this one takes, as ``central enrol --replaces`` printed it."""

    kiosk: Ident
    entries: int = Field(ge=0)
    root: str = Field(pattern=r"^[A-Za-z0-9+/]{43}=$")


class Settings(_Settings):
    """The whole venue file."""

    venue: Ident
    kiosk: Ident
    name: Names
    leavehomesafe_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9]{8}$")
    #: The word for the kind of venue on the poster that the Government issued. Two are known, from public posters:
    #: ``IMPORT`` and ``SPORTSCULTURALRECREATIONAL``; that for restaurants and most others is not.
    leavehomesafe_type: str = Field(default="IMPORT", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    production: bool = True
    premises: PremisesSettings
    admission: AdmissionSettings = AdmissionSettings()
    #: Checked by ``firmware_bridge``, which knows its doors: `load` is given the model.
    door: Any = {"kind": "none"}
    cameras: tuple[CameraSettings, ...] = ()
    scanners: tuple[ScannerSettings, ...] = ()
    central: CentralSettings | None = None
    continues: ContinuesSettings | None = None
    data: Path
    instruments: Path = SHIPPED / "instruments"
    #: Whether instruments that are not the gazetted text count; they are known from press reports only.
    include_unofficial: bool = False
    #: The keys that count; those of Hong Kong's records that came with the kiosk, unless others are named.
    keyrings: tuple[Path, ...] = (SHIPPED / "keyrings" / "hk.yaml",)
    #: Folders of sources of trust lists: whose signature counts, in which form, for how long. Later folders come first.
    trust_sources: tuple[Path, ...] = (SHIPPED / "trust",)
    #: The health authority's public key (X25519, base64), to which personal data is sealed.
    sealing_key_file: Path
    socket: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)
    #: Where it stands, the pages are served over TLS as well.
    tls: TlsSettings | None = None
    #: Where an inspector's stick is mounted. With ``production: false`` a plain folder does as well.
    usb: Path = Path("/run/venue-kiosk/usb")

    @model_validator(mode="after")
    def _unattended_knows_its_zone(self) -> Settings:
        zones = [zone.id for zone in self.premises.zones]
        if self.admission.zone is not None and self.admission.zone not in zones:
            raise ValueError(
                f"admission.zone names {self.admission.zone!r}, but the zones are {', '.join(zones) or 'none'}"
            )
        if self.admission.way == "unattended" and len(zones) > 1 and self.admission.zone is None:
            raise ValueError("admission.zone must say which zone the unattended door admits to")
        return self

    @model_validator(mode="after")
    def _alarms_say_what_is_lost(self) -> Settings:
        names = [reader.name for reader in (*self.cameras, *self.scanners)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two cameras or scanners have the name {twice[0]!r}")
        return self

    @model_validator(mode="after")
    def _another_log_is_continued(self) -> Settings:
        if self.continues and self.continues.kiosk == self.kiosk:
            raise ValueError("continues.kiosk is this kiosk: a new box needs an id that no box had")
        return self

    @model_validator(mode="after")
    def _tokens_do_not_travel_in_clear(self) -> Settings:
        if self.production and self.central:
            address = urlsplit(self.central.url)
            if address.scheme == "http" and address.hostname not in {"127.0.0.1", "localhost", "::1"}:
                raise ValueError("central.url must be https: the kiosk's token would travel in clear")
        return self

    @property
    def socket_path(self) -> Path:
        """Where the door service listens for the pages."""
        return self.socket or self.data / "door.sock"

    @cached_property
    def zone_names(self) -> dict[str, Names]:
        """What each zone is called."""
        return {zone.id: zone.name for zone in self.premises.zones}

    @property
    def plan(self) -> str | None:
        """What the floor plan at the entrance has to show, as a SHA-256 in hex; None without zones."""
        zones = [[zone.id, zone.mode, zone.capacity] for zone in self.premises.zones]
        return hashlib.sha256(json.dumps(zones).encode()).hexdigest() if zones else None

    @property
    def zone_ids(self) -> tuple[str, ...]:
        """The zones, or the one key ``premises``."""
        return tuple(zone.id for zone in self.premises.zones) or (WHOLE,)


#: Where the services of an installed kiosk find their venue.
INSTALLED = Path("/etc/venue-kiosk/venue.yaml")

#: The key of premises without zones, in counts and decisions.
WHOLE = "premises"


def venue_file(given: Path | None) -> Path:
    """The venue file to use: the one given, or ``$KIOSK_CONFIG``, or the installed one, or the demo's.

    Raises:
        SettingsError: there is none of these.
    """
    named = os.environ.get("KIOSK_CONFIG")
    choices = [given] if given else [Path(named)] if named else [INSTALLED, SHIPPED / "venues" / "demo.yaml"]
    for file in choices:
        if file.is_file():
            return file
    raise SettingsError(
        "there is no venue file",
        where=str(choices[0]),
        mend=f"name another with --config or in KIOSK_CONFIG, or make it in the browser: kiosk setup --config {choices[0]}",
    )


def add_config_argument(parser: argparse.ArgumentParser) -> None:
    """The option that every service and tool of a venue has."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the venue file (default: $KIOSK_CONFIG, then the installed one)",
    )


def load(file: Path, *, door: type[BaseModel] | None = None) -> Settings:
    """Read a venue file; paths in it count from its own folder. ``door`` is the model of its part ``door``.

    Raises:
        SettingsError: names each wrong key with line, reason and mend.
    """
    document = documents.load(file)
    data = document.data
    if not isinstance(data, dict):
        raise SettingsError(
            "is not a venue file", where=str(file), mend="start from an example in config/venues"
        )
    model = create_model("Settings", __base__=Settings, door=(door, door())) if door else Settings
    settings = documents.check(document, model, error=SettingsError)
    base = file.resolve().parent
    paths = _absolute(settings, base)
    return settings.model_copy(update=paths | ({"door": settings.door.beside(base)} if door else {}))


def _absolute(settings: Settings, base: Path) -> dict[str, Any]:
    paths: dict[str, Any] = {
        key: Path(normpath(base / value))
        for key in ("data", "instruments", "sealing_key_file", "socket", "usb")
        if isinstance(value := getattr(settings, key), Path)
    }
    paths["keyrings"] = tuple(Path(normpath(base / ring)) for ring in settings.keyrings)
    paths["trust_sources"] = tuple(Path(normpath(base / folder)) for folder in settings.trust_sources)
    if settings.central:
        paths["central"] = settings.central.model_copy(
            update={"token_file": Path(normpath(base / settings.central.token_file))}
        )
    paths["cameras"] = tuple(
        camera.model_copy(update={"source": _source(camera.source, base)}) for camera in settings.cameras
    )
    return paths


def _source(source: str | int, base: Path) -> str | int:
    if isinstance(source, int) or source.isdigit():
        return int(source)
    if re.match(r"^[a-z]+://", source) or source.startswith("/"):
        return source
    return normpath(base / source)
