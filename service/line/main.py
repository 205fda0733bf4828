"""The line process: builds the line, runs it until it is asked to stop, brings everything home."""

import gc
import logging
import threading
import time

import cv2

from service.line.health import Minute
from service.line.line import Line
from service.settings import LineSettings

log = logging.getLogger(__name__)

WATCH_S = 0.2


def run_line(settings: LineSettings, stop: threading.Event) -> int:
    """Run one line until `stop` is set or its recording ends; returns the exit code.

    Raises:
        LineError: the line can't start; the message says what to do.
    """
    cv2.setNumThreads(settings.threads)  # the other cores belong to camera, recorder and the other lines
    line = Line(settings)
    # What lives now lives as long as the process: the collector need not look at it again and again. It lets
    # no thread run for some 100 ms: once the sorter is armed that would cost heartbeats.
    gc.collect()
    gc.freeze()
    line.start()
    minute = Minute(line.status, now_ns=time.monotonic_ns)
    while line.running and not stop.wait(WATCH_S):
        minute.tick()
        line.follow_calibration()
    line.stop()
    if line.failure:
        log.error("line %s did not end well: %s", settings.line, line.failure)
        return 1
    return 0
