"""From light to text: cameras and images in, the texts of codes out. Nothing here knows what a code means."""

import os

# OpenCV reads these once, when it is loaded: they have to stand before any module of this package imports it.
# No image of more than 64 million pixels is unpacked, whatever its file claims: a small file may hold a huge one.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(64_000_000))
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
