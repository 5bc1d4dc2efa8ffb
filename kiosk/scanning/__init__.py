"""From light to text: cameras and images in, the texts of codes out. Nothing here knows what a code means."""

import os

# OpenCV reads these once, when it is loaded: they have to stand before any module of this package imports it.
# No image of more than 64 million pixels is unpacked, whatever its file claims: a small file may hold a huge one.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(64_000_000))
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# Seconds after which reading a local camera that sends nothing gives up; OpenCV's own ten are too long for a door.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
# A stream over the network: no pictures held back, and TCP, because a lost packet smears a code.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|fflags;nobuffer|flags;low_delay")
