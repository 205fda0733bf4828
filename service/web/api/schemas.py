"""Bodies of the API that are not already records of the plant (`service/plant/views/`)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from service.line_commands import LineCommandKind
from service.plant.views.defects import MarkVerdict
from service.plant.views.people import Role

Login = Annotated[str, Field(min_length=1, max_length=80)]
Password = Annotated[str, Field(min_length=1, max_length=1024)]
Lines = Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=100)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Body(BaseModel):
    """What is sent; an unknown key is refused rather than overlooked."""

    model_config = ConfigDict(extra="forbid")


class LoginBody(Body):
    """A person logs in."""

    login: Login
    password: Password


class PersonAnswer(BaseModel):
    """Who is logged in."""

    login: str
    role: Role
    lines: list[str]  # may act on these only; none: on every line
    must_change_password: bool


class PasswordBody(Body):
    """A person changes their own password."""

    old_password: Password
    new_password: Password


class UserBody(Body):
    """An admin makes a user, who chooses an own password at the first login."""

    login: Login
    password: Password
    role: Role
    lines: Lines = Field(default_factory=list)  # may act on these only; none: on every line


class LinesBody(Body):
    """An admin says on which lines a user may act; none: on every line."""

    lines: Lines


class TokenBody(Body):
    """An admin makes a token for a machine client."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    role: Role = Role.VIEWER
    lines: Lines = Field(default_factory=list)
    days: Annotated[int, Field(ge=1, le=1000)] = 90


class RoleBody(Body):
    """An admin gives a user another role."""

    role: Role


class CommandBody(Body):
    """A person asks a line for something; the line answers with an event."""

    command: LineCommandKind
    arguments: dict[str, Annotated[str, Field(max_length=200)]] = Field(default_factory=dict, max_length=8)


class MarkBody(Body):
    """A person says a found defect is right or wrong, and what it is instead."""

    verdict: MarkVerdict
    defect_kind: Annotated[str, Field(max_length=40)] | None = None


class MissingPicturesAnswer(BaseModel):
    """Pictures that the plant still wants from a line."""

    sha256: list[str]


class FeedMessage(BaseModel):
    """A message as broker and webhooks get it."""

    number: int  # grows; never given twice
    topic: str
    retained: bool
    message: dict[str, Any]  # see GET /message-schemas/{kind}


class FeedPage(BaseModel):
    """Messages, oldest first."""

    items: list[FeedMessage]
    last: int  # give it as `after` next time


class RetryAnswer(BaseModel):
    """How many messages wait for a receiver."""

    waiting: int


class PassportBody(Body):
    """What a laboratory or a person adds to a passport, by the template's keys."""

    values: dict[Annotated[str, Field(max_length=41)], Annotated[str, Field(max_length=200)]] = Field(
        default_factory=dict, max_length=60
    )


class ComplaintBody(Body):
    """A customer complains about a roll; metres count from its beginning."""

    roll: Annotated[str, Field(min_length=1, max_length=255)]  # id or name
    customer: Annotated[str, Field(min_length=1, max_length=255)]
    text: Annotated[str, Field(max_length=4000)] = ""
    reference: Annotated[str, Field(max_length=255)] = ""
    kind: Annotated[str, Field(max_length=40)] | None = None
    from_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    to_m: Annotated[float, Field(ge=0, le=100_000)] | None = None


class CertificateAnswer(BaseModel):
    """Whether a certificate says what the plant says now."""

    roll_id: str
    holds: bool
    grade: str | None
    demo: bool


class HealthAnswer(BaseModel):
    """Whether the plant answers; no names, no figures: anybody may ask."""

    status: str
    revision: int
    software: str
