"""One PC: start the plant and its lines as processes, start again what falls, stop all in the right order."""

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from service.settings import RunSettings, address_of
from service.settings_file import load_site

log = logging.getLogger(__name__)

PLANT_READY_S = 30.0  # the lines start without the plant after this
STOP_LINE_S = 30.0  # a line books what is in flight and delivers what it can
STOP_PLANT_S = 15.0
POLL_S = 0.2
BACK_OFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)  # before each further start; the last one repeats
STEADY_S = 60.0  # a process that ran so long starts again at once
# a line or a plant takes the signal for itself before it opens anything: without that it had nothing to close
ENDED_WELL: Final = (0, -signal.SIGTERM)


@dataclass(slots=True)
class Child:
    """One supervised process."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0
    falls: int = 0
    next_start_s: float = 0.0

    def start(self, now_s: float) -> None:
        """Start it in a process group of its own, so that Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen(self.command, start_new_session=True)
        self.started_s = now_s

    def running(self) -> bool:
        """Whether the process is alive."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Ask it to stop, once: a second signal would end a process that has no handler any more."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_stopped(self, timeout_s: float) -> bool:
        """Wait for its end, kill it only when it does not answer; True when it ended well."""
        if self.process is None:
            return self.started_s == 0.0  # it never had to run; or it fell and waits for its next start
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            log.error("%s did not stop within %.0f s and was killed", self.name, timeout_s)
            self.process.kill()
            self.process.wait()
        if self.process.returncode not in ENDED_WELL:
            log.error("%s ended with exit code %s", self.name, self.process.returncode)
            return False
        return True


class Supervisor:
    """Runs what a RUN.toml names until it is told to stop."""

    def __init__(self, settings: RunSettings, say: Callable[[str], None]) -> None:
        plant, lines = load_site(settings)
        self._ready_url = f"{address_of(plant.host, plant.port)}/api/v1/health"
        self._plant = Child(name="plant", command=_command("plant", settings.plant))
        self._lines = [
            Child(name=line.line, command=_command("line", path))
            for path, line in zip(settings.lines, lines, strict=True)
        ]
        self._say = say

    def run(self, stop: threading.Event) -> int:
        """Start everything and watch it; stop the lines first, so that the plant hears the last of them.

        Returns the exit code: 0 when each process closed its books and ended well.
        """
        try:
            self._plant.start(time.monotonic())
            self._await_plant(stop)
            for line in self._lines:
                if not stop.is_set():
                    line.start(time.monotonic())
            while not stop.wait(POLL_S):
                for child in (self._plant, *self._lines):
                    self._watch(child, time.monotonic())
        finally:
            ended_badly = self._stop_all()
        for child in ended_badly:
            self._say(f"maqta: {child.name} did not end well; its log above says why")
        if not ended_badly:
            self._say("maqta: stopped; every line closed its books")
        return 1 if ended_badly else 0

    def _await_plant(self, stop: threading.Event) -> None:
        end_s = time.monotonic() + PLANT_READY_S
        while time.monotonic() < end_s and self._plant.running() and not stop.is_set():
            try:
                if httpx.get(self._ready_url, timeout=1.0).is_success:
                    return
            except httpx.HTTPError:
                stop.wait(POLL_S)
        if not stop.is_set():
            log.warning("the plant does not answer yet; the lines start and keep their events until it does")

    def _watch(self, child: Child, now_s: float) -> None:
        if child.running():
            return
        if child.process is not None:
            code = child.process.returncode
            child.process = None
            child.falls = 0 if now_s - child.started_s > STEADY_S else child.falls + 1
            wait_s = BACK_OFF_S[min(child.falls, len(BACK_OFF_S) - 1)]
            child.next_start_s = now_s + wait_s
            log.error("%s ended with exit code %s; it starts again in %.0f s", child.name, code, wait_s)
        elif now_s >= child.next_start_s:
            child.start(now_s)

    def _stop_all(self) -> list[Child]:
        self._say("maqta: stopping the lines ...")
        for line in self._lines:
            line.ask_to_stop()
        ended_well = [line.wait_stopped(STOP_LINE_S) for line in self._lines]
        self._plant.ask_to_stop()
        ended_well.append(self._plant.wait_stopped(STOP_PLANT_S))
        children = [*self._lines, self._plant]
        return [child for child, well in zip(children, ended_well, strict=True) if not well]


def _command(kind: str, config: Path) -> list[str]:
    return [sys.executable, "-m", "service.cli", kind, str(config), "--with-parent"]
