"""Samples → the probability of each grade: normal distributions of one common, shrunk covariance.

Few samples, correlated features and overlapping grades are the rule; linear discriminants are then as good as
anything, give probabilities, and can say how far a reading lies from all that was learnt.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHRINK = 0.1  # of the covariance towards its diagonal: correlations learnt from few samples are uncertain
FARTHEST_SHARE = 0.001  # so few of the grades' own readings lie beyond the farthest distance that is graded
_Z = 3.0902  # standard normal quantile of 1 - FARTHEST_SHARE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradeModel:
    """What was learnt."""

    features: tuple[str, ...]
    grades: tuple[str, ...]  # best first
    means: NDArray[np.float64]  # (grades, features)
    precision: NDArray[np.float64]  # (features, features)
    shares: NDArray[np.float64]  # (grades,) of the samples

    @property
    def farthest(self) -> float:
        """Squared distance beyond which nothing is graded: chi-square quantile (Wilson, Hilferty 1931)."""
        k = len(self.features)
        return float(k * (1 - 2 / (9 * k) + _Z * np.sqrt(2 / (9 * k))) ** 3)

    def probabilities(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (readings, grades) of readings (readings, features); NaN where one is out of range."""
        distance = self._distances(values)
        raw = np.log(self.shares) - distance / 2
        grown = np.exp(raw - raw.max(axis=1, keepdims=True))
        likely = grown / grown.sum(axis=1, keepdims=True)
        likely[distance.min(axis=1) > self.farthest] = np.nan
        return np.asarray(likely, np.float64)

    def why_refused(self, reading: NDArray[np.float64]) -> str:
        """Say which feature takes a reading out of range; empty: it is graded."""
        distance = self._distances(reading[None])[0]
        nearest = int(distance.argmin())
        if distance[nearest] <= self.farthest:
            return ""
        off = np.abs(reading - self.means[nearest]) * np.sqrt(np.diag(self.precision))
        at = int(off.argmax())
        return (
            f"{self.features[at]} {reading[at]:.3g} is far from all classed samples (nearest grade "
            f"{self.grades[nearest]}: {self.means[nearest, at]:.3g}); class samples like it and fit again"
        )

    def _distances(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        apart = values[:, None] - self.means[None]
        return np.asarray(np.einsum("rgf,fe,rge->rg", apart, self.precision, apart), np.float64)


def fit_model(
    features: tuple[str, ...], grades: tuple[str, ...], values: NDArray[np.float64], places: NDArray[np.int64]
) -> GradeModel:
    """Fit to values (samples, features) whose grades stand at `places` of `grades`; each has a sample."""
    means = np.stack([values[places == at].mean(axis=0) for at in range(len(grades))])
    rest = values - means[places]
    spread = rest.T @ rest / max(len(values) - len(grades), 1)
    scale = np.maximum(values.std(axis=0), 1e-6)
    spread = (1 - SHRINK) * spread + SHRINK * np.diag(np.diag(spread)) + np.diag((0.02 * scale) ** 2)
    return GradeModel(
        features=features,
        grades=grades,
        means=means,
        precision=np.linalg.inv(spread),
        shares=np.bincount(places, minlength=len(grades)) / len(places),
    )
