"""One machine that runs it all: for a desk, a demo, or a small venue's single box.

For a production venue file: the door and the pages. For a demo venue file, besides: a demo authority, central with a
folder of its own, a simulated camera and door, and the people of the evening. What is made for a demo lies in the
folder that holds the venue's data, is marked as such, and begins afresh with every run.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from firmware_bridge import BridgeError, DoorConfig
from firmware_bridge.bench import Bench
from kiosk import settings as venue
from kiosk.demo import evening as script
from kiosk.demo.authority import Authority
from kiosk.demo.director import Director
from kiosk.demo.doorstep import STRIDE_S, Doorstep
from kiosk.demo.hand_held import FOLDER, HandHeld
from kiosk.demo.processes import ProcessError, Processes, answers, demand_free
from kiosk.demo.scene import Scene
from kiosk.demo.sign_ins import FILE, SOURCES, SignIns, make_inspector
from kiosk.demo.staff import STAFF, Taps
from kiosk.demo.visitors import demo_visitors
from kiosk.demo.watching import EveningError, Watch
from kiosk.errors import KioskError, SettingsError
from kiosk.gate.protocol import DoorClient
from kiosk.proofs import inspector_files
from kiosk.proofs.holdings import Places
from kiosk.store.keys import open_signer

PROGRAMS = Path(sys.executable).parent
#: Seconds that central may take to receive what is left of an evening.
CENTRAL_S = 30.0
_MARK = ".made-for-a-demo"
#: Times the demo's people that an evening may call for, each time others of their kind.
_ROUNDS = 12


def say(line: str) -> None:
    """A line for whoever looks at the terminal."""
    print(line, flush=True)


class DeskMachine:
    """The lot, for one venue file.

    Args:
        file: the venue file.
        evening: its script, if it has one; nothing is played in production.
        play: whether the evening is played.
        until_over: end when the evening is over, and not when somebody says so.

    Raises:
        SettingsError: a file is wrong, or there is no evening to wait for.
    """

    def __init__(
        self, file: Path, evening: Path | None, *, play: bool = True, until_over: bool = False
    ) -> None:
        self._plays = play
        self._file = file
        self._settings = venue.load(file, door=DoorConfig)
        self._evening = script.load(evening) if evening and not self._settings.production else None
        if until_over and not (self._evening and play):
            raise SettingsError(
                "there is no evening to wait for", where=str(file), mend="leave out --until-over"
            )
        self._until_over = until_over
        self._went_wrong = False
        self._went_as_scripted = False
        self._home = self._settings.data.parent
        self._pair_link = self._settings.data / "pair-link"
        self._stop = threading.Event()

    def run(self) -> int:
        """Until Ctrl-C or SIGTERM, or the evening is over. 1 when something ended by itself or the evening went wrong."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        processes = Processes()
        try:
            # Before anything is removed: what is there may belong to a run that is going on.
            self._demand_ports()
            if not self._settings.production:
                self._begin_afresh()
            processes.log_to(self._home / "logs")
            self._serve(processes)
        except (KioskError, BridgeError) as error:
            print(f"kiosk run: {error}", file=sys.stderr)
            return 1
        finally:
            processes.stop()
        return 1 if self._went_wrong or (self._until_over and not self._went_as_scripted) else 0

    def _serve(self, processes: Processes) -> None:
        settings = self._settings
        signs = None if settings.production else self._make_people_known(processes)
        camera = self._start_camera(processes) if self._evening else None
        shift = (
            ["--at", self._evening.starts.isoformat(), "--pace", str(self._evening.pace)]
            if self._evening
            else []
        )
        bench = self._bench() if self._evening else None
        config = ["--config", str(self._file)]
        socket = settings.socket_path
        processes.start("door", [str(PROGRAMS / "kiosk"), "door", *config, *shift], socket.exists)
        # The first browser that follows this link is the kiosk's own display; the link is good once.
        pages = [str(PROGRAMS / "kiosk"), "web", *config, "--pair-link-file", str(self._pair_link)]
        processes.start("web", pages, lambda: answers(settings.host, settings.port))
        self._tell_where(signs)
        if self._evening and self._plays and signs:
            door = DoorClient(socket)
            scene = Scene(
                watch=Watch(door),
                taps=Taps(door, signs.supervisor),
                doorstep=self._doorstep(bench),
                say=say,
            )
            visitors = demo_visitors(Authority.open(self._authority), self._evening.starts, _ROUNDS)
            director = Director(self._evening, visitors, scene, camera)
            threading.Thread(
                target=self._play, args=(director, scene, camera), name="evening", daemon=True
            ).start()
        elif camera:
            self._hand_over(camera)
        while not self._stop.wait(0.5):
            processes.check()

    def _demand_ports(self) -> None:
        settings = self._settings
        demand_free("the pages", settings.host, settings.port)
        if not settings.production:
            urls = {"central": settings.central.url if settings.central else None}
            if self._evening and settings.cameras:
                urls["the simulated camera"] = str(settings.cameras[0].source)
            for what, url in urls.items():
                if url:
                    demand_free(what, *_address(url))

    @property
    def _authority(self) -> Path:
        """The demo authority's folder."""
        return self._settings.keyrings[0].parent

    def _hand_over(self, camera: SimulatedCamera) -> None:
        """From here on whoever plays may hold codes up to the camera."""
        folder = self._home / FOLDER
        say(f"  to hold up a code   copy its picture into {_short(folder)}")
        held = HandHeld(folder, camera, say)
        threading.Thread(target=held.watch, args=(self._stop,), name="hand-held", daemon=True).start()

    def _play(self, director: Director, scene: Scene, camera: SimulatedCamera | None) -> None:
        try:
            director.play()
            tally = scene.tally
            say(
                f"       The evening is over, as scripted: {tally.admitted} admitted, {tally.refused} refused."
            )
            self._tell_what_central_has(scene.watch.now().events[0].index + 1)
            self._went_as_scripted = True
            if not self._until_over:
                say("The system stays up for you; Ctrl-C ends it.")
                if camera:
                    self._hand_over(camera)
        except (KioskError, OSError, ValueError) as error:
            self._went_wrong = True
            print(f"kiosk run: the evening broke off: {error}", file=sys.stderr, flush=True)
        finally:
            if self._until_over:
                self._stop.set()

    def _begin_afresh(self) -> None:
        """Remove what the last run of this demo made; never a folder that a demo did not make."""
        if self._home.exists() and any(self._home.iterdir()):
            if not (self._home / _MARK).exists():
                raise SettingsError(
                    "is not a folder that a demo made, and a demo begins afresh",
                    where=str(self._home),
                    mend="remove it yourself, or choose another folder for `data`",
                )
            shutil.rmtree(self._home)
        self._settings.data.mkdir(parents=True)
        (self._home / _MARK).write_text(
            "Made by `kiosk run` for a demo; the next run removes it.\n", encoding="utf-8"
        )

    def _start_central(self, processes: Processes) -> None:
        """Central, with a folder of its own, knows this kiosk and the health authority's key."""
        settings = self._settings
        if settings.central is None:
            return
        host, port = _address(settings.central.url)
        data = ["--data", str(self._home / "central")]
        # Its name says DEMO, and the demo authority's key for codes signs the badges: a door in production believes neither.
        _central("init", *data, "--public", str(settings.sealing_key_file), "--name", "DEMO-central")
        shutil.copy(self._authority / "codes.pem", self._home / "central" / "codes-private.pem")
        key = open_signer(settings.data, settings.kiosk).key
        known = ["--key", str(key), "--venue", settings.venue]
        files = [
            *("--token-file", str(settings.central.token_file)),
            *("--certificate-file", str(settings.data / "certificate.note")),
        ]
        _central("enrol", settings.kiosk, *data, *known, *files)
        serve = [str(PROGRAMS / "central"), "serve", *data, "--host", host, "--port", str(port)]
        if self._evening:
            # Central keeps sealed data by the law's clock, and the evening is long past by the real one.
            serve += ["--at", self._evening.starts.isoformat()]
        processes.start("central", serve, lambda: answers(host, port))

    def _make_people_known(self, processes: Processes) -> SignIns:
        """The demo authority, central, sign-ins with passwords that nobody has seen before, and the inspector's badge."""
        Authority.open(self._authority)
        self._start_central(processes)
        settings = self._settings
        believes = settings.central is not None and self._authority / SOURCES in settings.trust_sources
        signs = SignIns.make(STAFF, inspector=believes)
        signs.save(settings.data)
        if signs.badge_pin is not None:
            at = self._evening.starts.isoformat() if self._evening else None
            held = make_inspector(_central, self._home, self._authority, signs.badge_pin, at=at)
            inspector_files.save(Places.of(settings), held.read_bytes(), now=datetime.now(UTC))
        file = self._home / FILE
        file.touch(mode=0o600)
        file.write_text("\n".join(signs.lines(self._badge)) + "\n", encoding="utf-8")
        return signs

    @property
    def _badge(self) -> Path:
        return _short(self._home / "inspector" / "badge.png")

    def _start_camera(self, processes: Processes) -> SimulatedCamera | None:
        if not self._settings.cameras:
            return None
        host, port = _address(str(self._settings.cameras[0].source))
        command = [sys.executable, "-m", "kiosk.demo.camera", "--port", str(port)]
        return SimulatedCamera(processes.start("camera", command, lambda: answers(host, port), speak=True))

    def _bench(self) -> Bench | None:
        door = self._settings.door
        if door.kind != "mock" or not door.simulator:
            return None
        return Bench(door.gpio, door.simulator, stride_s=STRIDE_S).start()

    def _doorstep(self, bench: Bench | None) -> Doorstep:
        pins = self._settings.door.gpio
        return Doorstep(bench, entry_only=bool(pins and pins.counts_entries and not pins.counts_exits))

    def _tell_where(self, signs: SignIns | None) -> None:
        settings = self._settings
        at = f"http://{settings.host}:{settings.port}"
        say(f"{settings.name['en']} · {settings.name['zh-Hant']}")
        say(f"  what visitors see   {at}/display")
        if self._pair_link.is_file():
            say(f"  ... as their touch screen, once: {self._pair_link.read_text(encoding='utf-8').strip()}")
        say(f"  what staff see      {at}/desk")
        if signs:
            say(f"  what inspectors see {at}/inspect")
            for line in signs.lines(self._badge):
                say(f"  {line}")

    def _tell_what_central_has(self, entries: int) -> None:
        """Wait until central holds the evening's entries."""
        if self._settings.central is None:
            return
        end = time.monotonic() + CENTRAL_S
        while (held := self._held_by_central()) < entries:
            if time.monotonic() > end:
                raise EveningError(f"central holds {held} of {entries} entries")
            time.sleep(0.5)
        say(f"       Central holds {held} entries of this kiosk.")

    def _held_by_central(self) -> int:
        central = self._settings.central
        if central is None:
            return 0
        token = central.token_file.read_text(encoding="utf-8").strip()
        request = urllib.request.Request(  # noqa: S310 - the venue file allows http and https only
            f"{central.url}/v1/kiosks/{self._settings.kiosk}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return int(json.load(answer)["next"])


class SimulatedCamera:
    """The camera process, as the people see it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def show(self, text: str, seconds: float) -> None:
        """Hold up a code for so long; returns when it has been taken away.

        Raises:
            ProcessError: the camera process is gone.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise ProcessError("the simulated camera was started without pipes")
        self._process.stdin.write(json.dumps({"show": text, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if json.loads(line).get("event") == "ended":
                return
        raise ProcessError("the simulated camera ended")


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return str(parts.hostname), int(parts.port or 80)


def _short(file: Path) -> Path:
    """Without the folder in which we stand."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _central(*arguments: str, said: str | None = None) -> None:
    """Call a verb of the program ``central``."""
    done = subprocess.run(
        [str(PROGRAMS / "central"), *arguments],
        input=said,
        stdin=None if said is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProcessError(f"central {arguments[0]} failed", mend=done.stderr.strip())
