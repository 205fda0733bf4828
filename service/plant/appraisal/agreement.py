"""Attribute agreement: the CNN is one appraiser beside the technicians, all against a reference.

Limits of effectiveness, miss and false alarm: AIAG MSA, 3rd edition, as quoted by dybbs8.com (the book itself
was not read): effectiveness at least 90 % (marginal 80 %), misses at most 2 % (5 %), false alarms at most
5 % (10 %).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from service.plant.appraisal.intervals import Share, share_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One verdict on one item."""

    item: str
    appraiser: str
    trial: int
    defective: bool


class Standing(StrEnum):
    """What the limits say of an appraiser."""

    GOOD = "good"
    MARGINAL = "marginal"
    POOR = "poor"
    UNKNOWN = "unknown"  # no item of one of the two kinds was judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraiser:
    """How one appraiser did against the reference."""

    name: str
    effectiveness: Share  # right in every trial, of the items judged
    miss: Share  # defective by the reference, called good; of verdicts
    false_alarm: Share  # good by the reference, called defective
    repeated: Share  # same verdict in every trial, of the items judged more than once
    kappa: float | None  # with the reference, chance taken out; 0.75 good, below 0.40 poor
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """How two appraisers agree, right or wrong."""

    one: str
    other: str
    agree: Share
    kappa: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindMisses:
    """Misses of one appraiser by what the item shows."""

    name: str
    kind: str
    miss: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A whole study."""

    items: int  # with a reference
    defective: int  # of them, by the reference
    reference: str  # "panel" or "consensus"
    appraisers: tuple[Appraiser, ...]
    pairs: tuple[Pair, ...]
    by_kind: tuple[KindMisses, ...]


GOOD, MARGINAL = (0.90, 0.02, 0.05), (0.80, 0.05, 0.10)  # effectiveness, miss, false alarm


def agreement(
    answers: Sequence[Answer], reference: Mapping[str, bool], kinds: Mapping[str, str], basis: str
) -> Agreement:
    """Compare appraisers with the reference, and with each other on all that both judged.

    A tie has no reference, yet it is what two people who differ look like: pairs count it.
    """
    judged = [answer for answer in answers if answer.item in reference]
    names = sorted({answer.appraiser for answer in judged})
    by_name = {name: [answer for answer in judged if answer.appraiser == name] for name in names}
    everybody = sorted({answer.appraiser for answer in answers})
    return Agreement(
        items=len(reference),
        defective=sum(reference.values()),
        reference=basis,
        appraisers=tuple(_appraiser(name, by_name[name], reference) for name in names),
        pairs=tuple(_pair(one, other, answers) for one, other in combinations(everybody, 2)),
        by_kind=tuple(_by_kind(by_name, reference, kinds)),
    )


def consensus(answers: Sequence[Answer]) -> dict[str, bool]:
    """What most verdicts on an item say; an item with a tie has no reference."""
    votes: dict[str, int] = {}
    for answer in answers:
        votes[answer.item] = votes.get(answer.item, 0) + (1 if answer.defective else -1)
    return {item: vote > 0 for item, vote in votes.items() if vote != 0}


def kappa(one: Mapping[str, bool], other: Mapping[str, bool]) -> float | None:
    """Cohen's kappa over the items both judged; None where chance alone would agree on all of them."""
    both = sorted(one.keys() & other.keys())
    if not both:
        return None
    agree = sum(one[item] is other[item] for item in both) / len(both)
    yes = sum(one[item] for item in both) / len(both), sum(other[item] for item in both) / len(both)
    chance = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    return None if chance >= 1 else (agree - chance) / (1 - chance)


def _appraiser(name: str, answers: Sequence[Answer], reference: Mapping[str, bool]) -> Appraiser:
    verdicts = _by_item(answers)
    right = [item for item, given in verdicts.items() if all(one is reference[item] for one in given)]
    defective = [answer for answer in answers if reference[answer.item]]
    good = [answer for answer in answers if not reference[answer.item]]
    again = [given for given in verdicts.values() if len(given) > 1]
    effectiveness = share_of(len(right), len(verdicts))
    miss = share_of(sum(not answer.defective for answer in defective), len(defective))
    false_alarm = share_of(sum(answer.defective for answer in good), len(good))
    return Appraiser(
        name=name,
        effectiveness=effectiveness,
        miss=miss,
        false_alarm=false_alarm,
        repeated=share_of(sum(len(set(given)) == 1 for given in again), len(again)),
        kappa=kappa(_first(answers), reference),
        standing=_standing(effectiveness, miss, false_alarm),
    )


def _standing(effectiveness: Share, miss: Share, false_alarm: Share) -> Standing:
    if effectiveness.value is None or miss.value is None or false_alarm.value is None:
        return Standing.UNKNOWN
    for standing, limits in ((Standing.GOOD, GOOD), (Standing.MARGINAL, MARGINAL)):
        if effectiveness.value >= limits[0] and miss.value <= limits[1] and false_alarm.value <= limits[2]:
            return standing
    return Standing.POOR


def _pair(one: str, other: str, answers: Sequence[Answer]) -> Pair:
    first, second = (
        _first([answer for answer in answers if answer.appraiser == name]) for name in (one, other)
    )
    both = first.keys() & second.keys()
    agree = share_of(sum(first[item] is second[item] for item in both), len(both))
    return Pair(one=one, other=other, agree=agree, kappa=kappa(first, second))


def _by_kind(
    by_name: Mapping[str, Sequence[Answer]], reference: Mapping[str, bool], kinds: Mapping[str, str]
) -> list[KindMisses]:
    found = []
    for name, answers in by_name.items():
        for kind in sorted(set(kinds.values())):
            of_kind = [a for a in answers if reference[a.item] and kinds.get(a.item) == kind]
            if of_kind:
                missed = sum(not answer.defective for answer in of_kind)
                found.append(KindMisses(name=name, kind=kind, miss=share_of(missed, len(of_kind))))
    return found


def _by_item(answers: Sequence[Answer]) -> dict[str, list[bool]]:
    items: dict[str, list[bool]] = {}
    for answer in answers:
        items.setdefault(answer.item, []).append(answer.defective)
    return items


def _first(answers: Sequence[Answer]) -> dict[str, bool]:
    """Each item's verdict in the first trial."""
    first: dict[str, bool] = {}
    for answer in sorted(answers, key=lambda answer: answer.trial):
        first.setdefault(answer.item, answer.defective)
    return first
