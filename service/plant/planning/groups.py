"""Groups of lots that are alike: K-means over standardised features, k by mean silhouette. Pure, seeded.

Silhouette: Rousseeuw 1987. A mean below 0.25 is taken for no structure (Kaufman and Rousseeuw 1990, p. 88):
then all lots are one group, rather than groups that nobody can see.
"""

from collections.abc import Sequence

import numpy as np
from scipy.cluster.vq import ClusterError, kmeans2

from service.plant.views.plan import LotGroup, LotGroups, LotOffer

FEATURES = ("trash_area_pct", "contaminants_per_t", "rd", "plus_b", "second_share")
MOST_GROUPS = 6
FEWEST_LOTS = 8
NO_STRUCTURE = 0.25
STARTS = 8  # of each k; the one with the least spread is kept
SEED = 7

Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Labels = np.ndarray[tuple[int, ...], np.dtype[np.int32]]


def group_lots(lots: Sequence[LotOffer]) -> LotGroups:
    """Group lots by the features that most of them have; lots without one of those are left out."""
    features = tuple(
        name for name in FEATURES if 2 * sum(getattr(lot, name) is not None for lot in lots) > len(lots)
    )
    known = [lot for lot in lots if features and all(getattr(lot, name) is not None for name in features)]
    left_out = tuple(lot.lot_id for lot in lots if lot not in known)
    demo = any(lot.demo for lot in lots)
    values = np.array([[getattr(lot, name) for name in features] for lot in known], np.float64)
    silhouettes: dict[int, float] = {}
    labels: dict[int, Labels] = {1: np.zeros(len(known), np.int32)}
    if len(known) >= FEWEST_LOTS:
        spread = values.std(axis=0)
        scaled = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        for k in range(2, min(MOST_GROUPS, len(known) - 1) + 1):
            found = _cluster(scaled, k)
            if found is not None:
                labels[k] = found
                silhouettes[k] = silhouette(scaled, found)
    best = max(silhouettes, key=lambda k: silhouettes[k], default=1)
    why = "best_silhouette" if silhouettes else "few_lots"
    if silhouettes and silhouettes[best] < NO_STRUCTURE:
        best, why = 1, "no_structure"
    return LotGroups(
        features=features, k=best, silhouettes=silhouettes, why=why,
        groups=_groups(known, values, labels[best], features), left_out=left_out, demo=demo,
    )  # fmt: skip


def silhouette(values: Matrix, labels: Labels) -> float:
    """Mean over all points of (b - a) / max(a, b): distance to the own group against the nearest other."""
    apart = np.linalg.norm(values[:, None] - values[None], axis=2)
    member = np.stack([labels == group for group in np.unique(labels)], axis=1).astype(np.float64)
    sizes, own = member.sum(axis=0), member.argmax(axis=1)
    sums = apart @ member
    rows = np.arange(len(values))
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    other = means.min(axis=1)
    widest = np.maximum(np.maximum(within, other), 1e-12)
    return float(np.mean(np.where(sizes[own] > 1, (other - within) / widest, 0.0)))


def _cluster(scaled: Matrix, k: int) -> Labels | None:
    """The tightest of several seeded starts; None: the points make fewer groups."""
    best, found = np.inf, None
    rng = np.random.default_rng([SEED, k])
    for _ in range(STARTS):
        try:
            centres, labels = kmeans2(scaled, k, minit="++", missing="raise", rng=rng)
        except ClusterError:
            continue
        spread = float(np.sum((scaled - centres[labels]) ** 2))
        if len(np.unique(labels)) == k and spread < best:
            best, found = spread, labels
    return found


def _groups(
    lots: Sequence[LotOffer], values: Matrix, labels: Labels, features: Sequence[str]
) -> tuple[LotGroup, ...]:
    order = sorted(np.unique(labels), key=lambda group: (-int(np.sum(labels == group)), int(group)))
    return tuple(
        LotGroup(
            number=number,
            lot_ids=tuple(lot.lot_id for lot, of in zip(lots, labels, strict=True) if of == group),
            centre=dict(
                zip(features, (float(mean) for mean in values[labels == group].mean(axis=0)), strict=True)
            ),
        )
        for number, group in enumerate(order, start=1)
    )
