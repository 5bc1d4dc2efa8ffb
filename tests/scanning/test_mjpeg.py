from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning import mjpeg
from kiosk.scanning.mjpeg import PartReader

bodies = st.lists(st.binary(max_size=60).filter(lambda body: b"--cut" not in body), max_size=6)


def stream(parts, *, lengths):
    """A multipart stream as a camera sends it, which never ends: the next part's head follows the last."""
    head = b"--cut\r\nContent-Type: image/jpeg\r\n"
    said = b"".join(
        head + (b"Content-Length: %d\r\n" % len(part) if lengths else b"") + b"\r\n" + part + b"\r\n"
        for part in parts
    )
    return b"preamble\r\n" + said + b"--cut\r\n"


@given(bodies, st.booleans(), st.data())
def test_parts_come_out_whole_however_the_stream_is_cut(parts, lengths, data):
    whole, reader, found = stream(parts, lengths=lengths), PartReader(b"cut"), []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        found += reader.feed(whole[:size])
        whole = whole[size:]
    assert found == parts


def test_a_boundary_that_is_named_with_its_dashes_is_understood():
    assert PartReader(b"--cut").feed(stream([b"one"], lengths=False)) == [b"one"]


def test_a_picture_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(mjpeg, "MAX_PART_BYTES", 1000)
    with pytest.raises(ValueError, match="too large"):
        PartReader(b"cut").feed(b"--cut\r\n\r\n" + b"x" * 1001)


def test_user_and_password_leave_the_address_and_go_where_http_wants_them():
    request = mjpeg._request("http://desk:p%40ss@camera.example:81/live?x=1")
    assert request.full_url == "http://camera.example:81/live?x=1"
    assert base64.b64decode(request.get_header("Authorization").removeprefix("Basic ")) == b"desk:p@ss"
