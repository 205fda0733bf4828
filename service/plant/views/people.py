"""Who may do what, and who did."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a user may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    TECHNICIAN = "technician"
    ENGINEER = "engineer"
    MANAGER = "manager"
    ADMIN = "admin"

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role is `needed` or stands above it."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may log in, or a machine client with a token."""

    login: str
    role: Role
    must_change_password: bool
    created_utc: datetime
    lines: tuple[str, ...] = ()  # may act on these only, and look at all; none: acts on every line
    since_utc: datetime | None = None  # of password, role and lines; an older login has ended

    @property
    def is_machine(self) -> bool:
        """Whether this is a client with a token, nobody at a keyboard."""
        return self.login.startswith("client:")

    def may_act_on(self, line: str | None) -> bool:
        """Whether the lines of this person include `line`; None asks for all of them."""
        return not self.lines or line in self.lines

    def may(self, needed: Role, line: str | None) -> bool:
        """Whether role and lines suffice: what a button on the panel asks before it shows itself."""
        return self.role.may_act_as(needed) and self.may_act_on(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token of a machine client; the secret itself was shown once and is kept nowhere."""

    id: int
    name: str
    role: Role  # what the client may do
    lines: tuple[str, ...]  # where; none: on every line
    created_utc: datetime
    created_by: str
    expires_utc: datetime
    revoked_utc: datetime | None
    used_utc: datetime | None  # to the hour; None: never

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_utc is None and now < self.expires_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made, with its secret: the only time that it is told."""

    token: AccessToken
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """Who changed what, when and from where."""

    utc: datetime
    user: str
    action: str
    subject: str
    detail: dict[str, str] = field(default_factory=dict)
    address: str = ""  # of the browser or client; empty: from the plant's own machine


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries of the audit log are wanted; an empty field wants all."""

    user: str = ""
    action: str = ""
    subject: str = ""  # a part of it
    from_utc: datetime | None = None
    to_utc: datetime | None = None
