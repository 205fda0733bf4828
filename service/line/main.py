"""The line process: builds the line, runs it until it is asked to stop, brings everything home."""

import logging
import threading
import time

import cv2

from service.line.hardware import Hardware
from service.line.health import Minute
from service.line.line import Line, inspecting_threads
from service.line.priority import Priorities
from service.line.timing import write_report
from service.settings import LineSettings

log = logging.getLogger(__name__)

WATCH_S = 0.2
TIMING_FILE = "timing.json"  # in the line's data_dir, written once a minute


def run_line(settings: LineSettings, stop: threading.Event, *, hardware: Hardware | None = None) -> int:
    """Run one line until `stop` is set or its recording ends; returns the exit code.

    Raises:
        LineError: the line can't start; the message says what to do.
    """
    cv2.setNumThreads(1)  # its own pool has no rank and waits behind the recorder; frames gain nothing by it
    priorities = Priorities(settings.realtime, threads=inspecting_threads(settings))
    priorities.begin()
    line = Line(settings, hardware=hardware, priorities=priorities)
    priorities.freeze()
    line.start()

    def tell() -> None:
        log.info("%s", line.status().text())
        log.info("%s", line.timing.minute().text())
        write_report(line.timing.whole(), settings.data_dir / TIMING_FILE)

    minute = Minute(tell, now_ns=time.monotonic_ns)
    while line.running and not stop.wait(WATCH_S):
        minute.tick()
        line.follow_calibration()
    line.stop()
    write_report(line.timing.whole(), settings.data_dir / TIMING_FILE)
    if line.failure:
        log.error("line %s did not end well: %s", settings.line, line.failure)
        return 1
    return 0
