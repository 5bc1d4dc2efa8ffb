"""The times of a door, whatever drives it, as the venue's settings say them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class DoorwayConfig(BaseModel):
    """What `doorway` goes by; each form of a door adds its wiring."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: How long one release lasts, in seconds.
    pulse_s: Annotated[float, Field(ge=0.1, le=60)] = 3.0
    #: What a broken beam means where there is only one of them.
    single_beam_counts: Literal["in", "out"] = "in"
    #: With beams so far apart that a person may stand between them: how long that may take, in seconds.
    passage_window_s: Annotated[float, Field(ge=0, le=10)] = 1.0
    #: An input counts once it has been steady for this long.
    debounce_ms: Annotated[int, Field(ge=0, le=500)] = 30
    #: An open door is reported after this many seconds.
    held_open_s: Annotated[float, Field(gt=0, le=3600)] = 30.0
    #: After a release has ended the door may still be opened for this long: a latch takes its time to fall.
    latch_grace_s: Annotated[float, Field(ge=0, le=10)] = 1.0
