"""What other threads tell the line's thread; it alone owns state, book and web position."""

import queue
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.types import LinkState, TriggerReport
from service.line_commands import LineCommand
from service.said.sayings import Saying
from vision.calibration import Calibration
from vision.inspector import Inspector
from vision.lint_colour import ColourRegression


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The microcontroller exposed a frame."""

    report: TriggerReport
    arrived_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """The link to the sorter is in another state."""

    state: LinkState
    why: str
    armed_ns: int  # until then, at least, the controller was armed


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraChanged:
    """The camera went, came back, or its recording ended."""

    here: bool
    why: str
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameShed:
    """The grabber had to throw a frame away: the queue was full."""

    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something is wrong beside the line: an alarm, and a degraded state where sorting suffers."""

    code: str
    said: Saying
    degrades: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """It is well again."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandArrived:
    """The plant asks for something."""

    command: LineCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeReady:
    """A recipe that a command asked for is loaded and warm, or could not be."""

    command: LineCommand
    inspector: Inspector | None
    failure: Saying | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationMade:
    """Somebody calibrated the camera while the line runs."""

    calibration: Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencesMeasured:
    """Somebody measured reference samples of lint while the line runs."""

    references: ColourRegression


Message = (
    Trigger
    | LinkChanged
    | CameraChanged
    | FrameShed
    | Trouble
    | Recovered
    | CommandArrived
    | RecipeReady
    | CalibrationMade
    | ReferencesMeasured
)


class Inbox:
    """A queue of messages. Its senders bound it: a trigger needs an exposure, a state a change."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def put(self, message: Message) -> None:
        """Tell the line's thread; never waits."""
        self._messages.put(message)

    def drain(self, handle: Callable[[Message], None], *, wait_s: float = 0.0) -> None:
        """Hand over everything that has arrived; if there is nothing, wait so long for something."""
        while True:
            try:
                message = self._messages.get(block=wait_s > 0, timeout=wait_s)
            except queue.Empty:
                return
            wait_s = 0.0
            handle(message)
