"""Which thread goes first: SCHED_FIFO where the system permits it, cores, the interpreter's own delays.

Every thread of the process becomes a real-time one: first the link, then the grabber, the line's own, then
recorder, uplink and whoever else there is, and last who inspects. A thread that holds the interpreter's lock,
or is being handed it, and gets no core puts off whoever waits for the lock; an inspection computes without.
"""

import contextlib
import gc
import logging
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from service.line.errors import LineError
from service.settings import RealtimeSettings
from vision.pool import thread_ids

log = logging.getLogger(__name__)

HOW = (
    "give its service LimitRTPRIO=40 (systemd), or its user 'rtprio 40' in /etc/security/limits.conf; until "
    "then a busy neighbour delays shots"
)


class Rank(IntEnum):
    """Priority under SCHED_FIFO: the higher goes first. The kernel's own interrupt threads have 50."""

    SHADOW = 1  # computes as much as an inspection, and nothing waits for it
    INSPECT = 5  # whoever inspects, and the pool that computes for it
    REST = 10  # recorder, uplink, the process itself
    DECIDE = 25  # the line's thread, where others inspect for it: its work is short
    GRABBER = 30  # short work that must not wait for a frame's inspection
    LINK = 40


class Priorities:
    """Set once at the process's start, then for each thread that has its rank; any thread may call."""

    def __init__(self, settings: RealtimeSettings, *, threads: int) -> None:
        """Take what is wanted, for so many threads that inspect; nothing is changed yet.

        Raises:
            LineError: a core that is asked for isn't here, or there are fewer than threads.
        """
        self._settings = settings
        self._has_begun = self._is_fifo = False
        self.policy = "normal scheduling"
        if settings.cores:
            _check_cores(settings.cores, threads)

    def begin(self) -> None:
        """Apply to the whole process; threads and pools made from now on inherit it. Call before they are."""
        self._has_begun = True
        sys.setswitchinterval(self._settings.switch_interval_ms / 1e3)
        if self._settings.policy == "fifo":
            self._begin_fifo()

    def freeze(self) -> None:
        """Let the garbage collector leave alone what lives now: it stops every thread for some 100 ms.

        Once the sorter is armed that would cost heartbeats.
        """
        gc.collect()
        if self._settings.freeze_collector:
            gc.freeze()

    def lift(self, rank: Rank, thread_id: int | None) -> None:
        """Give a thread its rank; None: it has not been started, or has ended."""
        if self._is_fifo and thread_id is not None:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setscheduler(thread_id, os.SCHED_FIFO, os.sched_param(int(rank)))

    @contextmanager
    def at(self, rank: Rank) -> Iterator[None]:
        """Give the calling thread a rank for so long: threads started meanwhile inherit it and pass it on."""
        own = threading.get_native_id()
        self.lift(rank, own)
        try:
            yield
        finally:
            self.lift(Rank.REST, own)

    def lift_line(self, inspecting_ids: Iterable[int]) -> None:
        """Rank the threads that inspect, the line's or its helpers' and the runtime's; pin each to a core."""
        for number, thread_id in enumerate(inspecting_ids):
            self.lift(Rank.INSPECT, thread_id)
            if self._has_begun and self._settings.cores:
                core = self._settings.cores[number % len(self._settings.cores)]
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(thread_id, {core})

    def _begin_fifo(self) -> None:
        if sys.platform != "linux":
            log.warning("real-time scheduling is asked for, but this system has no SCHED_FIFO")
            return
        try:
            highest = os.sched_param(int(max(Rank)))
            os.sched_setscheduler(0, os.SCHED_FIFO, highest)  # raises where it is not permitted
            for thread_id in thread_ids():
                os.sched_setscheduler(thread_id, os.SCHED_FIFO, os.sched_param(int(Rank.REST)))
        except PermissionError:
            self.policy = "normal scheduling (SCHED_FIFO is not permitted)"
            log.warning("real-time scheduling is not permitted to this process: %s", HOW)
            return
        self._is_fifo = True
        self.policy = "SCHED_FIFO"
        log.info("real-time scheduling: SCHED_FIFO, ranks %s", ", ".join(f"{r.name} {r.value}" for r in Rank))


def _check_cores(cores: tuple[int, ...], threads: int) -> None:
    here = os.sched_getaffinity(0)
    missing = sorted(set(cores) - here)
    if missing:
        raise LineError(
            f"table [realtime], key 'cores': core {missing[0]} is not this process's to use; it has "
            f"{', '.join(map(str, sorted(here)))}"
        )
    if len(cores) < threads:
        raise LineError(
            f"table [realtime], key 'cores': {len(cores)} cores for {threads} threads of inference; name "
            f"{threads}, or lower 'threads'"
        )
