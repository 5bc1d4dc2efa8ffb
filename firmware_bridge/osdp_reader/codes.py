"""The numbers of the specification: commands, replies, refusals, security blocks."""

from __future__ import annotations

from enum import IntEnum


class Command(IntEnum):
    """What a panel may ask of this reader."""

    POLL = 0x60
    ID = 0x61
    CAP = 0x62
    LSTAT = 0x64
    ISTAT = 0x65
    OSTAT = 0x66
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    KEYSET = 0x75
    CHLNG = 0x76
    SCRYPT = 0x77


class Reply(IntEnum):
    """What this reader answers."""

    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    LSTATR = 0x48
    ISTATR = 0x49
    OSTATR = 0x4A
    RAW = 0x50
    KEYPAD = 0x53
    CCRYPT = 0x76
    RMAC_I = 0x78


class Nak(IntEnum):
    """Why a command was not carried out."""

    LENGTH = 2
    UNKNOWN = 3
    SEQUENCE = 4
    BLOCK = 5
    SECURITY = 6
    UNABLE = 9


class Block(IntEnum):
    """The types of security blocks: two of the panel and two of the reader begin a channel, then two each in it."""

    CHALLENGE = 0x11
    CRYPTOGRAM = 0x12
    SERVER = 0x13
    FIRST_MAC = 0x14
    SIGNED_COMMAND = 0x15
    SIGNED_REPLY = 0x16
    SEALED_COMMAND = 0x17
    SEALED_REPLY = 0x18


#: Those whose frames end with four bytes of a MAC.
WITH_MAC = frozenset({Block.SIGNED_COMMAND, Block.SIGNED_REPLY, Block.SEALED_COMMAND, Block.SEALED_REPLY})
