"""Bodies of the ledger's part of the API."""

from datetime import datetime
from typing import Annotated

from pydantic import Discriminator, Field

from service.plant.ledger.entries import (
    Disposed,
    FlowBooked,
    OrderOpened,
    StockCounted,
    StopNoted,
    UnitClosed,
    UnitMade,
    UnitMounted,
    Withdrawn,
)
from service.web.api.schemas import Body

Text = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]
Why = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
EnteredBody = Annotated[
    FlowBooked
    | StockCounted
    | UnitMade
    | UnitClosed
    | UnitMounted
    | StopNoted
    | OrderOpened
    | Disposed
    | Withdrawn,
    Discriminator("kind"),
]


class EntryBody(Body):
    """A person enters something; `at_utc` is when it happened, now where it is left out."""

    body: EnteredBody
    at_utc: datetime | None = None
    entry_id: Text = ""
    why: Why = ""
    corrects: Text | None = None


class ActivationBody(Body):
    """A manager puts a grading profile into force."""

    profile_id: Text
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    from_utc: datetime | None = None
    why: Why
