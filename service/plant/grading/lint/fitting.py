"""Classed samples → a profile: the model, how far it agrees with the classer, and the trash's mass."""

from dataclasses import dataclass

import numpy as np

from service.plant.errors import PlantError
from service.plant.grading.lint.agreement import REFUSED, Agreement, agreement_of
from service.plant.grading.lint.model import GradeModel, fit_model
from service.plant.grading.lint.samples import BAD_SAMPLES, Samples
from service.plant.grading.lint.trash_mass import TrashMass, fit_trash_mass

LEAST_LOTS_A_GRADE = 2  # a grade seen in one lot only can't be judged by a model that never saw that lot
LEAST_SAMPLES_A_GRADE = 5
TRASH_AREA = "trash_area_pct"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """What `maqta grade fit` learnt."""

    model: GradeModel
    agreement: Agreement
    trash_mass: TrashMass | None
    samples: int
    lots: int


def fit_samples(samples: Samples, order: tuple[str, ...] = ()) -> Fitted:
    """Learn from classed samples; `order` names the grades best first (default: as text sorts).

    Raises:
        PlantError: bad_samples: one grade only, or a grade with too few samples or lots.
    """
    grades = _grades(samples, order)
    values = np.array([row.values for row in samples.rows])
    places = np.array([grades.index(row.grade) for row in samples.rows])
    names = sorted({row.lot for row in samples.rows})
    lots = np.array([names.index(row.lot) for row in samples.rows])
    told = np.full(len(places), REFUSED)
    for lot in range(len(names)):
        rest = lots != lot
        model = fit_model(samples.features, grades, values[rest], places[rest])
        likely = model.probabilities(values[~rest])
        graded = ~np.isnan(likely[:, 0])
        here = np.full(len(likely), REFUSED)
        here[graded] = likely[graded].argmax(axis=1)
        told[~rest] = here
    return Fitted(
        model=fit_model(samples.features, grades, values, places),
        agreement=agreement_of(grades, places, told, lots),
        trash_mass=_trash_mass(samples, lots),
        samples=len(places),
        lots=len(names),
    )


def _grades(samples: Samples, order: tuple[str, ...]) -> tuple[str, ...]:
    found = sorted({row.grade for row in samples.rows})
    if len(found) < 2:
        raise PlantError(
            BAD_SAMPLES, f"only grade {found[0]!r} was classed; two grades at least can be told apart"
        )
    strangers = [grade for grade in found if order and grade not in order]
    if strangers:
        raise PlantError(
            BAD_SAMPLES, f"grade {strangers[0]!r} is not in the order {', '.join(order)}; add it there"
        )
    for grade in found:
        own = [row for row in samples.rows if row.grade == grade]
        lots = len({row.lot for row in own})
        if len(own) < LEAST_SAMPLES_A_GRADE or lots < LEAST_LOTS_A_GRADE:
            raise PlantError(
                BAD_SAMPLES,
                f"grade {grade!r} has {len(own)} samples of {lots} lots; at least {LEAST_SAMPLES_A_GRADE} "
                f"samples of {LEAST_LOTS_A_GRADE} lots are needed: class more, or merge two grades",
            )
    return tuple(grade for grade in (order or found) if grade in found)


def _trash_mass(samples: Samples, lots: np.ndarray[tuple[int], np.dtype[np.int64]]) -> TrashMass | None:
    if TRASH_AREA not in samples.features:
        return None
    column = samples.features.index(TRASH_AREA)
    weighed = [at for at, row in enumerate(samples.rows) if row.trash_mass_pct is not None]
    area = np.array([samples.rows[at].values[column] for at in weighed])
    mass = np.array([samples.rows[at].trash_mass_pct for at in weighed], np.float64)
    return fit_trash_mass(area, mass, lots[weighed])
