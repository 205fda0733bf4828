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
    """A person who may log in."""

    login: str
    role: Role
    must_change_password: bool
    created_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """Who changed what, when."""

    utc: datetime
    user: str
    action: str
    subject: str
    detail: dict[str, str] = field(default_factory=dict)
