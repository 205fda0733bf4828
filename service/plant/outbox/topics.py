"""Where on the broker each message lies: ISA-95 levels, then this product's own branch.

[prefix/]enterprise/site[/area/line]/maqta/v1/...

    plant/status                  retained; last will
    line/state                    retained, where it is the newest
    alarm/{code}                  retained
    defect                        each as found
    roll/event                    began, ended
    roll/grade                    retained: the last roll's
    roll/disposition              held, released, downgraded
    lot/event                     began, ended
    kpi/{basis}/{slug}            retained: the last shift's
    complaint                     as taken down
"""

import re

from service.mill_terms import MessageKind
from service.plant.outbox.messages import AlarmBody, LineStateBody, Message, Place, ShiftKpiBody

BRANCH = "maqta/v1"
FIXED = {
    MessageKind.PLANT_STATUS: "plant/status",
    MessageKind.LINE_STATE: "line/state",
    MessageKind.DEFECT: "defect",
    MessageKind.ROLL: "roll/event",
    MessageKind.ROLL_GRADE: "roll/grade",
    MessageKind.ROLL_DISPOSITION: "roll/disposition",
    MessageKind.LOT: "lot/event",
    MessageKind.COMPLAINT: "complaint",
}
RETAINED = frozenset(
    {MessageKind.PLANT_STATUS, MessageKind.ALARM, MessageKind.ROLL_GRADE, MessageKind.SHIFT_KPI}
)
LONGEST_LEVEL = 120  # characters; a whole topic may have 65 535 bytes


def topic_of(message: Message, prefix: str = "") -> str:
    """The topic of a message."""
    return f"{root_of(message.place, prefix)}/{_tail(message)}"


def root_of(place: Place, prefix: str = "") -> str:
    """The branch of a place."""
    levels = [place.enterprise, place.site, *([place.area, place.line] if place.line else [])]
    root = "/".join([*([prefix] if prefix else []), *(level_of(level) for level in levels)])
    return f"{root}/{BRANCH}"


def is_retained(message: Message) -> bool:
    """Whether the broker keeps the message for those who subscribe later."""
    body = message.body
    return body.current if isinstance(body, LineStateBody) else message.kind in RETAINED


def level_of(name: str) -> str:
    """A name as one topic level: what would part levels or match others becomes '_'; never empty."""
    return re.sub(r"[/+#$\x00-\x1f\x7f-\x9f\ud800-\udfff]", "_", name.strip())[:LONGEST_LEVEL] or "_"


def _tail(message: Message) -> str:
    match message.body:
        case AlarmBody():
            return f"alarm/{level_of(message.body.code)}"
        case ShiftKpiBody():
            return f"kpi/{level_of(message.body.basis)}/{level_of(message.body.slug)}"
    return FIXED[message.kind]
