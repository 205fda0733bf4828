"""The ledger: where the mass of each shift and lot went, what was corrected and why, and its proof."""

from datetime import datetime, timedelta

from service.plant.ledger.audit import Report
from service.plant.ledger.heads import Head
from service.plant.ledger.verifying import Verified, Verifier
from service.plant.shifts import Shift
from service.plant.views.ledger import Statement
from service.plant.views.people import Role, User
from service.web.panel.balance import balance_card, missing_pct, quantity
from service.web.panel.crops import demo_tag
from service.web.panel.ledger_corrections import Correction, correction_table, corrections_of
from service.web.panel.ledger_proof import proof_card
from service.web.panel.markup import Html, el, join
from service.web.panel.page import Looker, need
from service.web.panel.page_head import page_head
from service.web.panel.tables import table
from service.web.panel.voice import Voice

TICK = timedelta(microseconds=1)
LOTS_SHOWN = 8
COLUMNS = ("place", "input", "good", "ejected", "by_product", "waste", "unaccounted", "status")


class LedgerScreen:
    """Balances of one shift and of the newest lots, corrections, proof."""

    tab = "ledger"
    every_s = 10.0

    def __init__(self, looker: Looker, *, at: str) -> None:
        self._web = looker.web
        self._plant = looker.web.plant
        self._voice = looker.voice
        self._at = _moment(at)
        self._shift: Shift | None = None
        self._balances: tuple[Statement, ...] = ()
        self._lots: tuple[tuple[str, str, Statement], ...] = ()
        self._corrections: tuple[Correction, ...] = ()
        self._last: Verified | None = None
        self._heads: tuple[Head, ...] = ()
        self._report: Report | None = None

    def load(self) -> None:
        """Ask the plant."""
        ledger = self._plant.ledger
        verifier = Verifier.of(ledger)
        self._shift = ledger.shift_of(self._at or self._web.now())
        self._balances = ledger.shift_balances(self._shift.from_utc)
        self._lots = tuple(
            (lot.lot_id, lot.name or lot.lot_id, statement)
            for lot in self._plant.lots(1, LOTS_SHOWN).items
            for statement in _one_of_each_basis(ledger.lot_balances(lot.lot_id))
        )
        self._corrections = corrections_of(ledger)
        self._last, self._heads = verifier.last(), verifier.heads()

    def title(self) -> str:
        """The page's title."""
        return self._voice.say("tab.ledger")

    def demo(self) -> bool:
        """Whether rendered or simulated input had a part in any balance."""
        statements = [*self._balances, *(statement for _, _, statement in self._lots)]
        return any(statement.demo for statement in statements)

    def sections(self, person: User) -> list[Html]:
        """The shift with its balances, lots, corrections, proof."""
        voice = self._voice
        may_verify = person.role.may_act_as(Role.MANAGER)
        return [
            self._head(),
            self._shift_balances(),
            self._lot_balances(),
            _section("ledger_corrections", correction_table(self._corrections, voice), voice),
            proof_card(self._last, self._heads, self._report, voice, may_verify=may_verify),
        ]

    def press(self, person: User, action: str, pressed: dict[str, str]) -> str:
        """Verify the chain now."""
        if action != "verify":
            return ""
        need(person, Role.MANAGER)
        self._report = Verifier.of(self._plant.ledger).verify(person.login)
        return self._voice.say("proof_bad" if self._report.faults else "proof_good")

    def _head(self) -> Html:
        voice, shift = self._voice, self._shift
        if shift is None:
            return Html("")
        now = self._web.now()
        start, end = voice.formats.moment(shift.from_utc), voice.formats.moment(shift.to_utc)
        said = voice.say("shift_of_day", shift=shift.name, start=start, end=end)
        before = el(
            "a", voice.say("shift_before"), href=_path(shift.from_utc - TICK), class_="button", rel="prev"
        )
        after = (
            el("a", voice.say("shift_after"), href=_path(shift.to_utc), class_="button", rel="next")
            if shift.to_utc <= now
            else el("span", voice.say("shift_after"), class_="button", disabled=True)
        )
        newest = el("a", voice.say("window.shift"), href="/ledger", class_="button")
        return page_head(voice.say("tab.ledger"), el("div", before, newest, after, class_="row"), hint=said)

    def _shift_balances(self) -> Html:
        voice = self._voice
        if not self._balances:
            help_ = el("p", voice.say("ledger_empty_help"))
            return el("div", el("h2", voice.say("ledger_empty")), help_, class_="empty")
        rows = [_cells(join(each.place), each, voice) for each in self._balances]
        cards = [balance_card(each, voice) for each in self._balances]
        equation = el("p", voice.say("balance_equation"), class_="soft")
        return el(
            "section",
            equation,
            table(_columns(voice), rows),
            el("div", *cards, class_="balances"),
            class_="stack",
        )

    def _lot_balances(self) -> Html:
        voice = self._voice
        rows = [
            _cells(
                join(
                    el("a", name, href=f"/lots/{lot_id}"),
                    el("div", each.place or voice.say("balance_whole_way"), class_="soft small"),
                ),
                each,
                voice,
            )
            for lot_id, name, each in self._lots
        ]
        return _section("ledger_lots", table(_columns(voice), rows) if rows else None, voice)


def _one_of_each_basis(statements: tuple[Statement, ...]) -> list[Statement]:
    """The whole way where it is known, else the place that stands first."""
    by_basis: dict[str, Statement] = {}
    for statement in sorted(statements, key=lambda each: each.place != ""):
        by_basis.setdefault(statement.basis.value, statement)
    return list(by_basis.values())


def _section(name: str, content: Html | None, voice: Voice) -> Html:
    shown = content or el("p", voice.say(f"{name}.none"), class_="empty")
    return el("section", el("h2", voice.say(f"{name}.title")), shown, class_="stack")


def _columns(voice: Voice) -> list[tuple[str, bool]]:
    return [(voice.say(f"balance_column.{key}"), key not in ("place", "status")) for key in COLUMNS]


def _cells(name: Html, each: Statement, voice: Voice) -> list[Html]:
    amounts = (each.input, each.good, each.ejected, each.by_product, each.waste)
    share = missing_pct(each)
    missing = quantity(each.unaccounted, each, voice)
    if share is not None:
        missing = f"{missing} · {voice.number(share, 2)}\u00a0%"
    bad = each.status.value == "unaccounted"
    return [
        join(name, " ", demo_tag(each.demo)),
        *[join(quantity(amount, each, voice)) for amount in amounts],
        el("span", missing, class_="tone-bad" if bad else None),
        el("span", voice.say(f"balance_status.{each.status.value}"), class_="tone-bad" if bad else "soft"),
    ]


def _path(moment: datetime) -> str:
    return f"/ledger?at={moment:%Y-%m-%dT%H:%M}"


def _moment(at: str) -> datetime | None:
    """A moment of the address, in UTC; an odd one gets the running shift."""
    try:
        found = datetime.fromisoformat(f"{at[:16]}+00:00")
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None
