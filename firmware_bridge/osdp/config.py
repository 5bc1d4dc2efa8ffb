"""How a door with OSDP readers is wired, as the venue's settings say it."""

from __future__ import annotations

from os.path import normpath
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from firmware_bridge.times import DoorwayConfig

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReaderConfig(_Config):
    """One reader on the line."""

    address: Annotated[int, Field(ge=0, le=126)]
    #: The file with its key (32 hexadecimal digits), which only the door's user may read; `kiosk osdp install` makes it.
    key_file: Path | None = None
    #: A reader that cannot do a secure channel: whoever reaches the cable opens the door. It has to be said outright.
    in_clear: bool = False

    @model_validator(mode="after")
    def _key_or_clear(self) -> Self:
        if (self.key_file is None) is not self.in_clear:
            raise ValueError(
                "give the reader's key_file, or say in_clear: true where it cannot do a secure channel"
            )
        return self


class Output(_Config):
    """A relay of a reader."""

    reader: Name
    output: Annotated[int, Field(ge=0, le=255)] = 0


class InputAt(_Config):
    """An input of a reader. ``active_high``: the input that reports 1 means that the thing is so (open, pressed, broken)."""

    reader: Name
    input: Annotated[int, Field(ge=0, le=255)]
    active_high: bool = True


class OsdpConfig(DoorwayConfig):
    """A door on one RS-485 line."""

    #: The serial device: name it by its path under /dev/serial/by-id, which stays when another converter is plugged in.
    port: str
    baud: Literal[9600, 19200, 38400, 57600, 115200, 230400] = 9600
    readers: Annotated[dict[Name, ReaderConfig], Field(min_length=1)]
    lock: Output

    contact: InputAt | None = None
    exit_button: InputAt | None = None
    beam_outer: InputAt | None = None
    beam_inner: InputAt | None = None
    #: Where to write what goes over the line, for a technician; without keys.
    trace: Path | None = None

    def beside(self, folder: Path) -> OsdpConfig:
        """The same with key files and trace counted from ``folder``."""
        readers = {
            name: reader.model_copy(update={"key_file": _from(folder, reader.key_file)})
            for name, reader in self.readers.items()
        }
        return self.model_copy(update={"readers": readers, "trace": _from(folder, self.trace)})

    @property
    def inputs(self) -> dict[str, InputAt]:
        """What is wired, by name."""
        wired = {name: getattr(self, name) for name in ("contact", "exit_button", "beam_outer", "beam_inner")}
        return {name: at for name, at in wired.items() if at is not None}

    @property
    def counts_entries(self) -> bool:
        """Two beams, or the one that is said to count people in."""
        return self._beams == 2 or (self._beams == 1 and self.single_beam_counts == "in")  # noqa: PLR2004 - both

    @property
    def counts_exits(self) -> bool:
        """Two beams, or the one that is said to count people out."""
        return self._beams == 2 or (self._beams == 1 and self.single_beam_counts == "out")  # noqa: PLR2004 - both

    @property
    def _beams(self) -> int:
        return sum(beam is not None for beam in (self.beam_outer, self.beam_inner))

    @model_validator(mode="after")
    def _all_known(self) -> Self:
        addresses = [reader.address for reader in self.readers.values()]
        if len(set(addresses)) != len(addresses):
            raise ValueError("readers: two of them have the same address")
        places = [("lock", self.lock.reader), *((name, at.reader) for name, at in self.inputs.items())]
        for name, reader in places:
            if reader not in self.readers:
                raise ValueError(f"{name}: there is no reader {reader!r}")
        wires = [(at.reader, at.input) for at in self.inputs.values()]
        if len(set(wires)) != len(wires):
            raise ValueError("one input of a reader is named for two things")
        return self


def _from(folder: Path, file: Path | None) -> Path | None:
    return file and Path(normpath(folder / file))
