"""Lots to orders: the offers, a form for the orders' limits, the plan or what stands in its way, in words."""

from service.plant.plant import Plant
from service.plant.views.ledger import OrderRecord
from service.plant.views.people import Role, User
from service.plant.views.plan import LotAdvice, LotOffer, Obstacle, OrderNeed, Plan
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.supplier_links import supplier_link
from service.web.panel.tables import table
from service.web.panel.voice import Voice

OFFERS_SHOWN, MOST_ORDERS, LONGEST_ID = 12, 20, 80
LARGEST = 1e9
FIELDS = ("needs_kg", "contaminants_per_t_max", "trash_area_pct_max", "rd_min", "plus_b_max")


class PlanDesk:
    """One person's plan on one open page; nothing is kept until they keep it."""

    def __init__(self, plant: Plant, voice: Voice) -> None:
        self._plant, self._voice = plant, voice
        self._offers: tuple[LotOffer, ...] = ()
        self._known: tuple[OrderRecord, ...] = ()
        self._orders: list[OrderNeed] = []
        self._plan: Plan | None = None

    def load(self) -> None:
        """Ask for lots and orders."""
        self._offers = self._plant.planning.offers()
        self._known = self._plant.ledger.orders()

    def offers(self) -> Html:
        """Lots that nothing was made of yet."""
        voice = self._voice
        heading = el("h2", voice.say("plan_title"))
        if not self._offers:
            return el("section", heading, el("p", voice.say("plan_no_lots"), class_="empty"), class_="stack")
        columns = [
            (voice.say(f"offer_column.{key}"), number)
            for key, number in (
                ("lot", False),
                ("supplier", False),
                ("available", True),
                ("contaminants", True),
                ("trash", True),
                ("rd", True),
                ("plus_b", True),
                ("second", True),
            )
        ]
        rows = [_offer_cells(offer, voice) for offer in self._offers[:OFFERS_SHOWN]]
        rest = len(self._offers) - OFFERS_SHOWN
        more = el("p", voice.say("plan_more_lots", count=rest), class_="soft small") if rest > 0 else None
        return el("section", heading, table(columns, rows), more, class_="stack")

    def form(self, person: User) -> Html:
        """The orders so far, and the fields of one more."""
        voice = self._voice
        if not person.role.may_act_as(Role.MANAGER):
            return Html("")
        listed = [_order_line(order, voice) for order in self._orders]
        fields = [
            el("label", el("span", voice.say("plan_field.order_id")), _order_field(self._known)),
            *[
                el(
                    "label",
                    el("span", voice.say(f"plan_field.{name}")),
                    el("input", name=name, inputmode="decimal", class_="day", autocomplete="off"),
                )
                for name in FIELDS
            ],
        ]
        add = el("button", voice.say("plan_add"), type="submit", class_="button", data_action="plan_add")
        presses = [
            el("button", voice.say(f"plan_press.{name}"), class_=look, data_action=f"plan_{name}")
            for name, look in (("make", "button primary"), ("clear", "button"))
            if self._orders
        ]
        return el(
            "section",
            el("h3", voice.say("plan_orders")),
            el("ul", *listed, class_="workings")
            if listed
            else el("p", voice.say("plan_help"), class_="soft"),
            el("form", *fields, add, class_="row plan-form"),
            el("div", *presses, class_="row") if presses else None,
            class_="card stack",
        )

    def made(self, person: User) -> Html:
        """The plan: who goes where, or every obstacle in a sentence."""
        voice, plan = self._voice, self._plan
        if plan is None:
            return Html("")
        key = "plan_feasible" if plan.feasible else "plan_infeasible"
        cost = voice.number(plan.cost, 0) if plan.cost is not None else "–"
        obstacles = [el("li", obstacle_words(each, voice)) for each in plan.obstacles]
        names = {offer.lot_id: offer.name or offer.lot_id for offer in self._offers}
        rows = [
            [
                el("a", names.get(part.lot_id, part.lot_id), href=f"/lots/{part.lot_id}"),
                join(part.order_id),
                join(voice.say("kilograms", value=voice.number(part.kg))),
            ]
            for part in plan.assigned
        ]
        columns = [
            (voice.say(f"assigned_column.{key}"), number)
            for key, number in (("lot", False), ("order", False), ("kg", True))
        ]
        keep = None
        if plan.feasible and person.may(Role.MANAGER, None):
            keep = el("button", voice.say("plan_keep"), class_="button primary", data_action="plan_keep")
        held = [each for each in plan.lots if each.advice in ("hold", "reroute")]
        return el(
            "section",
            el("p", el("b", voice.say(key, cost=cost)), " ", demo_tag(plan.demo)),
            el("ul", *obstacles, class_="note bad workings", role="alert") if obstacles else None,
            table(columns, rows) if rows else None,
            el("ul", *[_lot_line(each, names, voice) for each in held], class_="workings") if held else None,
            keep,
            class_="card stack",
        )

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Add an order, plan, keep the plan, begin anew."""
        voice = self._voice
        if action == "plan_add":
            order = read_order(pressed)
            if order is None or len(self._orders) >= MOST_ORDERS:
                return voice.say("plan_bad_order")
            self._orders = [each for each in self._orders if each.order_id != order.order_id] + [order]
            self._plan = None
        elif action == "plan_make" and self._orders:
            self._plan = self._plant.planning.plan(self._orders)
        elif action == "plan_keep" and self._plan is not None and self._plan.feasible:
            spoken = self._plant.planning.keep(self._plan, self._orders, person.login)
            return voice.say("plan_kept", count=spoken)
        elif action == "plan_clear":
            self._orders, self._plan = [], None
        return ""


def read_order(pressed: dict[str, str]) -> OrderNeed | None:
    """An order as typed, decimal comma or point; None where its name or mass can't be read."""
    order_id = pressed.get("order_id", "").strip()[:LONGEST_ID]
    read = {name: _number(pressed.get(name, "")) for name in FIELDS}
    odd = any(pressed.get(name, "").strip() and value is None for name, value in read.items())
    kg = read.pop("needs_kg")
    if not order_id or not kg or odd:
        return None
    return OrderNeed(
        order_id=order_id,
        needs_kg=kg,
        contaminants_per_t_max=read["contaminants_per_t_max"],
        trash_area_pct_max=read["trash_area_pct_max"],
        rd_min=read["rd_min"],
        plus_b_max=read["plus_b_max"],
    )


