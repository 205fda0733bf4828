"""`Planning`: what web and console ask of lots, orders and suppliers. It advises; the mill plans."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from service.events import Tenant
from service.plant.acting import check_line
from service.plant.loop.desk import Loop
from service.plant.outlook.advice import Fact
from service.plant.planning.advice import plan
from service.plant.planning.colour import LotColour
from service.plant.planning.groups import group_lots
from service.plant.planning.offers import measured_lots, offers
from service.plant.planning.scorecards import LotMeasured, scorecards
from service.plant.store import loop_actions, people
from service.plant.store.database import Database
from service.plant.views.loop import ActionStatus
from service.plant.views.people import AuditView
from service.plant.views.plan import LotAdvice, LotGroups, LotOffer, OrderNeed, Plan, Scorecard

HELD = timedelta(minutes=10)  # adding up lots takes a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """Plans, offers, groups and scorecards. A method that fails raises PlantError: bad_plan."""

    database: Database
    owner: people.Owner
    loop: Loop
    now: Callable[[], datetime]
    _colours: dict[str, LotColour] = field(default_factory=dict)  # of ended lots: they change no more
    _held: list[tuple[datetime, tuple[LotMeasured, ...]]] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def offers(self) -> tuple[LotOffer, ...]:
        """Lots that ran through a line and that nothing was made of yet."""
        lots = self._lots()
        with self.database.read() as tx:
            return offers(tx, lots, self.loop.fabric(), self._colours)

    def plan(self, orders: Sequence[OrderNeed], lots: Sequence[LotOffer] | None = None) -> Plan:
        """Lots to orders; without lots those that the plant measured."""
        return plan(self.offers() if lots is None else lots, orders, self.now())

    def keep(self, made: Plan, orders: Sequence[OrderNeed], user: str) -> int:
        """Tell a plan as actions of the loop, scored later by fabric; returns how many lots it speaks of."""
        check_line(None)
        tenant = Tenant(enterprise=self.owner.enterprise, site=self.owner.site, area="", line="")
        losses = {order.order_id: order.second_loss_per_kg for order in orders}
        spoken = [lot for lot in made.lots if lot.advice != "spare"]
        now = self.now()
        with self.database.write() as tx:
            for lot in spoken:
                loop_actions.add(tx, tenant, _action(lot, losses, now, demo=made.demo))
            told = {"lots": str(len(spoken)), "orders": ", ".join(losses)[:200]}
            entry = AuditView(utc=now, user=user, action="plan", subject="lots", detail=told)
            people.note(tx, self.owner, entry)
        return len(spoken)

    def scorecards(self) -> tuple[Scorecard, ...]:
        """Suppliers by what was measured of their lots of the last two months."""
        return scorecards(self._lots(), self.loop.blame())

    def groups(self) -> LotGroups:
        """Lots that are alike."""
        return group_lots(self.offers())

    def score(self) -> None:
        """Judge kept plans by the fabric that was made of their lots."""
        told = self.loop.actions(kind="plan", limit=500)
        second = self.loop.fabric().second
        now = self.now()
        for action in told:
            share = second.get(action.subject)
            expected = action.expected_after_per_t
            due = action.status is ActionStatus.TOLD and action.after and expected is not None
            if not due or share is None or share.graded_m2 <= 0 or not action.after or expected is None:
                continue
            happened = expected * share.second_m2 / share.graded_m2 / action.after
            with self.database.write() as tx:
                loop_actions.scored(tx, action.id, happened=happened, unchanged=expected, tonnes=0.0, utc=now)

    def _lots(self) -> tuple[LotMeasured, ...]:
        now = self.now()
        fabric = self.loop.fabric()
        with self._one_at_a_time:
            if not self._held or now - self._held[0][0] >= HELD:
                with self.database.read() as tx:
                    self._held[:] = [(now, measured_lots(tx, fabric, now))]
            return self._held[0][1]


def _action(lot: LotAdvice, losses: dict[str, float], now: datetime, *, demo: bool) -> loop_actions.NewAction:
    share = lot.expected_second_share
    loss = losses.get(lot.order_ids[0], 0.0) if lot.order_ids else 0.0
    facts = [Fact(what=f"{lot.advice}: {lot.reason}", value=lot.left_kg, unit="kg left", pieces=1)]
    facts += [Fact(what=f"into order {order_id}", value=1.0, unit="", pieces=1) for order_id in lot.order_ids]
    return loop_actions.NewAction(
        kind="plan", article="", subject=lot.lot_id, before=None, after=share, reason="plan",
        evidence=tuple(facts), expected_before_per_t=None,
        expected_after_per_t=share * loss * 1000 if share is not None else None,
        made_utc=now, command_id=None, status=ActionStatus.TOLD, demo=demo,
    )  # fmt: skip
