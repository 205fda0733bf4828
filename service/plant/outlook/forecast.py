"""Exponential smoothing (statsmodels' ETS: additive error, no trend, no season) against the naive forecast.

The naive forecast says that the next shift, and each one of the next week, will be like the last one. A
forecast is shown only where it was closer on the second half of the series, judged shift by shift with
parameters that were fitted on the first half (Hyndman and Athanasopoulos, "Forecasting: Principles and
Practice", 3rd edition, 5.2, 5.10, 8.1).
"""

import importlib.util
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.plant.errors import PlantError

FEWEST_SHIFTS = 40  # half of them are judged
SIMULATED = 500  # paths that intervals are read from
MARGIN = 0.05  # closer by less than this is chance: on a random walk nothing beats the naive forecast
LOW, HIGH = 2.5, 97.5  # percent: a 95 % interval
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """How a forecast did on shifts it had not seen."""

    origins: int
    error: float  # mean absolute
    naive_error: float
    inside: float  # share of truths within the 95 % interval

    @property
    def beats_naive(self) -> bool:
        """Whether it may be shown."""
        return self.error < (1 - MARGIN) * self.naive_error


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What is expected, over some shifts ahead."""

    shifts: int
    value: float
    low: float
    high: float
    skill: Skill

    @property
    def shown(self) -> bool:
        """Whether it beats the naive forecast."""
        return self.skill.beats_naive


def is_installed() -> bool:
    """Whether the library is there."""
    return importlib.util.find_spec("statsmodels") is not None


def look_ahead(rates: Sequence[float], horizons: Sequence[int]) -> tuple[Ahead, ...]:
    """Forecast the mean rate over each horizon (in shifts).

    Raises:
        PlantError: no_forecast: the library is not installed, or there are fewer than 40 shifts.
    """
    if not is_installed():
        raise PlantError("no_forecast", "forecasts need statsmodels: pip install 'maqta[forecast]'")
    if len(rates) < FEWEST_SHIFTS:
        raise PlantError("no_forecast", f"{len(rates)} shifts; a forecast needs {FEWEST_SHIFTS} to be judged")
    values = np.asarray(rates, dtype=np.float64)
    model = _Smoothing.fitted(values[: len(values) // 2])
    final = _Smoothing.fitted(values)
    ahead = []
    for shifts in horizons:
        low, middle, high = final.interval(values, shifts)
        ahead.append(
            Ahead(shifts=shifts, value=middle, low=low, high=high, skill=_judged(model, values, shifts))
        )
    return tuple(ahead)


def _judged(model: "_Smoothing", values: "np.ndarray[Any, np.dtype[np.float64]]", shifts: int) -> Skill:
    """Roll the origin over the second half; Any: numpy's shape."""
    errors, naive_errors, inside = [], [], []
    for origin in range(len(values) // 2, len(values) - shifts + 1):
        truth = float(values[origin : origin + shifts].mean())
        low, middle, high = model.interval(values[:origin], shifts)
        errors.append(abs(middle - truth))
        naive_errors.append(abs(float(values[origin - 1]) - truth))
        inside.append(low <= truth <= high)
    if not errors:
        return Skill(origins=0, error=float("inf"), naive_error=0.0, inside=0.0)
    return Skill(
        origins=len(errors),
        error=float(np.mean(errors)),
        naive_error=float(np.mean(naive_errors)),
        inside=float(np.mean(inside)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Smoothing:
    """One set of parameters, to be applied to a series up to any origin."""

    params: "np.ndarray[Any, np.dtype[np.float64]]"  # Any: numpy's shape

    @classmethod
    def fitted(cls, values: "np.ndarray[Any, np.dtype[np.float64]]") -> "_Smoothing":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a flat series does not converge, and need not
            return cls(params=_model(values).fit(disp=False).params)

    def interval(
        self, values: "np.ndarray[Any, np.dtype[np.float64]]", shifts: int
    ) -> tuple[float, float, float]:
        """Low, expected and high mean rate over the next shifts; a rate is never below 0 nor above 1."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            smoothed = _model(values).smooth(self.params)
            paths = np.asarray(
                smoothed.simulate(
                    shifts, anchor="end", repetitions=SIMULATED, rng=np.random.default_rng(SEED)
                )
            )
            middle = float(np.asarray(smoothed.forecast(shifts)).mean())
        means = paths.reshape(shifts, -1).mean(axis=0)
        low, high = (float(np.percentile(means, share)) for share in (LOW, HIGH))
        return max(0.0, low), min(1.0, max(0.0, middle)), min(1.0, high)


def _model(values: "np.ndarray[Any, np.dtype[np.float64]]") -> Any:  # Any: statsmodels has no types
    import pandas as pd  # here: the two take seconds and 100 MB, and a plant may do without
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    return ETSModel(pd.Series(values), error="add", trend=None, seasonal=None)
