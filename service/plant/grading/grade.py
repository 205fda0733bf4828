"""Points, length and contract → the grade of a roll, with its workings. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.plant.grading.four_point import Flaw, PointSheet, count_points, per_100_m2
from service.plant.grading.profile import LinearRule, Profile
from service.plant.ledger.lengths import LengthAccount
from service.plant.views.rolls import GradeStatus
from service.settings import AcceptanceSettings

FIRST, SECOND, DOWNGRADED = "A", "B", "second"
GRADES = (FIRST, SECOND, DOWNGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """A roll's grade as worked out now."""

    grade: str | None  # None: nothing was inspected
    status: GradeStatus
    sheet: PointSheet
    points_per_100_m2: float | None
    length: LengthAccount
    width_mm: float
    workings: tuple[str, ...]

    @property
    def area_m2(self) -> float:
        """Area of the whole roll, inspected or not."""
        return self.length.length_mm * self.width_mm / 1e6


def grade_roll(
    flaws: Sequence[Flaw],
    length: LengthAccount,
    width_mm: float,
    *,
    ended: bool,
    profile: Profile,
    acceptance: AcceptanceSettings,
) -> Grading:
    """Grade one roll. Points are divided by the inspected length: what nobody saw dilutes nothing."""
    sheet = count_points(flaws, length.length_mm, profile, width_mm)
    density = per_100_m2(sheet.total, length.inspected_mm / 1000, width_mm)
    grade = _by_contract(density, acceptance)
    if grade is not None and sheet.rejected_by:
        grade = DOWNGRADED
    status = _status(ended, length, profile)
    return Grading(
        grade=grade,
        status=status,
        sheet=sheet,
        points_per_100_m2=density,
        length=length,
        width_mm=width_mm,
        workings=(
            *_point_lines(flaws, sheet, profile, profile.cap_of(width_mm)),
            _density_line(sheet, density, length, width_mm),
            *_linear_lines(sheet, length, profile),
            *_running_lines(sheet, profile),
            _contract_line(density, grade, acceptance, profile),
            _coverage_line(status, length, profile),
        ),
    )


def limits_per_area(linear: LinearRule, width_mm: float) -> AcceptanceSettings:
    """Limits per length as those per 100 m2 of a web of this width: the same rolls pass."""
    per_100_m2 = 100_000 / (linear.per_m * width_mm)
    return AcceptanceSettings(
        first_points_per_100_m2=linear.first * per_100_m2,
        second_points_per_100_m2=linear.second * per_100_m2,
    )


def _by_contract(density: float | None, acceptance: AcceptanceSettings) -> str | None:
    if density is None:
        return None
    if density <= acceptance.first_points_per_100_m2:
        return FIRST
    return SECOND if density <= acceptance.second_points_per_100_m2 else DOWNGRADED


def _status(ended: bool, length: LengthAccount, profile: Profile) -> GradeStatus:
    if not ended:
        return GradeStatus.OPEN
    return GradeStatus.PROVISIONAL if length.coverage < profile.coverage.limit else GradeStatus.FINAL


def _unit(profile: Profile) -> str:
    known = {1000.0: "metre", 914.4: "yard"}
    return known.get(profile.unit_length_mm, f"{profile.unit_length_mm:g} mm")


def _point_lines(flaws: Sequence[Flaw], sheet: PointSheet, profile: Profile, cap: int) -> list[str]:
    counts = Counter(sheet.by_defect.values())
    lines = [f"{number} x {points} points" for points, number in sorted(counts.items())]
    ignored = Counter(sheet.ignored.values())
    lines += [f"{number} not counted: {reason}" for reason, number in sorted(ignored.items())]
    before = sheet.total + sheet.capped
    lines.append(
        f"{len(flaws)} found, {len(sheet.by_defect)} counted, {before} points; the cap of "
        f"{cap} a {_unit(profile)} takes {sheet.capped}: {sheet.total} points"
    )
    return lines


def _linear_lines(sheet: PointSheet, length: LengthAccount, profile: Profile) -> list[str]:
    linear, inspected_m = profile.linear, length.inspected_mm / 1000
    if linear is None or inspected_m <= 0:
        return []
    found = sheet.total * linear.per_m / inspected_m
    return [
        f"{sheet.total} x {linear.per_m:g} / {inspected_m:.3f} m = {found:.2f} points per {linear.per_m:g} m "
        f"of length; A up to {linear.first:g}, B up to {linear.second:g}: per area below, for this width"
    ]


def _running_lines(sheet: PointSheet, profile: Profile) -> list[str]:
    if not sheet.rejected_by:
        return []
    limit_m = profile.running.reject_over_mm / 1000
    return [f"defect {sheet.rejected_by} runs over more than {limit_m:g} m: {DOWNGRADED}"]


def _density_line(sheet: PointSheet, density: float | None, length: LengthAccount, width_mm: float) -> str:
    area = f"({length.inspected_mm / 1000:.3f} m x {width_mm:.1f} mm)"
    if density is None:
        return f"nothing inspected {area}: no points per 100 m2"
    return f"{sheet.total} x 100000 / {area} = {density:.2f} points per 100 m2"


def _contract_line(
    density: float | None, grade: str | None, acceptance: AcceptanceSettings, profile: Profile
) -> str:
    limits = (
        f"A up to {acceptance.first_points_per_100_m2:g}, B up to {acceptance.second_points_per_100_m2:g} "
        f"points per 100 m2{' (example contract)' if profile.contract.is_example else ''}"
    )
    return f"{limits}: {grade}" if density is not None else f"{limits}: not graded"


def _coverage_line(status: GradeStatus, length: LengthAccount, profile: Profile) -> str:
    share = f"inspected {100 * length.coverage:.1f} % of {length.length_mm / 1000:.3f} m"
    return f"{share}; below {100 * profile.coverage.limit:g} % a grade is provisional: {status.value}"
