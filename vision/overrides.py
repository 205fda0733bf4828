"""Thresholds changed after learning: a versioned record that lies beside the bundle and travels with it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vision.card import KindThreshold, ModelCard, Thresholds
from vision.types import VisionError

OVERRIDES_FILE = "overrides.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdOverride:
    """One change of a recipe's thresholds."""

    version: int  # 1, 2, 3 …; 0 is the card itself
    unsure: float
    defective: float
    by: str
    utc: str  # ISO 8601
    why: str
    by_kind: tuple[KindThreshold, ...] = ()


_CODEC: TypeAdapter[tuple[ThresholdOverride, ...]] = TypeAdapter(tuple[ThresholdOverride, ...])


def read_overrides(folder: Path, card: ModelCard) -> tuple[ThresholdOverride, ...]:
    """Read the changes, oldest first; an empty tuple where there are none.

    Raises:
        VisionError: the record is damaged or a threshold lies outside the card's bounds.
    """
    path = folder / OVERRIDES_FILE
    if not path.exists():
        return ()
    try:
        overrides = _CODEC.validate_json(path.read_bytes())
    except OSError as error:
        raise VisionError(f"{path}: can't be read ({error.strerror or error}); check its rights") from error
    except ValidationError as error:
        found = error.errors()[0]["msg"]
        raise VisionError(f"{path}: not a record of thresholds ({found}); restore or delete it") from error
    for override in overrides:
        check_thresholds(in_force(override), card)
    return overrides


def add_override(
    folder: Path, card: ModelCard, thresholds: Thresholds, *, by: str, utc: datetime, why: str
) -> int:
    """Write one more change and return its version; the next load of the bundle applies it."""
    check_thresholds(thresholds, card)
    before = read_overrides(folder, card)
    change = ThresholdOverride(
        version=len(before) + 1,
        unsure=thresholds.unsure,
        defective=thresholds.defective,
        by=by,
        utc=utc.isoformat(),
        why=why,
        by_kind=thresholds.by_kind,
    )
    part = folder / f"{OVERRIDES_FILE}.part"
    part.write_bytes(_CODEC.dump_json((*before, change), indent=1))
    part.replace(folder / OVERRIDES_FILE)
    return change.version


def in_force(override: ThresholdOverride) -> Thresholds:
    """Return the thresholds that a change sets."""
    return Thresholds(unsure=override.unsure, defective=override.defective, by_kind=override.by_kind)


def check_thresholds(thresholds: Thresholds, card: ModelCard) -> None:
    """Refuse thresholds that would make every frame, or none, defective."""
    inside = card.score_floor < thresholds.unsure <= thresholds.defective < card.score_ceiling
    if not inside:
        raise VisionError(
            f"thresholds of {card.article}: unsure {thresholds.unsure:g} and defective "
            f"{thresholds.defective:g} must lie between {card.score_floor:g} and {card.score_ceiling:g}, "
            "unsure not above defective"
        )
    for one in thresholds.by_kind:
        if not thresholds.unsure <= one.defective <= card.score_ceiling:
            raise VisionError(
                f"thresholds of {card.article}: {one.kind} becomes defective at {one.defective:g}; it "
                f"must lie between unsure {thresholds.unsure:g} and {card.score_ceiling:g}"
            )
