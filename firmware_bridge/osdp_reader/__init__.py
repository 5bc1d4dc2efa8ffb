"""A reader that speaks OSDP (SIA, IEC 60839-11-5) on a serial line: the simulated door, in a process of its own.

The peripheral's side, written from the specification for itself: it shares no line of code with the panel's side in
`firmware_bridge.osdp`, so that a misreading in one is not hidden by the same misreading in the other. The rules are
pure (`peripheral`); lines, sockets and files are the business of ``python -m firmware_bridge.osdp_reader``.
"""

from firmware_bridge.osdp_reader.client import ReaderBench
from firmware_bridge.osdp_reader.peripheral import Peripheral
from firmware_bridge.osdp_reader.process import ReaderProcess

__all__ = ["Peripheral", "ReaderBench", "ReaderProcess"]
