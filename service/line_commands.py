"""What the plant may ask of a line, and what the line may answer. Small, authenticated, with an expiry."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter


class CommandOutcome(StrEnum):
    """What the line did with a command from the plant."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class LineCommandKind(StrEnum):
    """What the plant may ask of a line."""

    HOLD = "hold"
    RESUME = "resume"
    CHANGE_ARTICLE = "change_article"  # argument: article
    ACTIVATE_BUNDLE = "activate_bundle"  # argument: bundle_id
    SHADOW_BUNDLE = "shadow_bundle"  # argument: bundle_id; none: the shadow of the running article ends
    SET_THRESHOLD = "set_threshold"  # arguments: article, kind, score, was, low, high, why
    KEEP_FILM = "keep_film"  # argument: seconds; none: all that the ring holds
    BIN_READ = "bin_read"  # grams fell into the reject bin since the last one; lane: of that lane alone
    TEST_VALVE = "test_valve"  # argument: lane; ms, if not 20. The line must be held
    GATHER_GOOD = "gather_good"  # argument: frames. Good material runs: keep so many
    KEEP_STRIP = "keep_strip"  # arguments: frame, web_mm. A person judged this frame: keep it whole
    END_ROLL = "end_roll"  # fabric: cut here; fibre: the lot ends, argument: the next lot's name


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCommand:
    """A request from the plant to one line; answered by a CommandAnswered event, also when refused."""

    id: str  # UUID
    line: str
    command: LineCommandKind
    arguments: dict[str, str] = field(default_factory=dict)
    issued_by: str
    issued_utc: datetime
    expires_utc: datetime


COMMANDS_CODEC: TypeAdapter[list[LineCommand]] = TypeAdapter(list[LineCommand])
