"""The door service: what `kiosk door` puts together, and takes apart again."""

from kiosk.service.door import DoorService, Shift

__all__ = ["DoorService", "Shift"]
