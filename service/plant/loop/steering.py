"""Each line's thresholds, round by round: hear the line, learn, move what may move, score what is due."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.events import Tenant
from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.commands import LONGEST_ARGUMENT, Dispatcher
from service.plant.loop.belief import first_belief
from service.plant.loop.controller import Weighed, weigh
from service.plant.loop.curve import anchor_of, spectrum_of
from service.plant.loop.fabric import Priors
from service.plant.loop.history import History, Track
from service.plant.loop.scoring import costs_since, is_due
from service.plant.outlook.advice import Fact
from service.plant.store import live, loop_actions, loop_evidence, loop_rows
from service.plant.store.database import Database, Transaction
from service.plant.store.people import Owner
from service.plant.views.loop import ActionStatus, Bounds, KindCurve, Lock, LoopAction, LoopState

COMMAND_LIFE_S = 300.0
MOVED = (ActionStatus.IN_FORCE, ActionStatus.SCORED)
WHO = "loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A threshold as actions left it."""

    threshold: float
    moved_utc: datetime | None  # the last move or attempt: the cool-down runs from here
    since_utc: datetime | None  # when the threshold in force came into force by a move
    blocked: str  # standing that actions cause; empty: none
    unscored: LoopAction | None  # the move in force, if nobody judged it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """One threshold of one round."""

    bounds: Bounds
    place: Place
    track: Track | None
    weighed: Weighed | None
    standing: str
    locked: Lock | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """All lines' thresholds."""

    database: Database
    owner: Owner
    dispatcher: Dispatcher
    now: Callable[[], datetime]
    _histories: dict[str, tuple[str, History]] = field(default_factory=dict)  # line → article, what was read
    _one_at_a_time: threading.RLock = field(default_factory=threading.RLock)

    def forget(self, line: str) -> None:
        """Read a line's history again: its bounds or curves are others."""
        with self._one_at_a_time:
            self._histories.pop(line, None)

    def states(self, tx: Transaction, line: str, priors: Priors) -> list[LoopState]:
        """Every threshold of a line as it stands."""
        with self._one_at_a_time:
            return [_state(one) for one in self._steered(tx, line, priors)]

    def advance(self, line: str, priors: Priors) -> None:
        """One round of one line."""
        with self._one_at_a_time:
            self._hear(line)
            with self.database.read() as tx:
                steered = self._steered(tx, line, priors)
            for one in steered:
                moves = one.standing == "moves"
                self._score(one, superseded=moves)
                if moves and one.track is not None and one.weighed is not None:
                    self._move(one, one.track, one.weighed)

    def _steered(self, tx: Transaction, line: str, priors: Priors) -> list[Steered]:
        running = loop_evidence.running(tx, line)
        bounds = loop_rows.bounds(tx, line)
        locks = loop_rows.locks(tx, line)
        places = {one: _place(one, loop_actions.moves_of(tx, line, one.article, one.kind)) for one in bounds}
        history = self._history(tx, line, running.article, bounds)
        moved = {
            one.kind: place.since_utc
            for one, place in places.items()
            if one.article == running.article and place.since_utc is not None
        }
        history.read_on(tx, self.now(), priors, moved)
        return [self._one(one, places[one], history, running, locks) for one in bounds]

    def _history(self, tx: Transaction, line: str, article: str, bounds: Sequence[Bounds]) -> History:
        known = self._histories.get(line)
        if known is None or known[0] != article:
            curves = {one.kind: one for one in loop_rows.curves(tx, line) if one.article == article}
            tracks = {
                one.kind: _track(one, curve)
                for one in bounds
                if one.article == article and (curve := curves.get(one.kind)) is not None
            }
            known = (article, History(line=line, tracks=tracks))
            self._histories[line] = known
        return known[1]

    def _one(
        self,
        bounds: Bounds,
        place: Place,
        history: History,
        running: loop_evidence.Running,
        locks: Sequence[Lock],
    ) -> Steered:
        here = bounds.article == running.article
        track = history.tracks.get(bounds.kind) if here else None
        locked = _lock_of(bounds, locks)
        weighed = None
        if track is not None:
            weighed = weigh(
                track.belief, track.spectrum, bounds, place.threshold, track.evidence,
                moved_utc=place.moved_utc, now=self.now(), locked=locked is not None, prior=track.prior[0],
            )  # fmt: skip
        standing = _standing(bounds, place, track, weighed, running)
        return Steered(
            bounds=bounds, place=place, track=track, weighed=weighed, standing=standing, locked=locked
        )

    def _move(self, one: Steered, track: Track, weighed: Weighed) -> None:
        bounds = one.bounds
        evidence = _evidence(track)
        tenant = self._tenant(bounds.line)
        command = self.dispatcher.queue(
            tenant, LineCommandKind.SET_THRESHOLD, _arguments(bounds, weighed), WHO, COMMAND_LIFE_S
        )
        new = loop_actions.NewAction(
            kind="threshold", article=bounds.article, subject=bounds.kind, before=weighed.threshold,
            after=weighed.move_to, reason=weighed.reason, evidence=evidence,
            expected_before_per_t=weighed.cost_now, expected_after_per_t=weighed.cost_there,
            made_utc=self.now(), command_id=command.id, status=ActionStatus.ASKED, demo=track.demo,
        )  # fmt: skip
        with self.database.write() as tx:
            loop_actions.add(tx, tenant, new)

    def _hear(self, line: str) -> None:
        """Note what the line answered; a command that it never fetched ran out."""
        with self.database.read() as tx:
            asked = [a for a in loop_actions.newest(tx, line=line) if a.status is ActionStatus.ASKED]
            told = loop_actions.answers(tx, line, [a.command_id for a in asked if a.command_id])
        now = self.now()
        none = loop_actions.Answer(outcome="", words="", said=(), utc=now)
        for action in asked:
            answer = told.get(action.command_id or "", none)
            late = (now - action.made_utc).total_seconds() > COMMAND_LIFE_S
            if not answer.outcome and not late:
                continue
            status = {
                CommandOutcome.DONE.value: ActionStatus.IN_FORCE,
                CommandOutcome.REFUSED.value: ActionStatus.REFUSED,
            }.get(answer.outcome, ActionStatus.EXPIRED)
            with self.database.write() as tx:
                loop_actions.answered(tx, action.id, status, answer)

    def _score(self, one: Steered, *, superseded: bool) -> None:
        """Judge the move in force once enough was found since, or when the next one takes its place."""
        move, track = one.place.unscored, one.track
        if move is None or track is None or track.since != one.place.since_utc or track.seen.tonnes <= 0:
            return
        if not (superseded or is_due(track.seen)):
            return
        if move.before is None or move.after is None:
            return
        unchanged, happened = costs_since(
            track.belief, track.spectrum, one.bounds, track.seen, (move.before, move.after)
        )
        with self.database.write() as tx:
            loop_actions.scored(
                tx, move.id, happened=happened, unchanged=unchanged, tonnes=track.seen.tonnes, utc=self.now()
            )

    def _tenant(self, line: str) -> Tenant:
        with self.database.read() as tx:
            area = live.tenant_area(tx, line)
        return Tenant(enterprise=self.owner.enterprise, site=self.owner.site, area=area, line=line)


