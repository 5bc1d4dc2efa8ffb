"""Whom a proof speaks of, comparable from one format to another.

Nobody is identified by this: it answers only whether two proofs may speak of one person. The callers hash what they keep.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from kiosk.proofs.masking import mask_name
from kiosk.proofs.model import Facts

#: Letters that passports write as two, or as another (ICAO 9303-3, section 6).
_OTHER_LETTERS = str.maketrans(
    {
        "Ä": "AE",
        "Ö": "OE",
        "Ü": "UE",
        "Æ": "AE",
        "Œ": "OE",
        "Ø": "OE",
        "Å": "AA",
        "ẞ": "SS",
        "Þ": "TH",
        "Ð": "D",
        "Đ": "D",
        "Ħ": "H",
        "Ł": "L",
        "Ŧ": "T",
    }
    # A passport leaves apostrophes out, however they are typed: O'Brien is OBRIEN.
    | dict.fromkeys("'`\u2018\u2019\u00b4\u02bc", "")
)
_WHOLE_DAY = len("2021-05-01")


def normalised(name: str) -> str:
    """``name`` in capitals, as a passport's machine-readable zone spells it, its words in the alphabet's order.

    Formats differ in whether the family's name comes first, in accents and in hyphens.
    """
    capitals = unicodedata.normalize("NFC", name).upper().translate(_OTHER_LETTERS)
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", capitals)
        if not unicodedata.combining(character)
    )
    return " ".join(sorted(re.findall(r"[^\W_]+\**", plain)))


def initials(name: str) -> str:
    """The first letters of the words, in the alphabet's order: all that a masked name shows of most of them."""
    return "".join(sorted(word[0] for word in normalised(name).split()))


def names_of(facts: Facts) -> Iterator[str]:
    """The names under which the person is known again: name with birth date, masked and not, and name with document."""
    if not facts.name:
        return
    if facts.birth_date and len(facts.birth_date) == _WHOLE_DAY:
        if "*" not in facts.name:
            yield f"born|{normalised(facts.name)}|{facts.birth_date}"
        yield f"masked|{normalised(mask_name(facts.name))}|{facts.birth_date}"
    if facts.document:
        yield f"document|{normalised(facts.name)}|{facts.document}"


def may_be_one(first: str | None, second: str | None) -> bool:
    """Whether two names, masked or not, may be of one person; a name that is not known may be anybody's."""
    return not first or not second or initials(first) == initials(second)
