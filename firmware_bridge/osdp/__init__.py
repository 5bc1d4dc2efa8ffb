"""OSDP (SIA OSDP 2.2, IEC 60839-11-5): the control panel's side of readers on an RS-485 line."""
