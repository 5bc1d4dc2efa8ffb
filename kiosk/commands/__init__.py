"""The verbs of the program `kiosk`, a module each."""
