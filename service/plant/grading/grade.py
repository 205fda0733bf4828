"""Points, length and contract → the grade of a roll, with its workings. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.plant.grading.four_point import Flaw, PointSheet, count_points, per_100_m2
from service.plant.grading.profile import LinearRule, Profile
from service.plant.ledger.lengths import LengthAccount
from service.plant.views.rolls import GradeStatus
from service.said.codes import Said
from service.said.sayings import Saying, say
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
    said: tuple[Saying, ...]  # how it was worked out, line by line

    @property
    def workings(self) -> tuple[str, ...]:
        """How it was worked out, in English."""
        return tuple(line.text for line in self.said)

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
        said=(
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


def _point_lines(flaws: Sequence[Flaw], sheet: PointSheet, profile: Profile, cap: int) -> list[Saying]:
    counts = Counter(sheet.by_defect.values())
    lines = [say(Said.POINTS_EACH, number=number, points=points) for points, number in sorted(counts.items())]
    ignored = Counter(sheet.ignored.values())
    lines += [say(Said.NOT_COUNTED, number=number, not_graded=why) for why, number in sorted(ignored.items())]
    cap_line = say(
        Said.POINTS_CAPPED,
        found=len(flaws),
        counted=len(sheet.by_defect),
        before=sheet.total + sheet.capped,
        cap=cap,
        length_unit=_unit(profile),
        capped=sheet.capped,
        total=sheet.total,
    )
    return [*lines, cap_line]


def _linear_lines(sheet: PointSheet, length: LengthAccount, profile: Profile) -> list[Saying]:
    linear, inspected_m = profile.linear, length.inspected_mm / 1000
    if linear is None or inspected_m <= 0:
        return []
    found = sheet.total * linear.per_m / inspected_m
    return [
        say(
            Said.PER_LENGTH,
            total=sheet.total,
            per_m=linear.per_m,
            inspected_m=inspected_m,
            density=found,
            first=linear.first,
            second=linear.second,
        )
    ]


def _running_lines(sheet: PointSheet, profile: Profile) -> list[Saying]:
    if not sheet.rejected_by:
        return []
    limit_m = profile.running.reject_over_mm / 1000
    return [say(Said.RUNS_OVER, defect=sheet.rejected_by, limit_m=limit_m, grade=DOWNGRADED)]


def _density_line(sheet: PointSheet, density: float | None, length: LengthAccount, width_mm: float) -> Saying:
    inspected_m = length.inspected_mm / 1000
    if density is None:
        return say(Said.NOTHING_INSPECTED, inspected_m=inspected_m, width_mm=width_mm)
    return say(Said.PER_AREA, total=sheet.total, inspected_m=inspected_m, width_mm=width_mm, density=density)


def _contract_line(
    density: float | None, grade: str | None, acceptance: AcceptanceSettings, profile: Profile
) -> Saying:
    is_graded = density is not None and grade is not None
    outcome = say(Said.GRADE_IS, grade=grade or "") if is_graded else say(Said.NOT_GRADED)
    first, second = acceptance.first_points_per_100_m2, acceptance.second_points_per_100_m2
    if profile.contract.is_example:
        return say(Said.LIMITS_EXAMPLE, first=first, second=second, because=outcome)
    return say(Said.LIMITS, first=first, second=second, because=outcome)


def _coverage_line(status: GradeStatus, length: LengthAccount, profile: Profile) -> Saying:
    return say(
        Said.COVERAGE,
        share=100 * length.coverage,
        length_m=length.length_mm / 1000,
        limit=100 * profile.coverage.limit,
        grade_status=status.value,
    )
