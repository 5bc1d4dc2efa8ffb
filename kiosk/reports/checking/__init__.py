"""The parts of which `kiosk.reports.verify` is made: one thing that can be wrong with an export a module."""
