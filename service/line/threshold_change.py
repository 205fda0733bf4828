"""A threshold set by the plant: checked against the recipe and the bounds that came with it, versioned."""

import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from service.line.errors import LineError
from service.line_commands import LineCommand
from vision.bundle import load_bundle
from vision.card import KindThreshold
from vision.overrides import add_override
from vision.registry import Registry
from vision.taxonomy import DefectKind

SAME = 1e-4  # scores that differ by less are one: the plant keeps four digits


def change_threshold(registry: Registry, article: str, command: LineCommand, now: datetime) -> Path:
    """Write the threshold beside the article's active bundle and return the bundle's folder.

    Raises:
        LineError: it is for another article, is no score of a kind, lies outside its bounds, the bounds reach
            below `unsure`, or the threshold in force is not the one that the plant knows.
        VisionError: the recipe refuses it, or can't be written.
    """
    given = command.arguments
    if given.get("article") != article:
        raise LineError(
            f"the threshold is for {given.get('article')!r}, this line runs {article!r}; ask again"
        )
    kind = _kind(given.get("kind", ""))
    score, was, low, high = (_number(given, name) for name in ("score", "was", "low", "high"))
    bundle = load_bundle(registry.active(article))
    thresholds = bundle.card.thresholds
    if low < thresholds.unsure - SAME:
        raise LineError(
            f"{kind}: the bounds begin at {low:g}, below unsure {thresholds.unsure:g}, where nothing is "
            f"found; raise the lower bound"
        )
    if not low <= score <= high:
        raise LineError(f"{kind}: {score:g} lies outside its bounds {low:g} to {high:g}; ask within them")
    in_force = thresholds.defective_for(kind)
    if abs(in_force - was) > SAME:
        raise LineError(
            f"{kind}: {in_force:g} is in force here, the plant believed {was:g}; somebody changed it: "
            f"set the bounds anew with this start"
        )
    changed = {one.kind: one.defective for one in thresholds.by_kind} | {kind: score}
    by_kind = tuple(KindThreshold(kind=name, defective=at) for name, at in sorted(changed.items()))
    add_override(
        bundle.folder,
        bundle.card,
        replace(thresholds, by_kind=by_kind),
        by=command.issued_by,
        utc=now,
        why=given.get("why", ""),
    )
    return bundle.folder


def _kind(name: str) -> str:
    try:
        return DefectKind(name).value
    except ValueError as error:
        raise LineError(f"{name!r} is no kind of finding; e.g. {DefectKind.PP_WHITE.value}") from error


def _number(given: dict[str, str], name: str) -> float:
    try:
        value = float(given.get(name, ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise LineError(f"{name} is {given.get(name, '')!r}; give a number, e.g. 12.5")
    return value
