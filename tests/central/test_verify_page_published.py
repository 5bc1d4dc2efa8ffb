"""How verify.html is made and published: one file, its own policy, the authority's key in it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import Engine

from central.app import make_app
from central.cli import main
from central.errors import CentralError
from central.keys import authority_key
from central.schema import open_database
from central.verify_page import make_page, write
from kiosk.ledger.notes import COSIGNATURE, NoteError, Signer
from tests.central.servers import CentralServer

AUTHORITY = Signer.generate("venue-central/authority").key


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'central.sqlite'}")


class Parts(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.inside = ""
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.attributes: list[tuple[str, str]] = []
        self.feed(html.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.attributes += found.items()
        if tag == "meta":
            self.metas[found.get("http-equiv", found.get("name", ""))] = found.get("content", "")
        if tag in self.texts:
            self.inside = tag
            self.texts[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts[self.inside][-1] += data


def test_the_policy_lets_nothing_run_but_the_pages_own_and_nothing_be_fetched() -> None:
    page = make_page(AUTHORITY)
    parts = Parts(page.html)
    assert parts.metas["Content-Security-Policy"] == page.policy
    said = dict(rule.split(" ", 1) for rule in page.policy.split("; "))
    for kind in ("script", "style"):
        (text,) = parts.texts[kind]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert said.pop(f"{kind}-src") == f"'sha256-{digest}'"
    assert said.pop("img-src") == "data:"
    assert said == dict.fromkeys(("default-src", "connect-src", "base-uri", "form-action"), "'none'")
    for name, value in parts.attributes:
        assert not name.startswith("on"), f"{name}={value}"
        assert name not in {"style", "src", "srcset", "action"}
        assert "//" not in value
    assert re.findall(r"https?://[^\s\"'`]+", page.html.decode()) == []


def test_the_page_is_the_same_each_time_and_everywhere_but_for_the_key() -> None:
    one, other = make_page(AUTHORITY), make_page(None)
    assert make_page(AUTHORITY) == one
    assert one.policy == other.policy
    assert one.html == other.html.replace(b'name="authority-key" content=""', f'name="authority-key" content="{AUTHORITY}"'.encode())  # fmt: skip


def test_nothing_from_outside_is_ever_read_as_html() -> None:
    script = Parts(make_page(None).html).texts["script"][0]
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function", "fetch(", "XMLHttpRequest", "import("):  # fmt: skip
        assert way not in script, way


def test_a_key_that_signs_no_certificates_is_no_authoritys() -> None:
    with pytest.raises(CentralError):
        make_page(Signer.generate("venue-central/witness", COSIGNATURE).key)


def test_central_gives_the_page_to_everybody_with_headers_that_say_the_same(engine: Engine) -> None:
    client = make_app(engine, authority=AUTHORITY).test_client()
    answer = client.get("/verify.html")
    page = make_page(AUTHORITY)
    assert (answer.status_code, answer.data) == (200, page.html)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == f"{page.policy}; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    again = client.get("/verify.html", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.post("/verify.html").status_code == 405


def test_a_running_central_gives_its_own_authoritys_page(tmp_path: Path) -> None:
    from urllib.request import urlopen

    server = CentralServer(tmp_path / "central")
    url = server.start()
    try:
        with urlopen(f"{url}/verify.html", timeout=30) as answer:
            assert answer.read() == make_page(authority_key(server.data)).html
    finally:
        server.end()


def test_the_verb_writes_the_page_and_says_whose_key_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = tmp_path / "central", tmp_path / "verify.html"
    assert main(["init", "--data", str(data)]) == 0
    key = authority_key(data)
    capsys.readouterr()
    assert main(["verify-page", "--data", str(data), "-o", str(file)]) == 0
    assert key.fingerprint in capsys.readouterr().out
    assert file.read_bytes() == make_page(key).html
    for given in (str(key), str(data / "authority-public.key")):
        assert main(["verify-page", "--authority", given, "-o", str(file)]) == 0
        assert file.read_bytes() == make_page(key).html
    assert main(["verify-page", "-o", str(file)]) == 0
    assert file.read_bytes() == make_page(None).html
    assert sorted(found.name for found in tmp_path.iterdir()) == ["central", "verify.html"]


def test_a_page_that_cannot_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "verify.html"
    file.write_text("as before", encoding="utf-8")
    with monkeypatch.context() as full:
        full.setattr("os.fsync", _full)
        with pytest.raises(CentralError, match="cannot be written"):
            write(make_page(None), file)
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("verify.html", "as before")]
    assert main(["verify-page", "-o", str(tmp_path / "nowhere" / "verify.html")]) == 2
    assert main(["verify-page", "--data", str(tmp_path), "-o", str(file)]) == 2
    assert main(["verify-page", "--authority", "nonsense", "-o", str(file)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


def _full(_handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_without_keys_has_no_authority(tmp_path: Path) -> None:
    with pytest.raises(CentralError):
        authority_key(tmp_path)
    (tmp_path / "authority-public.key").write_text("no key", encoding="utf-8")
    with pytest.raises(NoteError):
        authority_key(tmp_path)
