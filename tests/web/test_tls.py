"""The pages over TLS: the kiosk's own certificate, and the way of octets from a browser to the pages and back."""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import socket
import ssl
import stat
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from flask import Flask, Response, request

from kiosk.web.keys import KeyFileError
from kiosk.web.tls import LIFE, RENEW, Certificate, Tls, own_certificate, own_names, server_context
from kiosk.web.tls_front import TlsFront

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = {"localhost", "127.0.0.1", "kiosk.example"}


def parsed(certificate: Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.file.read_bytes())


def test_the_certificate_says_what_the_kiosk_is_called_and_its_key_is_its_owners_alone(
    tmp_path: Path,
) -> None:
    made = own_certificate(tmp_path / "web", NAMES, NOW)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    said = parsed(made)
    names = said.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "kiosk.example"}
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    assert said.not_valid_after_utc - said.not_valid_before_utc == LIFE
    assert not said.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    der = ssl.PEM_cert_to_DER_cert(made.file.read_text().split("PRIVATE KEY-----\n")[-1])
    assert made.fingerprint == hashlib.sha256(der).hexdigest()


def test_the_certificate_stays_until_it_runs_out_or_the_kiosk_gets_another_name(tmp_path: Path) -> None:
    first = own_certificate(tmp_path, NAMES, NOW)
    assert own_certificate(tmp_path, {"localhost"}, NOW + LIFE - RENEW - timedelta(days=2)) == first
    named = own_certificate(tmp_path, {"10.0.0.7"}, NOW)
    assert named.fingerprint != first.fingerprint
    # What it was called before still fits.
    assert own_certificate(tmp_path, NAMES, NOW) == named
    assert own_certificate(tmp_path, NAMES, NOW + LIFE - RENEW).fingerprint != named.fingerprint


def test_a_key_that_others_may_read_or_that_is_broken_is_named(tmp_path: Path) -> None:
    made = own_certificate(tmp_path, NAMES, NOW)
    made.file.chmod(0o640)
    with pytest.raises(KeyFileError, match="others may read"):
        own_certificate(tmp_path, NAMES, NOW)
    made.file.write_text("nothing")
    made.file.chmod(0o600)
    with pytest.raises(KeyFileError, match="no certificate"):
        own_certificate(tmp_path, NAMES, NOW)


def test_this_machine_knows_its_own_names() -> None:
    assert {"localhost", "127.0.0.1"} <= own_names()
    assert Tls("ab" * 32, 8443, "kiosk.example").address == "https://kiosk.example:8443"


class House:
    """Small pages behind TLS, and what a browser that knows the certificate sees."""

    def __init__(self, folder: Path) -> None:
        self.go_on = threading.Event()
        app = Flask("small")
        app.add_url_rule("/who", view_func=self._who)
        app.add_url_rule("/echo", view_func=self._echo, methods=["POST"])
        app.add_url_rule("/stream", view_func=self._stream)
        certificate = own_certificate(folder, {"localhost", "127.0.0.1"}, datetime.now(UTC))
        self.front = TlsFront(app, socket.create_server(("127.0.0.1", 0)), server_context(certificate), 4)
        self.front.start()
        self.context = ssl.create_default_context(cafile=str(certificate.file))

    def _who(self) -> dict[str, str | None]:
        return {
            "scheme": request.scheme,
            "address": request.remote_addr,
            "forwarded": request.headers.get("X-Forwarded-For"),
        }

    def _echo(self) -> bytes:
        return request.get_data()

    def _stream(self) -> Response:
        return Response(self._lines(), mimetype="text/event-stream")

    def _lines(self) -> Iterator[str]:
        yield "data: 1\n\n"
        self.go_on.wait(30)
        yield "data: 2\n\n"

    def link(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("localhost", self.front.port, context=self.context, timeout=30)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.go_on.set()
    made.front.stop()


def test_requests_come_through_as_they_are_from_whom_they_are(house: House) -> None:
    link = house.link()
    for _ in range(3):  # one connection, several requests
        link.request("GET", "/who", headers={"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http"})
        said = link.getresponse().read()
        assert b'"scheme":"https"' in said.replace(b" ", b"")
        assert b'"address":"127.0.0.1"' in said.replace(b" ", b"")
    large = bytes(range(256)) * 4096
    link.request("POST", "/echo", body=large)
    assert link.getresponse().read() == large


def test_a_stream_comes_line_by_line(house: House) -> None:
    link = house.link()
    link.request("GET", "/stream")
    answer = link.getresponse()
    assert answer.readline() == b"data: 1\n"
    house.go_on.set()
    assert b"data: 2" in answer.read()


def test_nobody_gets_past_tls(house: House) -> None:
    # Plain octets to the port of TLS, and a request straight to the pages behind it.
    with socket.create_connection(("127.0.0.1", house.front.port), timeout=30) as plain:
        plain.sendall(b"GET /who HTTP/1.0\r\n\r\n")
        assert b"scheme" not in plain.recv(1000)
    behind = http.client.HTTPConnection("127.0.0.1", house.front._server.effective_port, timeout=30)
    behind.request("GET", "/who")
    assert behind.getresponse().status == 403
    link = house.link()
    link.request("GET", "/who")
    assert link.getresponse().status == 200


def test_old_versions_of_tls_are_refused(house: House) -> None:
    def shakes_hands(version: ssl.TLSVersion) -> bool:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        client.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            client.minimum_version, client.maximum_version = ssl.TLSVersion.TLSv1, version
        with socket.create_connection(("127.0.0.1", house.front.port), timeout=30) as plain:
            try:
                client.wrap_socket(plain).close()
            except OSError:
                return False
            return True

    assert not shakes_hands(ssl.TLSVersion.TLSv1_1)
    assert shakes_hands(ssl.TLSVersion.TLSv1_2)
    assert shakes_hands(ssl.TLSVersion.TLSv1_3)
