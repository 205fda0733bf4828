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
    LOT = "lot"
    SHIFT_KPI = "shift_kpi"
    COMPLAINT = "complaint"


class Phase(StrEnum):
    """Whether a roll or lot began or ended."""

    STARTED = "started"
    ENDED = "ended"
