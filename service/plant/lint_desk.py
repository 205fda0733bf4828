"""A lot's lint and its grade by the plant's own profile; what can't be told is refused with the reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from service.measured_events import LintMeasured
from service.plant.errors import PlantError
from service.plant.grading.lint.lot import BLOCK, LotGrade, grade_lot
from service.plant.grading.lint.samples import FEATURES
from service.plant.grading.lint.shelf import LintProfile, get_profile
from service.plant.store import materials
from service.plant.store.database import Database
from service.plant.store.lint_rows import lint_measured
from service.plant.store.materials import Material
from service.plant.views.lint import LintLot, LintMean, LintReading

PROFILE: Final = "lint"  # what `maqta grade fit --folder DATA_DIR/grades` makes
Z95: Final = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class LintDesk:
    """Answers what the lines measured of a lot."""

    database: Database
    profiles: Path

    def readings(self, lot_id: str) -> tuple[LintReading, ...]:
        """The lot's readings in their order. PlantError: unknown_lot."""
        with self.database.read() as tx:
            measured = lint_measured(tx, _known(materials.lot(tx, lot_id), lot_id))
        return tuple(
            LintReading(
                utc=utc,
                from_mm=one.from_mm,
                to_mm=one.to_mm,
                trash_count_m2=one.trash_count_m2,
                trash_area_pct=one.trash_area_pct,
                fibre_cover_pct=one.fibre_cover_pct,
                rd=one.rd,
                plus_b=one.plus_b,
                colour_from=one.colour_from,
                refused=one.refused,
            )
            for utc, one in measured
        )

    def lot(self, lot_id: str) -> LintLot:
        """The lot's means and grade. PlantError: unknown_lot."""
        with self.database.read() as tx:
            lot = _known(materials.lot(tx, lot_id), lot_id)
            measured = [one for _, one in lint_measured(tx, lot)]
        profile, missing = self._profile()
        means = tuple(mean for feature in FEATURES if (mean := _mean(feature, measured)) is not None)
        return LintLot(
            lot_id=lot_id,
            supplier=lot.supplier,
            readings=len(measured),
            colour_refused=sum(one.rd is None for one in measured),
            refusals=tuple(sorted({one.refused for one in measured if one.refused})),
            means=means,
            grade=_refused(len(measured), missing) if profile is None else _graded(profile, measured),
            profile="" if profile is None else f"{profile.name} v{profile.version}",
            trash_mass_pct=None if profile is None else _trash_mass(profile, means),
            demo=lot.demo,
        )

    def _profile(self) -> tuple[LintProfile | None, str]:
        try:
            return get_profile(self.profiles, PROFILE), ""
        except PlantError as error:
            return None, str(error)


def _known(lot: Material | None, lot_id: str) -> Material:
    if lot is None:
        raise PlantError("unknown_lot", f"lot {lot_id} is not known; open it from the list of lots")
    return lot


def _graded(profile: LintProfile, measured: Sequence[LintMeasured]) -> LotGrade:
    features = profile.model.features
    whole = [one for one in measured if all(getattr(one, name) is not None for name in features)]
    if len(whole) < len(measured) / 2:
        why = next((one.refused for one in measured if one.refused), "nothing was measured")
        return _refused(
            len(measured),
            f"{len(measured) - len(whole)} of {len(measured)} readings lack what the profile needs "
            f"({', '.join(features)}): {why}",
        )
    return grade_lot(profile.model, np.array([[getattr(one, name) for name in features] for one in whole]))


def _refused(readings: int, why: str) -> LotGrade:
    return LotGrade(grade="", shares=(), readings=readings, refused=readings, reason=why)


def _mean(feature: str, measured: Sequence[LintMeasured]) -> LintMean | None:
    values = [float(value) for one in measured if (value := getattr(one, feature)) is not None]
    if not values:
        return None
    # Neighbours are alike: the interval is that of the means of stretches.
    stretches = [float(np.mean(values[at : at + BLOCK])) for at in range(0, len(values), BLOCK)]
    mean = float(np.mean(values))
    half = Z95 * float(np.std(stretches, ddof=1)) / math.sqrt(len(stretches)) if len(stretches) > 1 else None
    return LintMean(
        feature=feature,
        value=mean,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
        readings=len(values),
    )


def _trash_mass(profile: LintProfile, means: Sequence[LintMean]) -> float | None:
    area = next((mean.value for mean in means if mean.feature == "trash_area_pct"), None)
    return None if profile.trash_mass is None or area is None else profile.trash_mass.mass_pct(area)
