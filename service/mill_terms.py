"""The closed sets in which plant and mill's systems speak to each other. Codes are stable."""

from enum import StrEnum


class MessageKind(StrEnum):
    """What a message of the plant tells."""

    PLANT_STATUS = "plant_status"
    LINE_STATE = "line_state"
    ALARM = "alarm"
    DEFECT = "defect"
    ROLL = "roll"
    ROLL_GRADE = "roll_grade"
    ROLL_DISPOSITION = "roll_disposition"
    LOT = "lot"
    SHIFT_KPI = "shift_kpi"
    COMPLAINT = "complaint"


class Phase(StrEnum):
    """Whether a roll or lot began or ended."""

    STARTED = "started"
    ENDED = "ended"


class Decision(StrEnum):
    """What a person decided about a roll."""

    HOLD = "hold"
    RELEASE = "release"
    DOWNGRADE = "downgrade"
    WITHDRAWN = "withdrawn"  # an earlier decision should never have been made
