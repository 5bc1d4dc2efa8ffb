"""`kiosk trust`, `kiosk revoke` and what `kiosk doctor` and `kiosk read` make of them; offline, on the venue's folder."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.accounts import Accounts
from kiosk.cli import main
from kiosk.proofs import list_files
from tests.proofs import dcc
from tests.proofs.trust_lists import TEST_SIGNER, body, entry, eu_file, public, signature, source_file
from tests.service.venues import found_venue

KID = base64.b64encode(dcc.KID).decode()
REFERENCE = "TC89C6@EHS"


class Venue:
    def __init__(self, folder: Path, capsys) -> None:
        self.folder = folder
        self.capsys = capsys
        source_file(folder / "sources", "eu")
        self.file = found_venue(folder, trust_sources=["sources"])

    def __call__(self, *words: str) -> tuple[int, str]:
        """Status and everything that was said."""
        status = main([*words, "--config", str(self.file)])
        said = self.capsys.readouterr()
        return status, said.out + said.err

    def put(self, name: str, content: bytes | str) -> str:
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(file)


@pytest.fixture
def venue(tmp_path, capsys):
    return Venue(tmp_path, capsys)


def aged(days: float, **changes) -> bytes:
    """A list of that age by the real clock."""
    time = datetime.now(UTC) - timedelta(days=days)
    return eu_file(entry(kid=KID, timestamp=time.isoformat(), **changes))


def test_a_list_is_imported_listed_and_dropped(venue):
    assert venue("trust", "list") == (0, "eu: none held (Certificates of the EU)\n")
    status, said = venue("trust", "import", "eu", venue.put("list", aged(1)))
    assert status == 0
    assert "1 keys" in said
    assert "(1 days ago), fresh, stale from" in said
    assert venue("trust", "list") == (0, said)
    status, said = venue("trust", "drop", "eu")
    assert status == 0
    assert "no longer count" in said
    assert "none held" in venue("trust", "list")[1]


def test_the_answer_says_how_much_of_a_list_is_not_used_and_why(venue):
    time = datetime.now(UTC).isoformat()
    entries = [entry(timestamp=time), entry(rawData="AAAA"), entry(rawData="AAAA"), entry(country="x")]
    said = venue("trust", "import", "eu", venue.put("list", eu_file(*entries)))[1]
    assert "3 left out (no certificate that can be read: 2, no country: 1)" in said


def test_a_signature_may_come_as_a_second_file(venue):
    content = body(entry(timestamp=datetime.now(UTC).isoformat()))
    files = venue.put("list", content), venue.put("list.sig", signature(content))
    assert venue("trust", "import", "eu", *files)[0] == 0
    assert venue("trust", "list")[0] == 0
    assert "1 keys" in venue("trust", "list")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "nobody", "LIST"], "no source of trust lists (known: eu)"),
        (["import", "eu", "GONE"], "cannot be read"),
        (["import", "eu", "FOREIGN"], "does not hold under the key that is pinned"),
        (["import", "eu", "LIST", "GONE"], "cannot be read"),
        (["import", "eu", "LIST", "--older-by", "nobody"], "no manager here"),
        (["drop", "eu"], "no list of it is held"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(venue, words, said):
    files = {
        "LIST": venue.put("list", aged(1)),
        "FOREIGN": venue.put("foreign", eu_file(signer=TEST_SIGNER)),
        "GONE": "gone",
    }
    status, told = venue("trust", *[files.get(word, word) for word in words])
    assert status == 2
    assert said in told
    assert len(told.splitlines()) == 1


def test_an_older_list_needs_the_name_of_a_manager(venue):
    venue("trust", "import", "eu", venue.put("new", aged(1)))
    old = venue.put("old", aged(2))
    status, said = venue("trust", "import", "eu", old)
    assert status == 2
    assert "--older-by NAME" in said
    accounts = Accounts(venue.folder / "data" / "accounts.json")
    accounts.save("mei", "manager", "a long enough phrase", "739154")
    accounts.save("sam", "supervisor", "a long enough phrase", "739154")
    assert venue("trust", "import", "eu", old, "--older-by", "sam")[0] == 2
    status, said = venue("trust", "import", "eu", old, "--older-by", "mei")
    assert status == 0
    assert "(2 days ago)" in said


def test_a_production_venue_takes_no_list_of_a_demos_source(venue):
    source_file(
        venue.folder / "sources", "acc", demo=True, signers=[{"key": public(TEST_SIGNER), "source": "x"}]
    )
    content = venue.put("list", eu_file(entry(timestamp=datetime.now(UTC).isoformat()), signer=TEST_SIGNER))
    assert venue("trust", "import", "acc", content)[0] == 0
    venue.file.write_text(venue.file.read_text().replace("production: false", "production: true"))
    status, said = venue("trust", "import", "acc", content)
    assert status == 2
    assert "demo or test keys" in said
    assert "NOT USED" in venue("trust", "list")[1]


@pytest.mark.parametrize(
    ("days", "state", "said"),
    [
        (1, "ok", "1 days old, fresh until"),
        (40, "mind", "too old from"),
        (100, "mind", "none of its keys counts"),
    ],
)
def test_the_doctor_names_each_list_with_its_state(venue, days, state, said):
    venue("trust", "import", "eu", venue.put("list", aged(days)))
    lines = venue("doctor", "--at", "2021-05-01T19:30:00+08:00")[1].splitlines()
    line = next(line for line in lines if "trust list eu" in line)
    assert line.startswith(state)
    assert said in line
    assert any(line.startswith("ok") and "trust lists" in line for line in lines)


def test_the_doctor_names_what_is_damaged_and_the_mend(venue):
    venue("trust", "import", "eu", venue.put("list", aged(1)))
    venue("revoke", "add", "--reference", REFERENCE)
    list_files.path(venue.folder / "data" / "trust", "eu").write_bytes(b"rot")
    for file in (venue.folder / "data" / "revocation").glob("*.batch"):
        file.write_bytes(b"rot")
    said = venue("doctor", "--at", "2021-05-01T19:30:00+08:00")[1]
    assert "mind    trust list eu: " in said
    assert "kiosk trust import eu FILE" in said
    assert "mind    revoked proofs: " in said
    assert "NOT USED" in venue("trust", "list")[1]
    assert "NOT USED" in venue("revoke", "list")[1]


def read(venue, *words: str, text: str | None = None) -> str | None:
    """Why `kiosk read` does not verify the code, or None."""
    import io
    import sys

    line = json.dumps({"text": text or dcc.code().text, "at": dcc.AT.isoformat()})
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(line.encode()))
    try:
        assert main(["read", *words, "-"]) == 0
    finally:
        sys.stdin = stdin
    return json.loads(venue.capsys.readouterr().out)["error"]


def test_a_code_is_read_by_the_venues_lists_only_when_that_is_asked_for(venue):
    of_venue = ("--config", str(venue.file))
    assert read(venue, *of_venue) == "unknown_issuer"
    venue("trust", "import", "eu", venue.put("list", aged(1)))
    assert read(venue, *of_venue) is None
    assert read(venue) == "unknown_issuer"
    venue("revoke", "add", "--uci", "URN:UVCI:01:HK:ABC123#7")
    assert read(venue, *of_venue) == "revoked"
    assert main(["read", *of_venue, "--trust", "x", "-"]) == 2


def eu_batch(*ucis: str) -> str:
    said = {
        "country": "HK",
        "expires": (datetime.now(UTC) + timedelta(days=9)).isoformat(),
        "kid": KID,
        "hashType": "UCI",
        "entries": [{"hash": base64.b64encode(dcc.digest(uci)).decode()} for uci in ucis],
    }
    return json.dumps(said)


def test_lists_of_revoked_proofs_are_imported_listed_and_dropped(venue):
    venue("trust", "import", "eu", venue.put("list", aged(1)))
    files = [
        venue.put("b1.json", eu_batch("URN:UVCI:01:HK:ABC123#7")),
        venue.put("b2.json", eu_batch("x", "y")),
    ]
    status, said = venue("revoke", "import", "eu", *files)
    assert status == 0
    assert "eu/HK/b1: 1 entries (eu-uci), counts until" in said
    assert "eu/HK/b2: 2 entries" in said
    assert venue("revoke", "list") == (0, said)
    of_venue = ("--config", str(venue.file))
    assert read(venue, *of_venue) == "revoked"
    assert venue("revoke", "remove", "eu/HK/b1")[0] == 0
    assert read(venue, *of_venue) is None


def test_cards_lists_need_their_issuer_and_never_go_back(venue):
    def ring(number):
        return venue.put("k1.json", json.dumps({"kid": "k1", "method": "rid", "ctr": number, "rids": ["a"]}))

    issuer = ("--issuer", "https://issuer.example")
    assert venue("revoke", "import", "shc", ring(2))[0] == 2
    assert venue("revoke", "import", "shc", ring(2), "--issuer", "https://issuer.example/")[0] == 2
    assert venue("revoke", "import", "shc", ring(2), *issuer)[0] == 0
    status, said = venue("revoke", "import", "shc", ring(1), *issuer)
    assert status == 2
    assert "lower than that of the list held (2)" in said
    assert "number 2" in venue("revoke", "list")[1]


def test_references_and_the_venues_own_list(venue):
    assert venue("revoke", "import", "hk", venue.put("ha.txt", f"\ufeff# withdrawn\n{REFERENCE}\n"))[0] == 0
    assert "hk/ha: 1 entries" in venue("revoke", "list")[1]
    everything = (
        "--reference",
        REFERENCE,
        "--uci",
        "a",
        "--uvci",
        "b",
        "--rid",
        "c",
        "--issuer",
        "https://i.example",
    )
    assert venue("revoke", "add", *everything, "--key-id", "k1")[0] == 0
    assert "on the list already" in venue("revoke", "add", *everything, "--key-id", "k1")[1]
    assert venue("revoke", "list")[1].count("own/") == 4
    assert venue("revoke", "remove", *everything, "--key-id", "k1")[0] == 0
    assert venue("revoke", "list")[1].count("own/") == 0
    assert venue("revoke", "remove", "--reference", REFERENCE)[0] == 2
    for nothing in (["add"], ["remove"], ["add", "--rid", "x"], ["remove", "hk/other"]):
        assert venue("revoke", *nothing)[0] == 2
