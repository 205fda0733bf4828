"""Bundles of the registry and how shadows agreed with them."""

from dataclasses import dataclass
from datetime import datetime

from service.shadow_events import VerdictPair
from vision.card import Promise
from vision.parity import PathFigures


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleReport:
    """How good a bundle is: what it was learnt from, what it promises, what its gate measured."""

    bundle: BundleView
    material: str  # "fabric" or "fibre"
    pictures: int
    good_length_m: float
    promise: Promise | None  # None: its thresholds don't come from good cloth
    unsure: float  # the thresholds in force
    defective: float
    gate_refuses: str  # why the parity gate keeps it from being activated; empty: it passed
    tiles: int  # that the gate compared
    paths: tuple[PathFigures, ...]  # each way to compute the graph against the reference


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedBundle:
    """A bundle whose files can't be read: nothing is known of it but its place in the registry."""

    bundle_id: str
    state: str
    why: str  # names file, fault and cure
    running_on: tuple[str, ...]  # lines that say they run it, from their memory


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryEntry:
    """One change of a bundle's state, or one that the gate refused."""

    utc: str  # ISO 8601
    bundle_id: str
    state: str
    by: str
    why: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRecipes:
    """Every recipe of an article."""

    article: str
    active: str | None  # bundle id
    shadow: str | None
    previous: str | None  # what rolling back leads to
    bundles: tuple[BundleReport, ...]  # newest first
    damaged: tuple[DamagedBundle, ...]
    history: tuple[RegistryEntry, ...]  # newest first
