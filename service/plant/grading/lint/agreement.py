"""Model against classer: confusion and kappa, every lot judged by a model that never saw it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 500
REFUSED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two judges agree; intervals are 95 %, lots drawn with replacement."""

    grades: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]  # rows: classer, columns: model
    refused: int  # out of the model's range
    same_share: float
    kappa: float  # Cohen's, chance taken out
    kappa_low: float
    kappa_high: float
    weighted_kappa: float  # quadratic weights: a neighbouring grade is a small error


def agreement_of(
    grades: tuple[str, ...], classer: NDArray[np.int64], model: NDArray[np.int64], lots: NDArray[np.int64]
) -> Agreement:
    """Compare places in `grades`; a model's REFUSED is counted apart."""
    judged = model != REFUSED
    table = _table(classer[judged], model[judged], len(grades))
    drawn = _drawn_kappas(classer, model, lots, len(grades))
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn.size else (np.nan, np.nan)
    total = table.sum()
    return Agreement(
        grades=grades,
        confusion=tuple(tuple(int(count) for count in row) for row in table),
        refused=int((~judged).sum()),
        same_share=float(np.trace(table) / total) if total else float("nan"),
        kappa=kappa(table),
        kappa_low=float(low),
        kappa_high=float(high),
        weighted_kappa=kappa(table, weighted=True),
    )


def kappa(table: NDArray[np.int64], *, weighted: bool = False) -> float:
    """Cohen's kappa (Educ. Psychol. Meas. 20 (1960) 37); NaN where both judges know one grade only."""
    total, size = table.sum(), len(table)
    if total == 0:
        return float("nan")
    place = np.arange(size)
    apart = np.square(place[:, None] - place) if weighted else (place[:, None] != place).astype(np.int64)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    by_chance = float((apart * expected).sum())
    return float(1 - (apart * table).sum() / by_chance) if by_chance > 0 else float("nan")


def _drawn_kappas(
    classer: NDArray[np.int64], model: NDArray[np.int64], lots: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    rng, names = np.random.default_rng(0), np.unique(lots)
    tables = np.stack([_table(classer[here], model[here], size) for here in _of_lots(lots, names, model)])
    picked = rng.integers(0, len(names), (DRAWS, len(names)))
    values = np.array([kappa(tables[lot].sum(axis=0)) for lot in picked])
    return np.asarray(values[~np.isnan(values)], np.float64)


def _of_lots(
    lots: NDArray[np.int64], names: NDArray[np.int64], model: NDArray[np.int64]
) -> list[NDArray[np.bool_]]:
    return [(lots == name) & (model != REFUSED) for name in names]


def _table(classer: NDArray[np.int64], model: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    table = np.zeros((size, size), np.int64)
    np.add.at(table, (classer, model), 1)
    return table
