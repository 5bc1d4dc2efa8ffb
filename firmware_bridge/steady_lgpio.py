"""gpiozero's lgpio pins, without the blip: an output is claimed with the level that it shall have.

gpiozero claims an output low and then writes its level, which switches an active-low relay on for a moment at every
start. Only a Raspberry Pi has the library below.
"""

from __future__ import annotations

from typing import Any

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin


class SteadyLGPIOPin(LGPIOPin):  # type: ignore[misc]  # gpiozero publishes no types
    """A pin that becomes an output at its final level."""

    _callback: Any

    def output_with_state(self, state: bool) -> None:  # noqa: FBT001 - gpiozero's signature
        """Claim the line as an output that is at ``state`` from the first moment."""
        if self._callback is not None:
            self._callback.cancel()
            self._callback = None
        lgpio.gpio_claim_output(self.factory._handle, self._number, int(state))  # noqa: SLF001 - gpiozero's own pins do so


class SteadyLGPIOFactory(LGPIOFactory):  # type: ignore[misc]  # gpiozero publishes no types
    """Makes such pins on the Pi's own chip."""

    def __init__(self) -> None:
        super().__init__()
        self.pin_class = SteadyLGPIOPin
