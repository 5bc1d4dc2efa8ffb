"""Pictures to text: our stages beside each decoder alone, in one run on one core.

``python bench/scanning.py``: needs the vectors (``../shared/vectors``, or the folder named by ``KIOSK_VECTORS``).
Every decoder sees the same pictures: the vectors as they are, and each held up to a camera on a phone, 1280 x 720, in
several ways in which pictures at a door are bad. A code counts when its text is right, where the vectors know it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.demo.render import Look, Room, held_up
from kiosk.scanning.decode import decode, load_image
from kiosk.scanning.image import Gray, Image, gray

import cv2  # isort: skip - after kiosk.scanning, which sets its limits
import numpy as np
import zxingcpp
from pyzbar import pyzbar

BUDGET_S = 0.06

#: What goes wrong at a door -> how.
LOOKS = {
    "held well": Look(),
    "far away": Look(size=250, blur=0.8),
    "out of focus": Look(blur=2.4),
    "far and soft": Look(size=330, blur=1.5),
    "dark and noisy": Look(light=0.3, grain=14, size=380),
    "slanted, glare": Look(tilt=28, glare=0.7, size=380),
}

Decoder = Callable[[Image], tuple[str, ...]]


@dataclass(frozen=True)
class Sample:
    """A vector: its picture and, where the vectors say it, its text."""

    name: str
    image: Image
    text: str | None


def vectors() -> Path:
    """Where the vectors lie."""
    return Path(os.environ.get("KIOSK_VECTORS", str(Path(__file__).parents[1].parent / "shared" / "vectors")))


def samples(folder: str) -> list[Sample]:
    """Every picture below ``folder`` of the vectors."""
    root = vectors() / folder
    files = sorted(file for file in root.rglob("*") if file.suffix in {".png", ".webp"})
    return [Sample(str(file.relative_to(root)), load_image(file), _truth(file)) for file in files]


def _truth(file: Path) -> str | None:
    text = file.with_suffix(".txt")
    return text.read_bytes().decode() if text.exists() else None


def ours(image: Image) -> tuple[str, ...]:
    """Our stages."""
    return decode(image, budget_s=BUDGET_S).texts


def zxing_alone(image: Image) -> tuple[str, ...]:
    """zxing-cpp with its own settings."""
    return tuple(found.text for found in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode))


def pyzbar_alone(image: Image) -> tuple[str, ...]:
    """Pyzbar with its own settings, which now and then raises."""
    try:
        found = pyzbar.decode(image, symbols=[pyzbar.ZBarSymbol.QRCODE])
    except ValueError:
        return ()
    return tuple(code.data.decode("utf-8", "replace") for code in found)


def opencv_alone(image: Image) -> tuple[str, ...]:
    """OpenCV's detector with its own settings, which now and then raises."""
    try:
        _, texts, _, _ = cv2.QRCodeDetector().detectAndDecodeMulti(image)
    except (cv2.error, UnicodeDecodeError):
        return ()
    return tuple(text for text in texts if text)


DECODERS: dict[str, Decoder] = {
    "ours": ours,
    "zxing-cpp alone": zxing_alone,
    "pyzbar alone": pyzbar_alone,
    "OpenCV alone": opencv_alone,
}


@dataclass(frozen=True)
class Score:
    """How one decoder did on one set: codes found, pictures, and milliseconds for each picture."""

    found: int
    pictures: int
    times_ms: tuple[float, ...]

    def __str__(self) -> str:
        times = np.array(self.times_ms)
        return f"{self.found:4}/{self.pictures:<4} {times.mean():6.1f} {np.percentile(times, 95):6.1f} {times.max():6.0f}"


def score(decoder: Decoder, pictures: list[tuple[Gray, str | None]]) -> Score:
    """Let one decoder read every picture."""
    found, times = 0, []
    for picture, truth in pictures:
        began = time.perf_counter()
        texts = decoder(picture)
        times.append((time.perf_counter() - began) * 1000)
        found += truth in texts if truth is not None else bool(texts)
    return Score(found, len(pictures), tuple(times))


def sets(
    *, every: int = 1, looks: Iterable[str] = LOOKS
) -> Iterator[tuple[str, list[tuple[Gray, str | None]]]]:
    """The sets of pictures with their true texts, made one after the other; every so many vectors only."""
    for folder in ("qr-photos", "dcc-images"):
        chosen = [_with_truth(sample) for sample in samples(folder)[::every]]
        yield f"{folder}, as they are", chosen
        for name in looks:
            look = LOOKS[name]
            room = Room(look.grain)
            yield (
                f"{folder}, {name}",
                [
                    (gray(held_up(picture, look, room, at=0.37 * number)), truth)
                    for number, (picture, truth) in enumerate(chosen)
                ],
            )


def _with_truth(sample: Sample) -> tuple[Gray, str | None]:
    """A code without a known text is held against what a pristine reading of it says."""
    picture = gray(sample.image)
    return picture, sample.text if sample.text is not None else next(iter(decode(picture).texts), None)


def main() -> int:
    """Print the table."""
    if not vectors().is_dir():
        print(
            f"bench scanning: no vectors in {vectors()}: name their folder in KIOSK_VECTORS", file=sys.stderr
        )
        return 2
    cv2.setNumThreads(1)
    print(
        "Pictures to text: codes found / pictures, ms mean, p95, worst; one thread, grey pictures in memory\n"
    )
    print(f"{'':28}" + "".join(f"{name:^33}" for name in DECODERS))
    sums: dict[str, list[Score]] = {name: [] for name in DECODERS}
    for title, pictures in sets():
        scores = {name: score(decoder, pictures) for name, decoder in DECODERS.items()}
        print(f"{title:28}" + "".join(f"{one!s:^33}" for one in scores.values()), flush=True)
        for name, one in scores.items():
            sums[name].append(one)
    print(f"{'all':28}" + "".join(f"{_sum(one)!s:^33}" for one in sums.values()))
    return 0


def _sum(scores: list[Score]) -> Score:
    return Score(
        sum(one.found for one in scores),
        sum(one.pictures for one in scores),
        tuple(time for one in scores for time in one.times_ms),
    )


if __name__ == "__main__":
    sys.exit(main())
