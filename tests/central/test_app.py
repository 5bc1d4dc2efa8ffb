"""Central's answers, each as documented."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from central import enrolment
from central.app import make_app
from central.batch import MAX_BODY
from central.schema import open_database
from kiosk.ledger.tree import EMPTY_ROOT
from tests.central.batches import KIOSK, body, leaf

NOW = datetime(2021, 5, 1, 12, tzinfo=UTC)
LEAVES = f"/v1/kiosks/{KIOSK}/leaves"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'central.sqlite'}")


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    return make_app(engine, now=lambda: NOW).test_client()


@pytest.fixture
def token(engine: Engine) -> dict[str, str]:
    return {"Authorization": f"Bearer {enrolment.enrol(engine, KIOSK, now=NOW)}"}


def test_sending_and_asking(client: FlaskClient, token: dict[str, str]) -> None:
    answer = client.get(f"/v1/kiosks/{KIOSK}", headers=token)
    assert answer.json == {"kiosk": KIOSK, "next": 0, "root": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}
    assert len(EMPTY_ROOT) == 32
    for _ in range(2):
        answer = client.post(LEAVES, data=body(0, [leaf(0), leaf(1)]), headers=token)
        assert (answer.status_code, answer.json) == (200, {"next": 2, "cosigned": None, "certificate": None})
    answer = client.get(f"/v1/kiosks/{KIOSK}", headers=token)
    assert answer.json["next"] == 2


def test_gaps_and_conflicts_are_refused_by_name(client: FlaskClient, token: dict[str, str]) -> None:
    client.post(LEAVES, data=body(0, [leaf(0), leaf(1)]), headers=token)
    answer = client.post(LEAVES, data=body(3, [leaf(3)]), headers=token)
    assert (answer.status_code, answer.json) == (409, {"error": "gap", "next": 2})
    answer = client.post(LEAVES, data=body(1, [leaf(1, text="no"), leaf(2)]), headers=token)
    assert (answer.status_code, answer.json) == (409, {"error": "conflict", "index": 1, "known": ""})


@pytest.mark.parametrize("kiosk", [KIOSK, "nobody"])
@pytest.mark.parametrize("shown", [None, "", "Bearer", "Bearer wrong", "Basic eDp5", "bearer \u00e9"])
def test_an_unknown_kiosk_and_a_wrong_token_get_one_answer(
    client: FlaskClient, token: dict[str, str], kiosk: str, shown: str | None
) -> None:
    assert token
    headers = {} if shown is None else {"Authorization": shown}
    for answer in (
        client.get(f"/v1/kiosks/{kiosk}", headers=headers),
        client.post(f"/v1/kiosks/{kiosk}/leaves", data=b"{}", headers=headers),
    ):
        assert (answer.status_code, answer.json) == (401, {"error": "unauthorised"})
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_kiosks_token_is_good_for_its_own_log_only(
    engine: Engine, client: FlaskClient, token: dict[str, str]
) -> None:
    other = {"Authorization": f"Bearer {enrolment.enrol(engine, 'hk-2', now=NOW)}"}
    assert client.get(f"/v1/kiosks/{KIOSK}", headers=other).status_code == 401
    assert client.get("/v1/kiosks/hk-2", headers=token).status_code == 401


def test_enrolling_again_changes_the_token_and_keeps_the_log(
    engine: Engine, client: FlaskClient, token: dict[str, str]
) -> None:
    client.post(LEAVES, data=body(0, [leaf(0)]), headers=token)
    fresh = {"Authorization": f"Bearer {enrolment.enrol(engine, KIOSK, now=NOW)}"}
    assert client.get(f"/v1/kiosks/{KIOSK}", headers=token).status_code == 401
    assert client.get(f"/v1/kiosks/{KIOSK}", headers=fresh).json["next"] == 1


def test_only_the_hash_of_a_token_is_kept(tmp_path: Path, token: dict[str, str]) -> None:
    secret = token["Authorization"].split()[1].encode()
    assert not [part for part in tmp_path.iterdir() if secret in part.read_bytes()]


def test_malformed_batches_say_what_is_wrong_and_nothing_is_kept(
    client: FlaskClient, token: dict[str, str]
) -> None:
    answer = client.post(LEAVES, data=body(0, [leaf(0), leaf(7)]), headers=token)
    assert answer.status_code == 400
    assert answer.json["error"] == "malformed"
    assert answer.json["what"].startswith("leaves[1]: ")
    assert client.get(f"/v1/kiosks/{KIOSK}", headers=token).json["next"] == 0


def test_too_much_is_refused_unread(client: FlaskClient, token: dict[str, str]) -> None:
    answer = client.post(LEAVES, data=b"x" * (MAX_BODY + 1), headers=token)
    assert (answer.status_code, answer.json["error"]) == (413, "too_large")


def test_everything_else_is_json_too(client: FlaskClient) -> None:
    assert client.get("/v1/health").json == {"ok": True}
    assert client.get("/nowhere").json == {"error": "not_found"}
    answer = client.get(LEAVES)
    assert (answer.status_code, answer.json) == (405, {"error": "method_not_allowed"})


def test_a_database_that_does_not_answer_is_said(
    client: FlaskClient, engine: Engine, token: dict[str, str]
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE leaf RENAME TO gone")
    answer = client.post(LEAVES, data=body(0, [leaf(0)]), headers=token)
    assert (answer.status_code, answer.json) == (503, {"error": "unavailable"})
