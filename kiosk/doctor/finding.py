"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What one check found. ``fatal``: the door could not serve like this."""

    part: str
    ok: bool
    said: str
    mend: str = ""
    fatal: bool = True

    def __str__(self) -> str:
        """A line for people."""
        if self.ok:
            return f"ok      {self.part}: {self.said}"
        return f"{'WRONG ' if self.fatal else 'mind  '}  {self.part}: {self.said}: {self.mend}"


def good(part: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(part, ok=True, said=said)


def bad(part: str, said: str, mend: str, *, fatal: bool = True) -> Finding:
    """It is not, with the mend."""
    return Finding(part, ok=False, said=said, mend=mend, fatal=fatal)
