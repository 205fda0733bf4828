"""maqta sorter twin: a controller without hardware on a port of its own, to try everything with."""

import argparse
import os
import select
import sys
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_bridge.twin import McuTwin
    from firmware_bridge.twin_schedule import Firing

NAME = "twin"
HELP = (
    "Play the sorter's controller on a port of its own, with a running belt, until Ctrl-C; type 'help' to it."
)
LOOK_S = 0.05
WORDS = {
    "speed MM_S": "run the belt at this speed; 0 stands still",
    "stop": "press the emergency stop",
    "release": "release it",
    "unplug": "pull the cable",
    "plug": "put it in again, at another port",
    "restart": "switch the controller off and on",
    "silent": "lose every byte both ways",
    "speak": "end that",
    "state": "say how it is",
    "quit": "end",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this action's arguments."""
    parser.add_argument("--speed-mm-s", type=float, default=500.0, help="of the belt (default 500)")
    parser.add_argument("--counts-per-mm", type=float, default=10.0, help="of its encoder (default 10)")
    parser.add_argument("--link", type=Path, metavar="PATH", help="keep a link to the port under this name")
    parser.add_argument("--quiet", action="store_true", help="don't say what the outputs do")


def run(args: argparse.Namespace) -> int:
    """Play until Ctrl-C, SIGTERM or 'quit'."""
    from firmware_bridge.twin import McuTwin
    from service.stopping import stop_on_signals

    stop = stop_on_signals()
    twin = McuTwin(
        speed_mm_s=args.speed_mm_s, counts_per_mm=args.counts_per_mm, on_expose=lambda seq, count: None
    )
    twin.start()
    played = _Played(twin, args.link, is_quiet=args.quiet)
    try:
        played.tell_port()
        while not stop.is_set() and not played.has_quit:
            played.turn()
    finally:
        played.remove_link()
        twin.stop()
    return 0


class _Played:
    """The twin, what is typed to it, and what is said of its outputs."""

    def __init__(self, twin: "McuTwin", link: Path | None, *, is_quiet: bool) -> None:
        self._twin = twin
        self._link = link
        self._is_quiet = is_quiet
        self._last: Firing | None = None  # that was told
        self._typed = b""
        self._listens = True
        self.has_quit = False

    def tell_port(self) -> None:
        """Say where the port is, and point the link at it."""
        if self._link is not None:
            self.remove_link()
            self._link.symlink_to(self._twin.port)
        _say(f"the twin's port is {self._link or self._twin.port}; type 'help' for what it can be told")

    def remove_link(self) -> None:
        """Take the link away, if it is one: a file of this name is not ours."""
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()

    def turn(self) -> None:
        """Listen for a moment, obey, and say what the outputs did."""
        if self._listens:
            ready, _, _ = select.select([sys.stdin], [], [], LOOK_S)
            if ready:
                self._read()
        else:
            select.select([], [], [], LOOK_S)
        if not self._is_quiet:
            for firing in self._new_firings():
                _say(_told(firing))

    def _new_firings(self) -> "tuple[Firing, ...]":
        fired = self._twin.fired
        new = tuple(takewhile(lambda firing: firing is not self._last, reversed(fired)))[::-1]
        self._last = fired[-1] if fired else None
        return new

    def _read(self) -> None:
        data = os.read(sys.stdin.fileno(), 4096)
        self._listens = bool(data)  # the end of what is typed is not the end of the twin
        *lines, self._typed = (self._typed + data).split(b"\n")
        for line in lines:
            if words := line.decode(errors="replace").split():
                self._obey(words)

    def _obey(self, words: list[str]) -> None:
        twin = self._twin
        match words:
            case ["speed", value] if _number(value) is not None:
                twin.set_speed(_number(value) or 0.0)
            case ["stop"]:
                twin.emergency_stop()
            case ["release"]:
                twin.release_emergency_stop()
            case ["unplug"]:
                twin.unplug()
            case ["plug"]:
                twin.plug_in()
                self.tell_port()
            case ["restart"]:
                twin.reboot()
            case ["silent"]:
                twin.go_silent()
            case ["speak"]:
                twin.speak_again()
            case ["state"]:
                pass
            case ["quit"]:
                self.has_quit = True
            case _:
                _say("\n".join(f"  {word:12} {what}" for word, what in WORDS.items()))
                return
        runs = "may run" if twin.line_may_run else "stopped"
        _say(f"{twin.state.name}, line {runs}, encoder at {twin.encoder_count()} counts")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _told(firing: "Firing") -> str:
    from firmware_bridge.outputs import NAMES
    from firmware_bridge.twin import TICK_HZ

    ms = (firing.tick_off - firing.tick_on) / TICK_HZ * 1e3
    counts = firing.count_off - firing.count_on
    return f"{NAMES[firing.output]} on at count {firing.count_on} for {counts} counts, {ms:.2f} ms"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
