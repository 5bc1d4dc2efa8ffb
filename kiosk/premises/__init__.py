"""Who is inside: the fold of the log's entries. There is no second count."""

from kiosk.premises.fold import apply, fold
from kiosk.premises.model import Banquet, Done, DoorForm, Inspection, Party, Premises

__all__ = ["Banquet", "Done", "DoorForm", "Inspection", "Party", "Premises", "apply", "fold"]
