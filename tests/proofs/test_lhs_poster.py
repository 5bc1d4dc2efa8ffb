"""The poster of LeaveHomeSafe: read, checked by its hash, and printed by the venue itself."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.proofs import lhs_poster, recognise
from kiosk.proofs.lhs_poster import Metadata, Poster
from tests.proofs.records import AT, TRUST

SPORTS_CENTRE = Poster(
    id="gxr8l5A6", name_en="Leung Tin Sports Centre", name_zh="良田體育館", type="SPORTSCULTURALRECREATIONAL"
)
HASHES = {
    "gxr8l5A6": "e73818b1c7e80533a822761976a2c052f1e0543e4683409586fd8994a3c1fe76",
    "WHBvLDSa": "adbec41f0c826e00f545b6021ed713252e44d102102e99301ae968bd0d0454d3",
}


def poster(venue="gxr8l5A6", head="HKEN:0", text=None, **changes):
    """A poster's text, built here and not by the encoder under test."""
    body = {
        "metadata": None,
        "nameZh": "良田體育館",
        "nameEn": "Leung Tin Sports Centre",
        "type": "SPORTSCULTURALRECREATIONAL",
        "hash": HASHES["gxr8l5A6"],
    } | changes
    text = text or json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return f"{head}{venue}{base64.b64encode(text.encode()).decode()}"


def read(text):
    return recognise(text, trust=TRUST, at=AT)


@pytest.mark.parametrize(("venue", "expected"), HASHES.items())
def test_the_hash_is_the_one_on_real_posters(venue, expected):
    assert lhs_poster.venue_hash(venue) == expected


@pytest.mark.parametrize("venue", HASHES)
def test_a_poster_whose_hash_holds_is_verified_and_names_its_venue_and_nobody(venue):
    proof = read(poster(venue, hash=HASHES[venue]))
    assert (proof.format, proof.verified, proof.issuer) == ("lhs-poster", True, None)
    assert proof.as_json("x")["facts"]["venue"] == {
        "id": venue,
        "name_en": "Leung Tin Sports Centre",
        "name_zh": "良田體育館",
        "type": "SPORTSCULTURALRECREATIONAL",
    }
    assert not proof.evidence.doses
    assert proof.evidence.name is None


def test_the_encoder_writes_the_schemes_own_bytes():
    assert lhs_poster.encode(SPORTS_CENTRE) == poster()


def test_the_hash_of_another_venue_is_refused():
    proof = read(poster("WHBvLDSa"))
    assert (proof.verified, proof.error) == (False, "bad_signature")
    assert proof.facts.venue.id == "WHBvLDSa"


def test_another_version_of_the_poster_cannot_be_verified():
    assert read(poster(head="HKEN:1")).error == "cannot_verify"


@pytest.mark.parametrize(
    "text",
    [
        "HKEN:",
        "HKEN:0",
        "HKEN:0gxr8l5A6",
        poster(venue="gxr8l5A"),
        poster(venue="gxr8l5Aé"),
        poster() + "=",
        poster().rstrip("=")[:-1],
        poster(text="[" * 5000),
        poster(text="9" * 5000),
        poster(text="null"),
        poster(text='{"metadata":null}'),
        poster(nameEn=None),
        poster(nameEn=7),
        poster(more="x"),
        poster(metadata={"typeEn": "x"}),
        poster(text='{"nameZh":"","metadata":null,"nameEn":"","type":"A","hash":""}'),  # another order
        poster(text='{"type":"A","metadata":null,"nameZh":"","nameEn":"","type":"B","hash":""}'),
    ],
)
def test_what_is_not_the_schemes_layout_is_malformed(text):
    assert read(text).error == "malformed"


def test_a_changed_id_never_keeps_its_hash():
    for place in range(8):
        changed = SPORTS_CENTRE.id[:place] + "Q" + SPORTS_CENTRE.id[place + 1 :]
        assert not read(poster(changed)).verified


posters = st.builds(
    Poster,
    id=st.from_regex(r"[A-Za-z0-9]{8}", fullmatch=True),
    name_en=st.text(st.characters(blacklist_categories=["Cs"]), max_size=40),
    name_zh=st.text(st.characters(blacklist_categories=["Cs"]), max_size=40),
    type=st.sampled_from(["IMPORT", "SPORTSCULTURALRECREATIONAL"]),
    metadata=st.none() | st.builds(Metadata, typeEn=st.text("abc"), typeZh=st.text("甲乙")),
)


@given(posters)
def test_what_is_encoded_is_read_back_and_verifies(original):
    text = lhs_poster.encode(original)
    assert lhs_poster.parse(text) == (original, lhs_poster.venue_hash(original.id))
    assert read(text).verified


@given(st.text())
def test_a_poster_with_any_other_id_is_no_longer_that_poster(text):
    assume(text != SPORTS_CENTRE.id)
    assert not read(poster(venue=text)).verified
