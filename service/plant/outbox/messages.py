"""What can be told to the mill's systems: one envelope, one body a kind, with JSON Schema for each.

A message is told at least once. Its id never changes, so whoever has seen an id drops the message. Lengths
are mm of web since the line's encoder zero. None means "not known", never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from pydantic import Discriminator, Field, TypeAdapter, with_config

from service.event_terms import LineState
from service.mill_terms import Decision, MessageKind, Phase
from service.plant.views.rolls import GradeStatus

NAMESPACE = UUID("5b0f3a4e-6c1d-5f0e-9a77-2d1f3c8a9b10")  # of message ids; never changes
VERSION = 1  # of the envelope and of every body; any change raises it and the topics' branch
Id = str  # as the lines gave it
Share = Annotated[float, Field(ge=0, le=1)]
closed = with_config({"extra": "forbid", "json_schema_serialization_defaults_required": True})


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class PlantStatus:
    """Whether the plant is connected; `online` false is the last will."""

    kind: Literal[MessageKind.PLANT_STATUS] = MessageKind.PLANT_STATUS
    online: bool
    software: str


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class LineStateBody:
    """A line's state changed; `current` is false where a later change was known when this one arrived."""

    kind: Literal[MessageKind.LINE_STATE] = MessageKind.LINE_STATE
    state: LineState
    cause: str
    current: bool


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmBody:
    """An alarm was raised or cleared; a line that starts anew has none of its earlier ones."""

    kind: Literal[MessageKind.ALARM] = MessageKind.ALARM
    code: Id
    active: bool
    detail: str


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class DefectBody:
    """A defect was found on the web, or foreign matter in the fibre."""

    kind: Literal[MessageKind.DEFECT] = MessageKind.DEFECT
    defect_id: Id
    roll_id: str | None
    lot_id: str | None
    defect_kind: str
    score: float
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    length_mm: float
    area_mm2: float
    unsure: bool
    bundle_id: str
    picture_sha256: str | None  # GET /api/v1/pictures/{sha256}


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class RollBody:
    """A roll began or ended; fields of the other end are None."""

    kind: Literal[MessageKind.ROLL] = MessageKind.ROLL
    roll_id: Id
    phase: Phase
    name: str | None
    article: str | None
    width_mm: float | None
    start_mm: float | None
    end_mm: float | None


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class RollGradeBody:
    """A roll got a grade; a later message for the same roll replaces it."""

    kind: Literal[MessageKind.ROLL_GRADE] = MessageKind.ROLL_GRADE
    roll_id: Id
    grade: str | None
    status: GradeStatus
    reason: str
    points: int
    points_per_100_m2: float | None
    defects: int
    length_m: float
    inspected_length_m: float
    width_mm: float
    area_m2: float
    coverage: Share
    profile_id: str
    profile_version: int
    contract_is_example: bool


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class RollDispositionBody:
    """A person held, released or downgraded a roll, or withdrew that; how the roll stands now."""

    kind: Literal[MessageKind.ROLL_DISPOSITION] = MessageKind.ROLL_DISPOSITION
    roll_id: Id
    action: Decision
    on_hold: bool  # not to be dispatched
    grade: str | None  # in force
    why: str
    user: str


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class LotBody:
    """A lot of fibre began or ended; its masses: GET /api/v1/lots/{lot_id}."""

    kind: Literal[MessageKind.LOT] = MessageKind.LOT
    lot_id: Id
    phase: Phase
    name: str | None
    article: str | None
    supplier: str | None
    start_mm: float | None
    end_mm: float | None


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftKpiBody:
    """One figure of a shift that has ended; without a value, `missing` says what would measure it."""

    kind: Literal[MessageKind.SHIFT_KPI] = MessageKind.SHIFT_KPI
    slug: Id
    basis: str
    value: float | None
    unit: str
    numerator: float | None
    numerator_unit: str
    denominator: float | None
    denominator_unit: str
    formula: str
    source: str
    shift: str
    window_from: datetime
    window_to: datetime
    completeness: float | None
    missing: str


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintBody:
    """A customer's complaint was taken down."""

    kind: Literal[MessageKind.COMPLAINT] = MessageKind.COMPLAINT
    complaint_id: Id
    roll_id: Id
    customer: str
    text: str


Body = Annotated[
    PlantStatus
    | LineStateBody
    | AlarmBody
    | DefectBody
    | RollBody
    | RollGradeBody
    | RollDispositionBody
    | LotBody
    | ShiftKpiBody
    | ComplaintBody,
    Discriminator("kind"),
]
BODIES: Mapping[MessageKind, type[Any]] = {  # Any: records of several kinds
    MessageKind.PLANT_STATUS: PlantStatus,
    MessageKind.LINE_STATE: LineStateBody,
    MessageKind.ALARM: AlarmBody,
    MessageKind.DEFECT: DefectBody,
    MessageKind.ROLL: RollBody,
    MessageKind.ROLL_GRADE: RollGradeBody,
    MessageKind.ROLL_DISPOSITION: RollDispositionBody,
    MessageKind.LOT: LotBody,
    MessageKind.SHIFT_KPI: ShiftKpiBody,
    MessageKind.COMPLAINT: ComplaintBody,
}


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it happened: ISA-95 enterprise, site, area, line; empty below the level that speaks."""

    enterprise: Id
    site: Id
    area: str = ""
    line: str = ""


@closed
@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The envelope."""

    message_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    version: Literal[1] = 1
    happened_utc: datetime
    place: Place
    demo: bool  # rendered or simulated input had a part
    body: Body

    @property
    def kind(self) -> MessageKind:
        """What it tells."""
        return self.body.kind


CODEC: TypeAdapter[Message] = TypeAdapter(Message)


def message_id(*origin: object) -> str:
    """The id of the message about one fact: the same fact gives the same id, whenever it is told."""
    return str(uuid5(NAMESPACE, "/".join(str(part) for part in origin)))


@cache
def schema_of(kind: MessageKind) -> dict[str, Any]:
    """JSON Schema (2020-12) of a whole message of one kind."""
    schema = TypeAdapter(Message).json_schema(mode="serialization")
    definitions = schema["$defs"]
    name = BODIES[kind].__name__
    schema["properties"]["body"] = {"$ref": f"#/$defs/{name}"}
    others = {body.__name__ for body in BODIES.values()} - {name}
    schema["$defs"] = _used({key: value for key, value in definitions.items() if key not in others}, name)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:maqta:message:{kind.value}:{VERSION}",
    }
    return head | schema | {"title": f"Maqta message: {kind.value}"}


def _used(definitions: dict[str, Any], body: str) -> dict[str, Any]:
    """Definitions that the envelope or this body refers to."""
    kept = {"Place", body}
    for name, definition in definitions.items():
        if f"#/$defs/{name}'" in str(definitions[body]):
            kept.add(name)
        del definition
    return {name: definitions[name] for name in sorted(kept)}
