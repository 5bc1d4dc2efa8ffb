"""What a play has on its stage: the screens, the taps, the door, and the people's own tally beside the kiosk's count."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.demo.doorstep import Doorstep
from kiosk.demo.evening import CheckStep
from kiosk.demo.staff import Taps
from kiosk.demo.tally import Tally
from kiosk.demo.watching import EveningError, Watch
from kiosk.gate.snapshot import Snapshot

#: Seconds that the kiosk may take to show what has just happened.
MOMENT_S = 5.0


@dataclass(frozen=True)
class Scene:
    """One evening's stage."""

    #: What the screens say.
    watch: Watch
    #: The desk and the touch screen.
    taps: Taps
    #: The simulated door.
    doorstep: Doorstep
    #: Prints a line of the story.
    say: Callable[[str], None]
    tally: Tally = field(default_factory=Tally)
    #: Lets so many seconds go by, in which people read or think.
    pause: Callable[[float], None] = time.sleep

    def compare(self) -> None:
        """The kiosk's count has to become the people's within a moment, and who sits, waits and feasts where.

        Raises:
            EveningError: it did not; both are told.
        """
        try:
            self.watch.until("the count", lambda s: not self._differences(s), MOMENT_S)
        except EveningError as error:
            raise EveningError("; ".join(self._differences(self.watch.now()))) from error

    def _differences(self, snapshot: Snapshot) -> list[str]:
        return [*self.tally.differences(snapshot), *self.tally.misplaced(snapshot)]

    def check(self, check: CheckStep) -> None:
        """The screens have to say so within a moment.

        Raises:
            EveningError: they say something else.
        """
        try:
            self.watch.until("the screens to say so", lambda s: not _unlike(check, s), MOMENT_S)
        except EveningError as error:
            seen = _unlike(check, self.watch.now())
            said = ", ".join(f"{name}: {value}" for name, value in seen.items())
            raise EveningError(f"the screens say {said} of {check.zone}") from error

    def no_alarm(self) -> None:
        """No alarm may stand: whatever raised one was in no script.

        Raises:
            EveningError: one does.
        """
        try:
            self.watch.until("the alarms to end", lambda s: not s.alarms, MOMENT_S)
        except EveningError as error:
            told = "; ".join(alarm.text["en"] for alarm in self.watch.now().alarms)
            raise EveningError(f"an alarm stands at the end of the evening: {told}") from error

    def tell_counts(self, *, admitted: bool | None = None) -> None:
        """Say what the screens say, once it is what the people know."""
        self.compare()
        snapshot = self.watch.now()
        zones = ", ".join(
            f"{zone.name['en']} {zone.taken}/{'-' if zone.limit is None else zone.limit}"
            for zone in snapshot.zones
        )
        outcome = {True: "ADMITTED: ", False: "refused: ", None: ""}[admitted]
        self.say(f"       {outcome}{zones} · {snapshot.at:%H:%M}")


def _unlike(check: CheckStep, snapshot: Snapshot) -> dict[str, object]:
    """What the screens say of the zone, where it is not what is expected."""
    zone = next((zone for zone in snapshot.zones if zone.id == check.zone), None)
    if zone is None:
        return {"nothing": None}
    seen = {
        "full": zone.left == 0,
        "closed": zone.phase == "closed",
        "limited": zone.limit is not None,
        "inside": zone.inside,
        "left": zone.left,
    }
    wanted = check.model_dump(exclude={"zone"}, exclude_none=True)
    return {name: seen[name] for name, value in wanted.items() if seen[name] != value}
