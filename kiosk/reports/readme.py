"""README.txt of an export: what it is, and how to check it with tools that everybody has.

The recipes are those of docs/evidence.md, made for the folder in which the file lies; tests run them as they stand. They
keep to one language, that of the shell; what is said around them is in the language that was chosen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from kiosk.texts import Language, text

_FILES = """\
tr '{' '\\n' < manifest.json |
  sed -n 's/^"name":"\\([^"]*\\)","sha256":"\\([0-9a-f]*\\)".*/\\2  \\1/p' | sha256sum -c
"""
_ENTRY = """\
grep -o "$(sha256sum < manifest.json | cut -c 1-64)" log/download.json
"""
_SIGNATURE = """\
check() {
  name=$(cut -d+ -f1 "$2")
  { printf '0*0\\005\\006\\003+ep\\003!\\000'; cut -d+ -f3- "$2" | base64 -d | tail -c +2; } > key.der
  sed '/^$/,$d' "$1" > text
  grep -F -- "\u2014 $name " "$1" | head -n 1 | cut -d' ' -f3 | base64 -d | tail -c +5 > signature
  openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
}
check log/checkpoint.note log/key.txt
"""
_INCLUSION = """\
hash() { openssl dgst -sha256 -binary; }
place=$(sed -n 's/^index //p' log/download.tlog-proof)
last=$(($(sed -n 2p log/checkpoint.note) - 1))
{ printf '\\000'; cat log/download.json; } | hash > node
for line in $(sed -n '3,/^$/p' log/download.tlog-proof); do
  echo "$line" | base64 -d > side
  if [ $((place % 2)) = 1 ] || [ $place = $last ]; then
    { printf '\\001'; cat side node; } | hash > above
    while [ $place != 0 ] && [ $((place % 2)) = 0 ]; do
      place=$((place / 2)); last=$((last / 2))
    done
  else
    { printf '\\001'; cat node side; } | hash > above
  fi
  mv above node; place=$((place / 2)); last=$((last / 2))
done
[ "$(base64 < node)" = "$(sed -n 3p log/checkpoint.note)" ] && echo "entry: in the log"
"""
_CERTIFICATE = """\
check log/certificate.note authority-public.key
grep -F "key $(cat log/key.txt)" log/certificate.note
"""
_COSIGNED = """\
sed -n 's/^witness //p' log/certificate.note > witness.key
name=$(cut -d+ -f1 witness.key)
{ printf '0*0\\005\\006\\003+ep\\003!\\000'; cut -d+ -f3- witness.key | base64 -d | tail -c +2; } > key.der
grep -F -- "\u2014 $name " log/cosigned.note | head -n 1 | cut -d' ' -f3 | base64 -d | tail -c +5 > timed
time=$(head -c 8 timed | od -An -tu8 --endian=big | tr -d ' ')
{ printf 'cosignature/v1\\ntime %s\\n' "$time"; sed '/^$/,$d' log/cosigned.note; } > text
tail -c +9 timed > signature
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in text -sigfile signature
date -u -d "@$time"
"""
_PROGRAM = """\
kiosk log verify {file} --authority authority-public.key
"""


@dataclass(frozen=True)
class About:
    """What the file says of its export."""

    kiosk: str
    venue: str
    first: date
    last: date
    start: int
    end: int
    #: How many were admitted.
    people: int
    made_at: datetime
    #: What the archive is usually called.
    file: str
    with_report: bool
    #: Whether the export is an entry of the log.
    with_entry: bool
    with_certificate: bool
    with_cosigned: bool


def readme(about: About, language: Language) -> str:
    """The file's text. Its lines end as a shell needs them."""
    return "\n".join(line.rstrip() for part in _parts(about, language) for line in [*part.split("\n"), ""])


def _parts(about: About, language: Language) -> Iterator[str]:
    def say(key: str, **values: object) -> str:
        return text(f"export.readme.{key}", language, **values)

    yield _headline(say("title", kiosk=about.kiosk))
    days = {"venue": about.venue, "first": about.first, "last": about.last, "made_at": _moment(about.made_at)}
    if about.start == about.end:
        yield say("empty", **days)
    else:
        count, before_end = about.end - about.start, about.end - 1
        yield say("days", **days, start=about.start, before_end=before_end, count=count, people=about.people)
    yield say("who")
    if not about.with_entry:
        yield say("no_entry")
    yield _headline(say("files"))
    yield "\n".join(f"{name:<18}{say(f'file.{key}')}" for name, key in _listed(about))
    yield say("tables")
    yield _headline(say("check"))
    yield say("check.page")
    yield _typed(_PROGRAM.format(file=about.file))
    yield say("check.by_hand")
    for number, (key, recipe) in enumerate(_steps(about), start=1):
        yield f"{number}. {say(f'step.{key}')}"
        yield _typed(recipe)
    yield say("check.range")


def _listed(about: About) -> Iterator[tuple[str, str]]:
    if about.with_report:
        yield "report.pdf", "report"
    for name in ("people", "entries", "staff"):
        yield f"{name}.csv", name
    yield from (("instruments/", "instruments"), ("log/", "log"), ("manifest.json", "manifest"))


def _steps(about: About) -> Iterator[tuple[str, str]]:
    yield "files", _FILES
    if about.with_entry:
        yield "entry", _ENTRY
    yield "signature", _SIGNATURE
    if about.with_entry:
        yield "inclusion", _INCLUSION
    if about.with_certificate:
        yield "certificate", _CERTIFICATE
        if about.with_cosigned:
            yield "cosigned", _COSIGNED


def _headline(line: str) -> str:
    return f"{line}\n{'=' * 72}"


def _typed(recipe: str) -> str:
    return "\n".join(f"    {line}" for line in recipe.rstrip("\n").split("\n"))


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S %z")
