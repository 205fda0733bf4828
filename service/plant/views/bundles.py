"""Bundles of the registry and how shadows agreed with them."""

from dataclasses import dataclass
from datetime import datetime

from service.shadow_events import VerdictPair


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleView:
    """A bundle of the registry."""

    bundle_id: str
    article: str
    state: str  # "candidate", "shadow", "active", "retired"
    created_utc: str
    mm_per_px: float
    false_alarm_rate_expected: float
    note: str
    demo: bool
    running_on: tuple[str, ...]  # lines that say they run it


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowView:
    """How a recipe that looks on as shadow agreed with the active one on one line."""

    line: str
    article: str
    active_bundle_id: str
    shadow_bundle_id: str
    frames: int  # seen by both
    skipped: int  # the shadow had no time for them
    agreement: float | None  # 0..1: share of `frames` judged alike; None: none was compared
    verdicts: tuple[VerdictPair, ...]  # which verdicts met how often
    first_utc: datetime
    last_utc: datetime
    demo: bool
