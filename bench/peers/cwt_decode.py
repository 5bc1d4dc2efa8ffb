"""The library cwt beside ours: EU certificate text to verified claims, on the same strings. Runs in its own environment.

    .venv/peers/cwt/bin/python bench/peers/cwt_decode.py FILE

FILE holds a JSON object a line: ``text``, ``key`` (PEM), ``key_id`` (hexadecimal), ``algorithm``. Says first, as JSON, which of the lines it
verifies; then, for each line of standard input (numbers of lines), how many seconds of the processor each of those took.
"""

from __future__ import annotations

import json
import sys
import time
import zlib
from pathlib import Path

import base45
from cwt import CWT, COSEKey

#: The strings are of past years; how old they are is not what is measured.
_FOREVER_S = 10**10


def main() -> int:
    """Answer until there is no more input."""
    decoder = CWT.new(expires_in=_FOREVER_S, leeway=_FOREVER_S)
    given = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    keys = []
    for one in given:
        algorithm = {"alg": "PS256"} if one["algorithm"] == "PS256" else {}
        keys.append(COSEKey.from_pem(one["key"], kid=bytes.fromhex(one["key_id"]), **algorithm))
    work = [(one["text"], key) for one, key in zip(given, keys, strict=True)]

    def decode(text: str, key: object) -> None:
        decoder.decode(zlib.decompress(base45.b45decode(text.removeprefix("HC1:"))), keys=[key])

    able = []
    for number, (text, key) in enumerate(work):
        try:
            decode(text, key)
        except Exception as error:  # noqa: BLE001 -- whatever it has against it, it cannot be measured
            print(f"{number}: {error}", file=sys.stderr)
        else:
            able.append(number)
    print(json.dumps(able), flush=True)
    for line in sys.stdin:
        chosen = [work[number] for number in json.loads(line)]
        seconds = []
        for text, key in chosen:
            began = time.process_time()
            decode(text, key)
            seconds.append(time.process_time() - began)
        print(json.dumps(seconds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
