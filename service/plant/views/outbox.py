"""Messages to the mill's systems and how far each receiver has them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.mill_terms import MessageKind


class DestinationKind(StrEnum):
    """How a receiver is reached."""

    MQTT = "mqtt"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message as it is sent."""

    id: int  # grows; never given twice
    message_id: str
    kind: MessageKind
    topic: str  # without the broker's prefix
    retained: bool
    payload: str  # JSON
    written_utc: datetime
    attempts: int  # that failed before


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """How far a receiver has been told."""

    name: str
    kind: DestinationKind
    since_utc: datetime
    owed: int  # not acknowledged yet
    given_up: int  # of them: wait for a person
    attempts: int  # the most that one of them took
    oldest_utc: datetime | None  # of what is owed
    last_error: str