def _track(bounds: Bounds, curve: KindCurve) -> Track:
    spectrum = spectrum_of(curve.points, curve.measured_t).above(bounds.low)
    belief = first_belief(anchor_of(spectrum, bounds))
    return Track(article=bounds.article, kind=bounds.kind, spectrum=spectrum, belief=belief, demo=curve.demo)


def _place(bounds: Bounds, moves: Sequence[LoopAction]) -> Place:
    """Where moves since the bounds were set left the threshold; `moves` are newest first."""
    own = [move for move in moves if bounds.set_utc is None or move.made_utc >= bounds.set_utc]
    last = next((move for move in own if move.status in MOVED), None)
    blocked = ""
    if own and own[0].status is ActionStatus.ASKED:
        blocked = "waits_for_line"
    elif own and own[0].status is ActionStatus.REFUSED:
        blocked = "line_refused"
    return Place(
        threshold=last.after if last is not None and last.after is not None else bounds.start,
        moved_utc=own[0].made_utc if own else None,
        since_utc=last.answered_utc if last is not None else None,
        blocked=blocked,
        unscored=last if last is not None and last.status is ActionStatus.IN_FORCE else None,
    )


def _lock_of(bounds: Bounds, locks: Sequence[Lock]) -> Lock | None:
    """The lock that holds a threshold: its own, or one of the whole article."""
    for lock in locks:
        if lock.article == bounds.article and lock.kind in ("", bounds.kind) and lock.locked:
            return lock
    return None


