"""The parts that the line's thread works with, and what it counts."""

from collections.abc import Callable
from dataclasses import dataclass, field

from service.events import SortingPolicy
from service.line.ahead import Ahead
from service.line.belt_watch import BeltWatch
from service.line.bin_watch import BinWatch
from service.line.booking import Booking
from service.line.clock import Clocks
from service.line.eyesight import Eyesight
from service.line.film import Film
from service.line.findings import Findings
from service.line.gathering import Gathering
from service.line.grabber import Grabber
from service.line.inbox import Inbox
from service.line.judging import Judge
from service.line.lint_watch import LintWatch
from service.line.numbering import Numbering
from service.line.odometer import Odometer
from service.line.recorder import Recorder
from service.line.rolls import Rolls
from service.line.shadow import Shadow
from service.line.shooter import Shooter
from service.line.situation import Situation
from service.line.sorter import SorterGate
from service.line.timing import Timing
from service.line.valve_test import ValveTest
from service.line.viewfinder import Viewfinder
from service.line.web_book import WebBook
from vision.inspector import Inspector


@dataclass(slots=True)
class LoopCounts:
    """What the loop has seen since its start."""

    frames: int = 0
    inspected: int = 0
    deadline_misses: int = 0
    last_frame_ns: int = 0
    commands: int = 0


@dataclass(kw_only=True)
class LoopParts:
    """Everything the loop works with, built by the composition root."""

    clocks: Clocks
    inbox: Inbox
    grabber: Grabber
    ahead: Ahead
    gate: SorterGate
    recorder: Recorder
    judge: Judge
    odometer: Odometer
    numbering: Numbering
    book: WebBook
    booking: Booking
    rolls: Rolls
    shooter: Shooter
    eyesight: Eyesight
    belt_watch: BeltWatch
    bin_watch: BinWatch
    lint_watch: LintWatch | None  # None: cloth
    findings: Findings
    gathering: Gathering
    film: Film | None
    shadow: Shadow
    situation: Situation
    timing: Timing
    viewfinder: Viewfinder
    valve_test: ValveTest
    lift: Callable[[Inspector], None]  # give the line's thread and this inspector's pool their rank
    policy: SortingPolicy
    run_id: str
    article: str
    counts: LoopCounts = field(default_factory=LoopCounts)
