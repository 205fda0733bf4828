"""A small decision tree that says in words which lots go where (CART: Breiman et al. 1984, Gini). Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEEPEST = 3
FEWEST = 2  # lots in a leaf, where there are that many
WORDS = {
    "trash_area_pct": "trash area",
    "contaminants_per_t": "foreign matter per tonne",
    "rd": "reflectance Rd",
    "plus_b": "yellowness +b",
    "second_share": "expected second-grade share",
    "price_per_kg": "price per kg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A lot's features, and where it goes; a feature that was not measured is not there."""

    features: Mapping[str, float]
    goes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One leaf: what leads to it, where its lots go, and how many of them do."""

    conditions: tuple[str, ...]
    goes: str
    right: int
    lots: int

    @property
    def words(self) -> str:
        """The rule as a sentence."""
        led = " and ".join(self.conditions) or "every lot"
        return f"{led}: {self.goes} ({self.right} of {self.lots} lots)"


def explain(cases: Sequence[Case]) -> tuple[Rule, ...]:
    """Leaves of the tree, the largest first; a feature is used only where every lot has it."""
    if not cases:
        return ()
    names = sorted(set.intersection(*(set(case.features) for case in cases)))
    return tuple(sorted(_grow(cases, names, (), DEEPEST), key=lambda rule: -rule.lots))


def _grow(cases: Sequence[Case], names: Sequence[str], led: tuple[str, ...], depth: int) -> list[Rule]:
    split = _best_split(cases, names) if depth > 0 else None
    if split is None:
        goes, right = Counter(case.goes for case in cases).most_common(1)[0]
        return [Rule(conditions=led, goes=goes, right=right, lots=len(cases))]
    name, at = split
    low = [case for case in cases if case.features[name] <= at]
    high = [case for case in cases if case.features[name] > at]
    words = WORDS.get(name, name)
    return [
        *_grow(low, names, (*led, f"{words} at most {at:.4g}"), depth - 1),
        *_grow(high, names, (*led, f"{words} above {at:.4g}"), depth - 1),
    ]


def _best_split(cases: Sequence[Case], names: Sequence[str]) -> tuple[str, float] | None:
    best, found = _gini(cases) - 1e-9, None
    for name in names:
        values = sorted({case.features[name] for case in cases})
        for below, above in zip(values, values[1:], strict=False):
            at = (below + above) / 2
            low = [case for case in cases if case.features[name] <= at]
            high = [case for case in cases if case.features[name] > at]
            if min(len(low), len(high)) < min(FEWEST, len(cases) // 2):
                continue
            impure = (_gini(low) * len(low) + _gini(high) * len(high)) / len(cases)
            if impure < best:
                best, found = impure, (name, at)
    return found


def _gini(cases: Sequence[Case]) -> float:
    counts = Counter(case.goes for case in cases).values()
    return 1 - sum((count / len(cases)) ** 2 for count in counts)