def obstacle_words(each: Obstacle, voice: Voice) -> str:
    """What can't be kept and by how much, in a sentence."""
    return voice.say(
        f"obstacle.{each.limit}" if voice.catalogue.has(f"obstacle.{each.limit}") else "obstacle.other",
        order=each.order_id,
        limit=each.limit,
        wanted=voice.number(each.wanted, 2),
        reached=voice.number(each.reached, 2),
        by=voice.number(each.by, 2),
    )


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().replace("\u202f", "").replace(" ", "").replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value < LARGEST else None


def _order_field(known: tuple[OrderRecord, ...]) -> Html:
    options = [el("option", value=order.order_id) for order in known]
    return join(
        el(
            "input",
            name="order_id",
            list="known-orders",
            maxlength=LONGEST_ID,
            class_="day",
            autocomplete="off",
        ),
        el("datalist", *options, id="known-orders"),
    )


def _order_line(order: OrderNeed, voice: Voice) -> Html:
    limits = [
        voice.say(f"plan_limit.{name}", value=voice.number(value, 2))
        for name in FIELDS[1:]
        if (value := getattr(order, name)) is not None
    ]
    kg = voice.say("kilograms", value=voice.number(order.needs_kg))
    return el("li", el("b", order.order_id), ": ", ", ".join([kg, *limits]))


def _lot_line(each: LotAdvice, names: dict[str, str], voice: Voice) -> Html:
    return el(
        "li", el("b", names.get(each.lot_id, each.lot_id)), ": ", voice.say(f"lot_advice.{each.advice}")
    )


def _offer_cells(offer: LotOffer, voice: Voice) -> list[Html]:
    return [
        join(el("a", offer.name or offer.lot_id, href=f"/lots/{offer.lot_id}"), " ", demo_tag(offer.demo)),
        supplier_link(offer.supplier, voice),
        join(voice.say("kilograms", value=voice.number(offer.available_kg))),
        join("–" if offer.contaminants_per_t is None else voice.number(offer.contaminants_per_t, 1)),
        join("–" if offer.trash_area_pct is None else f"{voice.number(offer.trash_area_pct, 2)} %"),
        _colour_cell(offer.rd, offer.colour_refused, voice),
        _colour_cell(offer.plus_b, offer.colour_refused, voice),
        join("–" if offer.second_share is None else voice.percent(offer.second_share)),
    ]


def _colour_cell(value: float | None, refused: str, voice: Voice) -> Html:
    return el("span", "–", title=refused or None) if value is None else join(voice.number(value, 1))
