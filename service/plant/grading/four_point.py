"""Points of a roll's defects by the four-point system (ASTM D5430, metric practice). Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from service.plant.grading.profile import Profile

HOLE_POINTS = 4
SMALL_HOLE_MM = 25.0  # jozwiak.eu: up to 25 mm 2 points, above 4
SMALL_HOLE_POINTS = 2
M2_FACTOR = 100_000  # points per 100 m2 = points x 100 000 / (length in m x width in mm)
MOST_METRES = 1_000_000  # no roll is longer than 100 km; a wrong millimetre must not fill the memory
YD2_FACTOR = 3_600  # points per 100 yd2 = points x 3 600 / (length in yd x width in in)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A defect as the grader needs it; y counts from the roll's start."""

    defect_id: str
    kind: str  # corrected, where someone corrected it
    y0_mm: float
    y1_mm: float
    length_mm: float  # longest dimension
    ignored_because: str = ""  # "unsure", "marked_wrong"; empty: it counts
    x0_mm: float | None = None  # from the left edge of the web; None: not known
    x1_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSheet:
    """The points of a roll."""

    by_defect: dict[str, int]  # before the cap
    ignored: dict[str, str]  # defect → why it has no points
    by_metre: tuple[int, ...]  # after the cap
    total: int  # after the cap
    capped: int  # points that the cap took away
    rejected_by: str = ""  # the defect that rejects the roll whatever its points; empty: none


def count_points(
    flaws: Sequence[Flaw], length_mm: float, profile: Profile, width_mm: float = 0.0
) -> PointSheet:
    """Give each defect its points and cap them unit by unit of length; a width of 0 is not known."""
    cap = profile.cap_of(width_mm)
    metres = min(max(0, math.ceil(length_mm / profile.unit_length_mm - 1e-9)), MOST_METRES)
    raw = [0] * metres
    by_defect: dict[str, int] = {}
    ignored: dict[str, str] = {}
    for flaw in flaws:
        reason = flaw.ignored_because or _too_short(flaw, profile) or _at_edge(flaw, profile, width_mm)
        if reason:
            ignored[flaw.defect_id] = reason
            continue
        touched, each = _places(flaw, metres, profile, width_mm)
        by_defect[flaw.defect_id] = each * len(touched)
        for metre in touched:
            raw[metre] += each
    capped = tuple(min(points, cap) for points in raw)
    return PointSheet(
        by_defect=by_defect,
        ignored=ignored,
        by_metre=capped,
        total=sum(capped),
        capped=sum(raw) - sum(capped),
        rejected_by=_rejecting(flaws, ignored, profile),
    )


def points_of(kind: str, length_mm: float, profile: Profile) -> int:
    """Points of one defect by its longest dimension."""
    if kind in profile.holes.kinds and profile.holes.rule != "as_length":
        if profile.holes.rule == "any" or (
            profile.holes.rule == "any_but_pin_hole" and length_mm > profile.holes.pin_hole_mm
        ):
            return profile.holes.points
        if profile.holes.rule != "any_but_pin_hole":
            small = profile.holes.rule == "by_25_mm" and length_mm <= SMALL_HOLE_MM
            return SMALL_HOLE_POINTS if small else HOLE_POINTS
    for rule in profile.lengths:
        if length_mm <= rule.to_mm:
            return rule.points
    return profile.longest_points


def per_100_m2(points: float, length_m: float, width_mm: float) -> float | None:
    """Points per 100 m2; None where there is no area."""
    return points * M2_FACTOR / (length_m * width_mm) if length_m > 0 and width_mm > 0 else None


def per_100_yd2(points: float, length_yd: float, width_in: float) -> float | None:
    """Points per 100 square yards; None where there is no area."""
    return points * YD2_FACTOR / (length_yd * width_in) if length_yd > 0 and width_in > 0 else None


def _too_short(flaw: Flaw, profile: Profile) -> str:
    return "below_length" if flaw.length_mm < profile.ignored_below_mm else ""


def _at_edge(flaw: Flaw, profile: Profile, width_mm: float) -> str:
    edge = profile.edge_exclusion_mm
    if edge <= 0 or width_mm <= 0 or flaw.x0_mm is None or flaw.x1_mm is None:
        return ""
    return "at_edge" if flaw.x1_mm <= edge or flaw.x0_mm >= width_mm - edge else ""


def _rejecting(flaws: Sequence[Flaw], ignored: dict[str, str], profile: Profile) -> str:
    limit = profile.running.reject_over_mm
    runs = (flaw.defect_id for flaw in flaws if 0 < limit < flaw.y1_mm - flaw.y0_mm)
    return next((defect_id for defect_id in runs if defect_id not in ignored), "")


def _points(flaw: Flaw, profile: Profile, width_mm: float) -> int:
    """Points of a defect that is not continuous; across the web they may follow another table."""
    across = flaw.x1_mm - flaw.x0_mm if flaw.x0_mm is not None and flaw.x1_mm is not None else 0.0
    is_weft = across > flaw.y1_mm - flaw.y0_mm
    is_hole = flaw.kind in profile.holes.kinds and profile.holes.rule != "as_length"
    if profile.weft is None or not is_weft or is_hole:
        return points_of(flaw.kind, flaw.length_mm, profile)
    for rule in profile.weft.lengths:
        if flaw.length_mm <= rule.to_mm:
            return rule.points
    over = width_mm > 0 and flaw.length_mm > width_mm / 2
    return profile.weft.over_half_width if over else profile.weft.to_half_width


def _places(flaw: Flaw, metres: int, profile: Profile, width_mm: float) -> tuple[range, int]:
    """The metres that get points, and how many each."""
    unit = profile.unit_length_mm
    first = min(max(0, math.floor(flaw.y0_mm / unit + 1e-9)), max(0, metres - 1))
    if metres == 0:
        return range(0), 0
    runs = flaw.kind in profile.running.kinds
    if not runs and flaw.y1_mm - flaw.y0_mm < profile.continuous_from_mm:
        return range(first, first + 1), _points(flaw, profile, width_mm)
    last = min(max(first, math.ceil(flaw.y1_mm / unit - 1e-9) - 1), metres - 1)
    return range(first, last + 1), profile.cap_per_unit
