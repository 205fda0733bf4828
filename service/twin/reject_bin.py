"""The reject bin of a run, weighed lane by lane: the line's own rule says which valves don't blow."""

import numpy as np
from numpy.typing import NDArray

from service.events import Body, ShotGivenUp
from service.line.bin_watch import BinWatch
from service.line.situation import Situation
from service.twin.run import Ran


def stuck_lanes(ran: Ran, jet_mm2: NDArray[np.float64]) -> tuple[int, ...]:
    """Lanes whose acknowledged shots are booked as not sorted, since next to nothing fell into the bin."""
    recorded: list[Body] = []
    situation = Situation(now_ns=lambda: 0, record=recorded.append)
    watch = BinWatch(ran.scenario.seconds, situation, now_ns=lambda: 0, record=recorded.append)
    for answer in ran.answers:
        watch.note(answer)
    grams = np.zeros(ran.bank.lanes)
    for jet, area in zip(ran.jets, jet_mm2, strict=True):
        grams[jet.lane] += area * ran.geometry.feed.kg_per_m2 * 1e-3
    for lane in range(ran.bank.lanes):
        watch.read(float(grams[lane]), lane)
    return tuple(sorted({body.lane for body in recorded if isinstance(body, ShotGivenUp)}))