def _standing(
    bounds: Bounds,
    place: Place,
    track: Track | None,
    weighed: Weighed | None,
    running: loop_evidence.Running,
) -> str:
    if bounds.article != running.article:
        return "nothing_ran"
    if bounds.bundle_id != running.bundle_id:
        return "recipe_changed"
    if track is None or weighed is None:
        return "no_curve"
    if weighed.standing == "locked":
        return "locked"
    if place.blocked:
        return place.blocked
    return weighed.standing if track.ran else "nothing_ran"


def _arguments(bounds: Bounds, weighed: Weighed) -> dict[str, str]:
    why = f"{weighed.reason}: {weighed.cost_now:.3g} to {weighed.cost_there:.3g} per t expected"
    return {
        "article": bounds.article, "kind": bounds.kind, "score": f"{weighed.move_to:.4f}",
        "was": f"{weighed.threshold:.4f}", "low": f"{bounds.low:g}", "high": f"{bounds.high:g}",
        "why": why[:LONGEST_ARGUMENT],
    }  # fmt: skip


def _evidence(track: Track) -> tuple[Fact, ...]:
    level, seen = track.belief.contamination, track.evidence
    low, high = level.interval
    facts = [
        ("contamination", level.mean, "x"),
        ("contamination_low", low, "x"),
        ("contamination_high", high, "x"),
        ("false_findings", track.belief.false_findings.mean, "x"),
        ("tonnes", track.seen.tonnes, "t"),
        ("confirmed", float(seen.confirmed), ""),
        ("false", float(seen.false), ""),
        ("empty", float(seen.empty), ""),
    ]
    if track.prior[1]:
        facts.append((f"fabric: {track.prior[1]}", track.prior[0], "x"))
    return tuple(Fact(what=what, value=value, unit=unit, pieces=seen.findings) for what, value, unit in facts)


def _state(one: Steered) -> LoopState:
    bounds, track, weighed = one.bounds, one.track, one.weighed
    believed = track is not None and weighed is not None and track.ran
    level = track.belief.contamination if track is not None and believed else None
    low, high = level.interval if level is not None else (None, None)
    seen = track.evidence if track is not None else None
    return LoopState(
        line=bounds.line,
        article=bounds.article,
        kind=bounds.kind,
        threshold=one.place.threshold,
        low=bounds.low,
        high=bounds.high,
        locked=one.locked is not None,
        lock_why=f"{one.locked.by}: {one.locked.why}" if one.locked else "",
        contamination=level.mean if level is not None else None,
        contamination_low=low,
        contamination_high=high,
        false_findings=track.belief.false_findings.mean if track is not None and believed else None,
        burst=track.belief.burst if track is not None else False,
        prior=track.prior[0] if track is not None else 1.0,
        prior_source=track.prior[1] if track is not None else "",
        findings=seen.findings if seen else 0,
        confirmed=seen.confirmed if seen else 0,
        false=seen.false if seen else 0,
        empty=seen.empty if seen else 0,
        cost_per_t=weighed.cost_now if weighed is not None and believed else None,
        best_threshold=weighed.best if weighed is not None and believed else None,
        best_cost_per_t=weighed.best_cost if weighed is not None and believed else None,
        standing=one.standing,
        demo=track.demo if track is not None else False,
    )
