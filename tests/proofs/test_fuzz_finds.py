"""What fuzzing (``make fuzz``) and measuring have found, so that it stays mended."""

from __future__ import annotations

import json

import pytest

from kiosk.proofs import lists, recognise
from kiosk.proofs.trust import TrustError, TrustStore
from tests.proofs import dcc, trust_lists


def test_ids_that_codes_name_are_not_kept():
    # Each id of a stranger's code stayed in the store for ever.
    trust = TrustStore((dcc.trusted(),))
    for number in range(50):
        text = dcc.code(protected={1: dcc.ES256, 4: number.to_bytes(8)}).text
        assert recognise(text, trust=trust, at=dcc.AT).error == "unknown_issuer"
    assert set(trust._by_id) == {dcc.KID}


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59+00:00"])
def test_a_list_from_the_end_of_all_calendars_is_not_imported(time, tmp_path):
    # To ask such a list whether it is stale ended in an OverflowError.
    body = json.dumps({"certificates": [trust_lists.entry(timestamp=time)]}).encode()
    content = trust_lists.signature(body) + b"\n" + body
    with pytest.raises(TrustError, match="cannot be"):
        lists.read(content, None, trust_lists.source(tmp_path))
