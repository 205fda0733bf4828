"""The closed sets that events speak in. Codes are stable: they are stored."""

from enum import StrEnum


class LineKind(StrEnum):
    """The two kinds of line."""

    FABRIC = "fabric"
    FIBRE = "fibre"


class LineState(StrEnum):
    """State of a line process."""

    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"  # goes on, something is wrong
    HELD = "held"  # material is not judged or not sorted until someone or something resumes
    STOPPED = "stopped"


class NotInspectedReason(StrEnum):
    """Why a stretch of material was not inspected."""

    FRAME_LOST = "frame_lost"  # triggered, never delivered
    FRAME_DAMAGED = "frame_damaged"
    PICTURE_UNFIT = "picture_unfit"  # black, saturated, frozen or blurred: nothing could be seen in it
    FRAME_SHED = "frame_shed"  # the queue was full: the line is faster than the inspector
    INSPECT_FAILED = "inspect_failed"
    JOINT = "joint"  # edge of a replayed picture
    HELD = "held"
    CAMERA_GONE = "camera_gone"
    NOT_PLACED = "not_placed"  # no encoder count: the frame can't be laid on the web
    STOPPING = "stopping"  # still in flight when the line was stopped
    GAP = "gap"  # between two triggers, e.g. before the first


class PictureWhy(StrEnum):
    """Why a picture was kept, in falling order of value."""

    DEFECT = "defect"
    JUDGED = "judged"  # a person judged this whole frame on the live strip; what they said, the plant knows
    UNSURE = "unsure"
    FAILED = "failed"
    GOOD_CLOTH = "good_cloth"  # a person asked for it: an article is learnt from it
    DISAGREEMENT = "disagreement"  # CLEAN by the active recipe, not by the shadow
    CLEAN_SAMPLE = "clean_sample"


class ShotFate(StrEnum):
    """What became of a sort command."""

    SCHEDULED = "scheduled"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    TOO_LATE = "too_late"  # the host itself saw that there was no time left
    GIVEN_UP = "given_up"  # scheduled, then dropped before it was done: see ShotGivenUp


class Actuator(StrEnum):
    """What a sort command moves."""

    VALVE = "valve"
    GATE = "gate"
    MARKER = "marker"
    LINE_STOP = "line_stop"


class MassFlow(StrEnum):
    """Which way a material goes at a step; input = good + ejected + by-product + waste + unaccounted."""

    INPUT = "input"
    GOOD = "good"  # what the step is for
    EJECTED = "ejected"  # by the sorter, good fibre carried along included
    BY_PRODUCT = "by_product"  # saleable, not good fibre: seed, linters, noils
    WASTE = "waste"


class MeasuredKind(StrEnum):
    """What sensors measure."""

    ENERGY = "energy"  # a counter
    POWER = "power"
    MOISTURE = "moisture"  # regain: water by dry mass
    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"  # relative, of the air
    MASS = "mass"  # a scale that could not weigh; what it weighed is a flow


class ReadingQuality(StrEnum):
    """How far a reading may be trusted; only GOOD ones are counted, the others are shown."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class InstrumentFault(StrEnum):
    """Why a scale or sensor gives no good value."""

    MISSING = "missing"  # it says nothing, or its port is gone
    GARBLED = "garbled"  # what it says can't be read
    OVER_RANGE = "over_range"  # beyond what it can measure, at either end
    UNSTABLE = "unstable"  # a load that never stood still
    FROZEN = "frozen"  # it says the same for too long
