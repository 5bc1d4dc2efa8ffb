"""The servers that kiosks sync to: enrolment, and a replica of every kiosk's log, byte for byte."""
