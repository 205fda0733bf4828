"""One lot: masses on both sides, foreign matter by kind and time, shots, grades of its rolls, its family."""

from service.plant.errors import PlantError
from service.plant.ledger.genealogy import Family
from service.plant.views.defects import MarkVerdict
from service.plant.views.ledger import Statement
from service.plant.views.lots import LotDetail, ShotsByFate
from service.plant.views.people import Role, User
from service.web.panel.balance import balance_card
from service.web.panel.crops import crop_card, demo_tag
from service.web.panel.family_graph import family_graph
from service.web.panel.interval_bar import interval_bar
from service.web.panel.kind_times import kind_rows
from service.web.panel.lot_masses import lot_figures, mass_picture
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.supplier_links import supplier_link
from service.web.panel.tables import table
from service.web.panel.trade_card import TradeDesk
from service.web.panel.voice import Voice

CROPS_SHOWN = 12


class LotScreen:
    """What a manager and a technician ask of one lot."""

    tab = "lots"
    every_s = 3.0

    def __init__(self, looker: Looker, *, lot_id: str) -> None:
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._lot_id = lot_id
        self._detail: LotDetail | None = None
        self._family: Family | None = None
        self._balances: tuple[Statement, ...] = ()
        self._trade = TradeDesk(self._plant, looker.voice)
        self._now = looker.web.now
        self._loads = 0

    def load(self) -> None:
        """Ask the plant. PlantError: unknown_lot."""
        self._detail = self._plant.lot(self._lot_id)
        try:
            self._family = self._plant.ledger.family(self._lot_id)
        except PlantError:
            self._family = None  # a lot that is known by a finding alone is no unit yet
        self._balances = self._plant.ledger.lot_balances(self._lot_id)
        if self._loads > 0:  # what the loop knows takes a while the first time: after the first paint
            self._trade.load(self._detail.lot.line)
        self._loads += 1

    def title(self) -> str:
        """The lot's name."""
        return (self._detail.lot.name or self._lot_id) if self._detail else self._lot_id

    def demo(self) -> bool:
        """Whether rendered or simulated input had a part."""
        return self._detail is not None and self._detail.lot.demo

    def sections(self, person: User) -> list[Html]:
        """Head, masses, findings, shots and grades, family, balances, newest crops."""
        voice, detail = self._voice, self._detail
        if detail is None:
            return []
        return [
            _head(detail, voice),
            lot_figures(detail.lot, voice),
            mass_picture(detail, voice),
            _found(detail, voice),
            el("div", _shots(detail, voice), _grades(detail, voice), class_="side-by-side"),
            self._trade.cards(person, self._now()) if self._loads > 1 else Html(""),
            self._genealogy(detail),
            self._ledger(),
            _crops(detail, person, voice),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Judge a finding; ask the line for a threshold."""
        if action in ("trade_move", "trade_go_on"):
            return self._trade.press(person, action, pressed)
        if action != "mark":
            return ""
        need(person, Role.TECHNICIAN)
        self._plant.mark(pressed["defect"], MarkVerdict(pressed["verdict"]), None, person.login)
        return self._voice.say("mark_kept")

    def _genealogy(self, detail: LotDetail) -> Html:
        voice = self._voice
        heading = el("h2", voice.say("genealogy_title"))
        if self._family is None or not (self._family.relatives or detail.lot.supplier):
            return el(
                "section", heading, el("p", voice.say("genealogy_none"), class_="empty"), class_="stack"
            )
        drawn = family_graph(self._family, detail.lot.supplier, voice)
        shares = [
            el("li", el("b", lot), f" {voice.percent(share)}")
            for lot, share in sorted(self._family.lot_shares.items(), key=lambda item: -item[1])
            if share < 1
        ]
        mixed = el("ul", el("li", voice.say("lot_shares")), *shares, class_="legend") if shares else None
        return el("section", heading, el("div", drawn, mixed, class_="card family-box"), class_="stack")

    def _ledger(self) -> Html:
        voice = self._voice
        heading = el("h2", voice.say("lot_balances_title"))
        if not self._balances:
            return el("section", heading, el("p", voice.say("balances_none"), class_="empty"), class_="stack")
        cards = [balance_card(statement, voice) for statement in self._balances]
        return el("section", heading, el("div", *cards, class_="balances"), class_="stack")


def _head(detail: LotDetail, voice: Voice) -> Html:
    lot = detail.lot
    start, end = voice.moment(lot.started_utc), voice.moment(lot.ended_utc)
    when = voice.say("window_from_to", start=start, end=end if lot.ended_utc else voice.say("lot_runs"))
    facts = [lot.line, lot.article, when]
    title = el(
        "div",
        el("h1", lot.name or lot.lot_id, " ", demo_tag(lot.demo)),
        el("p", " · ".join(fact for fact in facts if fact), class_="soft"),
        el("p", voice.say("column.supplier"), ": ", supplier_link(lot.supplier, voice)),
    )
    language, base = voice.language.value, f"/api/v1/lots/{lot.lot_id}"
    papers = [
        el(
            "a",
            voice.say("paper_passport"),
            href=f"{base}/passport.pdf?language={language}",
            class_="button primary",
        ),
        *[
            el(
                "a",
                voice.say(f"export_findings.{form}"),
                href=f"/api/v1/exports/defects.{form}?lot_id={lot.lot_id}",
                class_="button",
            )
            for form in ("csv", "xlsx")
        ],
    ]
    return el("div", title, el("div", *papers, class_="row"), class_="page-head")


def _found(detail: LotDetail, voice: Voice) -> Html:
    heading = el("h2", voice.say("lot_found_title"))
    if not detail.kinds:
        return el("section", heading, el("p", voice.say("lot_found_none"), class_="empty"), class_="stack")
    return el("section", heading, kind_rows(detail.kinds, detail.in_time, voice), class_="stack")


def _shots(detail: LotDetail, voice: Voice) -> Html:
    heading = el("h2", voice.say("lot_shots_title"))
    if not detail.shots:
        return el("section", heading, el("p", voice.say("lot_shots_none"), class_="empty"), class_="stack")
    columns = [
        (voice.say(f"shot_column.{key}"), number)
        for key, number in (("fate", False), ("shots", True), ("ejected", True), ("good_fibre", True))
    ]
    rows = [_shot_cells(each, voice) for each in detail.shots]
    return el("section", heading, table(columns, rows), class_="stack")


def _shot_cells(each: ShotsByFate, voice: Voice) -> list[Html]:
    fate = each.fate or "waits"
    bad = fate not in ("scheduled", "waits")
    return [
        el("span", voice.say(f"shot_fate.{fate}"), class_="tone-bad" if bad else None),
        join(voice.number(each.shots)),
        join(voice.say("kilograms", value=voice.number(each.ejected_kg, 2))),
        join(voice.say("kilograms", value=voice.number(each.good_fibre_kg, 2))),
    ]


def _grades(detail: LotDetail, voice: Voice) -> Html:
    heading = el("h2", voice.say("lot_grades_title"))
    if not detail.grades:
        return el("section", heading, el("p", voice.say("lot_grades_none"), class_="empty"), class_="stack")
    rows = []
    for count in detail.grades:
        share = count.rolls
        value, low, high = (
            voice.number(100 * each, 0) for each in (share.value or 0.0, share.low, share.high)
        )
        told = voice.say("share_with_interval", value=value, low=low, high=high)
        rows.append(
            [
                el("b", voice.say_or_code("grade", count.grade)),
                join(voice.say("of_rolls", hits=share.hits, of=share.of)),
                interval_bar(share.value or 0.0, share.low, share.high, most=1.0, label=told),
                join(told),
            ]
        )
    columns = [
        (voice.say(f"grade_column.{key}"), number)
        for key, number in (("grade", False), ("rolls", False), ("share", False), ("interval", False))
    ]
    note = el("p", voice.say("lot_grades_note"), class_="soft small")
    return el("section", heading, table(columns, rows), note, class_="stack")


def _crops(detail: LotDetail, person: User, voice: Voice) -> Html:
    heading = el("h2", voice.say("lot_crops_title"))
    pictured = [defect for defect in detail.defects if defect.crop_held][:CROPS_SHOWN]
    if not pictured:
        return el("section", heading, el("p", voice.say("lot_crops_none"), class_="empty"), class_="stack")
    grid = el("div", *[crop_card(defect, person, voice) for defect in pictured], class_="crops")
    return el("section", heading, grid, class_="stack")
