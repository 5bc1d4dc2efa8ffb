"""Identity numbers, names and telephone numbers as Hong Kong writes and masks them.

A vaccination record shows a masked number and name. Staff hold an identity document beside it; where they type the
number instead, it is masked here the same way and compared, and is then forgotten.
"""

from __future__ import annotations

import re
import unicodedata

_HKID = re.compile(r"([A-Z]{1,2})([0-9]{6})\(?([0-9A])\)?")
_PHONE = re.compile(r"(?:\+852)?([2-9][0-9]{7})")

#: The last characters that stay readable; one variant of the records shows one more of a number with two letters.
_SHOWN = 4
_SHOWN_OF_TWO_LETTERS = 5


def format_document(number: str) -> str:
    """``number`` in capitals, and in the identity card's form ``A123456(7)`` where it has that shape."""
    plain = "".join(unicodedata.normalize("NFKC", number).upper().split())
    match = _HKID.fullmatch(plain)
    return f"{match[1]}{match[2]}({match[3]})" if match else plain


def hkid_check_digit(body: str) -> str:
    """The check digit of an identity card number's body (one or two letters and six figures).

    Raises:
        ValueError: ``body`` is no such thing.
    """
    if not re.fullmatch(r"[A-Z]{1,2}[0-9]{6}", body):
        raise ValueError("not one or two letters and six figures")
    # Space counts 36, A 10 … Z 35; the weights run from 9 down to 2.
    values = [36 if character == " " else int(character, 36) for character in body.rjust(8)]
    rest = -sum(weight * value for weight, value in zip(range(9, 1, -1), values, strict=True)) % 11
    return "A" if rest == 10 else str(rest)  # noqa: PLR2004 -- the remainder that no figure can write


def is_hkid(number: str) -> bool:
    """Whether ``number`` is an identity card number whose check digit is right."""
    match = _HKID.fullmatch(format_document(number))
    return match is not None and match[3] == hkid_check_digit(match[1] + match[2])


def mask_document(number: str) -> str:
    """``number`` as records print it: its last four letters and figures stay, ``*`` stands for those before."""
    return _mask(format_document(number), _SHOWN)


def document_matches(typed: str, masked: str) -> bool:
    """Whether a number that was typed could be the one that a record shows as ``masked``.

    Every way in which records mask counts: with the brackets of an identity card or without, four characters or five.
    Four characters are a comparison, not an identification.
    """
    written = format_document(typed)
    plain = re.sub(r"[()]", "", written)
    shown = [_SHOWN]
    if re.match(r"[A-Z]{2}[0-9]", written):
        shown.append(_SHOWN_OF_TWO_LETTERS)
    return bool(plain) and masked.strip().upper() in {
        _mask(form, keep) for form in (written, plain) for keep in shown
    }


def mask_name(name: str) -> str:
    """``name`` as records print it: ``CHAN, TAI MAN`` becomes ``CHAN, T** M**``."""
    first, *later = _words(name) or [""]
    return " ".join([first, *(_mask_word(word) for word in later)])


def name_matches(typed: str, masked: str) -> bool:
    """Whether a name that was typed could be the one that a record shows as ``masked``."""
    return bool(_words(typed)) and mask_name(typed) == " ".join(_words(masked))


def phone(number: str) -> str | None:
    """The eight figures of a Hong Kong telephone number, ``+852``, blanks and hyphens aside; None if it is none."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number))
    match = _PHONE.fullmatch(plain)
    return match[1] if match else None


def _words(name: str) -> list[str]:
    return unicodedata.normalize("NFKC", name).upper().split()


def _mask_word(word: str) -> str:
    return word[0] + "".join("," if character == "," else "*" for character in word[1:])


def _mask(written: str, keep: int) -> str:
    masked, shown = [], 0
    for character in reversed(written):
        if not character.isalnum():
            masked.append(character)
        elif shown < keep:
            masked.append(character)
            shown += 1
        else:
            masked.append("*")
    return "".join(reversed(masked))
