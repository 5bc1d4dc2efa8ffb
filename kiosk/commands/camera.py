"""``kiosk camera``: read a camera and print what it sees as JSON Lines (`kiosk.scanning.messages`).

The door starts one for each camera. It ends when its reader goes away.
"""

from __future__ import annotations

import argparse
import os
import sys

#: Exit status when reading the camera hangs and only a new process helps.
STUCK = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "source",
        help="a camera's index or device, an http:// or rtsp:// address, a video file, an image, a folder of images",
    )
    parser.add_argument("--name", default="camera", help="its name in the messages (default: camera)")
    parser.add_argument(
        "--budget-ms", type=float, default=60.0, help="time to decode one picture in (default: 60)"
    )
    parser.add_argument("--preview", action="store_true", help="print small pictures for the aiming aid too")
    parser.add_argument("--loop", action="store_true", help="begin a video again when it ends")
    parser.add_argument(
        "--follow", action="store_true", help="go on watching a folder for images that appear"
    )
    parser.add_argument(
        "--every",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="how long an image of a folder is shown (default: 1)",
    )


def run(args: argparse.Namespace) -> int:
    """Look until the source ends, our reader goes away or we are stopped."""
    import cv2

    from kiosk.scanning.live import StuckError
    from kiosk.scanning.lookout import Lookout
    from kiosk.scanning.saying import end_with_reader, say
    from kiosk.scanning.sources import Manner, open_source

    # Several cameras share the machine with the door: none takes more than one core.
    cv2.setNumThreads(1)
    end_with_reader()
    lookout = Lookout(args.name, say, max(0.0, args.budget_ms / 1000), preview=args.preview)
    try:
        lookout.run(
            open_source(args.source, Manner(loop=args.loop, follow=args.follow, every_s=max(0.0, args.every)))
        )
    except KeyboardInterrupt:
        return 0
    except StuckError as error:
        print(f"kiosk camera: {args.source}: {error}", file=sys.stderr, flush=True)
        # Not `return`: the thread that hangs in native code would keep the interpreter from ending.
        os._exit(STUCK)
    return 0
