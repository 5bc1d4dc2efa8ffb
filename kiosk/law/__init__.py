"""The law as data and one pure evaluator: facts, premises and time in, a decision with its paragraphs out.

    instruments = load_instruments(Path("config/instruments"))
    decision = decide(instruments, scenario(json.loads(line)))

`docs/instruments.md` is the vocabulary in which instruments are written; ADR 0002 says why and how it is read.
"""

from kiosk.law.decision import Decision, Limits, Reason
from kiosk.law.evaluate import decide, limits, next_opening
from kiosk.law.facts import (
    WHOLE,
    Customer,
    Party,
    PcrSample,
    Premises,
    PremisesLimits,
    Scenario,
    ScenarioError,
    Staff,
    Zone,
    scenario,
)
from kiosk.law.instrument import Instrument, Instruments, Penalty
from kiosk.law.loader import InstrumentError, load_instruments

__all__ = [
    "WHOLE",
    "Customer",
    "Decision",
    "Instrument",
    "InstrumentError",
    "Instruments",
    "Limits",
    "Party",
    "PcrSample",
    "Penalty",
    "Premises",
    "PremisesLimits",
    "Reason",
    "Scenario",
    "ScenarioError",
    "Staff",
    "Zone",
    "decide",
    "limits",
    "load_instruments",
    "next_opening",
    "scenario",
]
