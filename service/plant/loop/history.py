"""A line's findings and checks, read on from where it stopped, as belief in each of its thresholds.

Nothing of it is stored: after a start, the last day's events are read again and give the same belief.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.loop.belief import Belief, Seen, Tick, learn, with_prior
from service.plant.loop.controller import Evidence
from service.plant.loop.curve import Spectrum
from service.plant.loop.fabric import Priors
from service.plant.store import loop_evidence
from service.plant.store.database import Transaction
from service.plant.store.loop_evidence import Fed, Found
from service.plant.views.loop import ShotCheck, ShotVerdict

LOOK_BACK = timedelta(hours=24)
TICK = timedelta(minutes=2)

Prior = tuple[float, str]  # how contaminated a lot is, times the usual, and who says so


@dataclass(slots=True, kw_only=True)
class Track:
    """One threshold's belief, and what was seen since it moved last."""

    article: str
    kind: str
    spectrum: Spectrum
    belief: Belief
    evidence: Evidence = Evidence()
    seen: Seen = Seen()  # since the last move: findings by score, tonnes
    since: datetime | None = None  # the last move
    lot_id: str = ""
    prior: Prior = (1.0, "")
    ran: bool = False
    demo: bool = False


@dataclass(slots=True, kw_only=True)
class History:
    """One line, as far as it was read."""

    line: str
    tracks: dict[str, Track]  # by kind
    after_order: int | None = None
    after_check: datetime | None = None

    def read_on(
        self,
        tx: Transaction,
        now: datetime,
        priors: Priors,
        moved: Mapping[str, datetime],
    ) -> None:
        """Take in what came since; `moved` is when each kind's threshold moved last."""
        if self.after_order is None:
            self.after_order = loop_evidence.order_before(tx, self.line, now - LOOK_BACK)
            self.after_check = now - LOOK_BACK
        fed = loop_evidence.fed(tx, self.line, self.after_order)
        told = loop_evidence.checks(tx, line=self.line, after=self.after_check)
        if fed:
            found = loop_evidence.found(tx, self.line, self.after_order, fed[-1].order_no)
            lots = sorted({one.lot_id for one in fed if one.lot_id})
            articles = {lot: known[1] for lot, known in loop_evidence.lots(tx, lots).items() if known[1]}
            self._learn(_stretches(fed), found, told, articles, priors.of(tx, lots), moved)
            self.after_order = fed[-1].order_no
            self.after_check = max([one.taken_utc for one in told], default=self.after_check)

    def _learn(
        self,
        stretches: Sequence[Sequence[Fed]],
        found: Sequence[Found],
        told: Sequence[ShotCheck],
        articles: Mapping[str, str],
        priors: Mapping[str, Prior],
        moved: Mapping[str, datetime],
    ) -> None:
        by_kind: dict[str, list[Found]] = defaultdict(list)
        for one in found:
            by_kind[one.kind].append(one)
        for track in self.tracks.values():
            own = iter(by_kind.get(track.kind, []))
            waiting = next(own, None)
            checks = [one for one in told if one.kind == track.kind]
            for stretch in stretches:
                scores = []
                while waiting is not None and waiting.order_no <= stretch[-1].order_no:
                    scores.append(waiting.score)
                    waiting = next(own, None)
                if articles.get(stretch[0].lot_id, track.article) != track.article:
                    continue  # another article's scores are of another recipe
                _take(track, stretch, scores, checks, priors, moved.get(track.kind))
                checks = []


def _take(
    track: Track,
    stretch: Sequence[Fed],
    scores: Sequence[float],
    checks: Sequence[ShotCheck],
    priors: Mapping[str, Prior],
    moved: datetime | None,
) -> None:
    last = stretch[-1]
    if moved is not None and last.utc >= moved and track.since != moved:
        track.since, track.evidence, track.seen = moved, Evidence(), Seen()
    if last.lot_id != track.lot_id:
        track.lot_id, track.prior = last.lot_id, priors.get(last.lot_id, (1.0, ""))
        track.belief = with_prior(track.belief, track.prior[0])
    told = {verdict: [one for one in checks if one.verdict is verdict] for verdict in ShotVerdict}
    tick = Tick(
        tonnes=sum(one.tonnes for one in stretch),
        findings=track.spectrum.bins_of(scores),
        confirmed=_bins(track, told[ShotVerdict.CONFIRMED]),
        false=_bins(track, told[ShotVerdict.FALSE]),
    )
    track.belief = learn(track.belief, track.spectrum, tick)
    track.seen = track.seen.on(tick)
    before = track.evidence
    track.evidence = Evidence(
        findings=before.findings + sum(tick.findings),
        confirmed=before.confirmed + len(told[ShotVerdict.CONFIRMED]),
        false=before.false + len(told[ShotVerdict.FALSE]),
        empty=before.empty + len(told[ShotVerdict.EMPTY]),
    )
    track.ran = True
    track.demo = track.demo or any(one.demo for one in stretch)


def _bins(track: Track, checks: Sequence[ShotCheck]) -> tuple[int, ...]:
    return track.spectrum.bins_of([one.score for one in checks if one.score is not None])


def _stretches(fed: Sequence[Fed]) -> list[list[Fed]]:
    """Cut where the lot changes, and every two minutes."""
    stretches: list[list[Fed]] = []
    for one in fed:
        last = stretches[-1] if stretches else None
        if last is None or one.lot_id != last[0].lot_id or one.utc - last[0].utc >= TICK:
            stretches.append([one])
        else:
            last.append(one)
    return stretches
