"""The manager's pages without a browser: figures by day, a lot, the ledger, suppliers, advice, reports."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import httpx
import pytest
from screen_rig import person, shown

from service import events as ev
from service.event_terms import MassFlow
from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import FlowBooked, UnitMade
from service.plant.ledger.terms import Origin, Step
from service.plant.plant import Plant
from service.plant.views.advice import Advice
from service.plant.views.kpis import WindowName
from service.plant.views.loop import Bounds
from service.web.api.problems import ProblemError
from service.web.panel.advice import AdviceScreen
from service.web.panel.advice_cards import advice_cards
from service.web.panel.kpi_rows import KpiRowsScreen
from service.web.panel.kpis import KpiScreen
from service.web.panel.ledger import LedgerScreen
from service.web.panel.loop_cards import state_cards
from service.web.panel.lot import LotScreen
from service.web.panel.page import Looker
from service.web.panel.plan_section import read_order
from service.web.panel.reports import ReportsScreen
from service.web.panel.supplier import SupplierScreen
from service.web.panel.suppliers import SuppliersScreen
from service.web.panel.window_choice import WindowChoice

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
MONTH = WindowChoice.read("month", "", "", WindowName.SHIFT)


def book(plant: Plant, flow: MassFlow, kg: float, **also: Any) -> Any:
    body = FlowBooked(
        place="opener-1", flow=flow, step=Step.RUN, unit_id="lot-1", value=kg, unit="kg", lot_id="lot-1"
    )
    draft = Draft(body=body, at_utc=NOW, entered_by="technician", origin=Origin.TYPED)
    return plant.ledger.enter([replace(draft, **also)])[0]


def made(plant: Plant, step: Step, unit_id: str, *parents: str, supplier: str = "") -> None:
    body = UnitMade(step=step, unit_id=unit_id, name=unit_id.upper(), parents=parents, supplier=supplier)
    plant.ledger.enter([Draft(body=body, at_utc=NOW, entered_by="x", origin=Origin.TYPED)])


def of_opener(event: ev.Event, body: ev.Body) -> ev.Event:
    """The same moment, told by the fibre line."""
    return replace(
        event,
        id=str(uuid5(NAMESPACE_OID, "one more")),
        log_id=str(uuid5(NAMESPACE_OID, "opener-1")),
        seq=99,
        tenant=replace(event.tenant, line="opener-1"),
        body=body,
    )


# --- windows --------------------------------------------------------------------------------------------


def test_own_days_are_whole_local_days_and_stay_in_the_address(plant: Plant) -> None:
    choice = WindowChoice.read("", "01.03.2026", "1.3.2026", WindowName.SHIFT)
    window = choice.window(plant)
    assert (window.from_utc, window.to_utc) == (
        datetime(2026, 2, 28, 19, tzinfo=UTC),  # midnight in Almaty
        datetime(2026, 3, 1, 19, tzinfo=UTC),
    )
    assert choice.query == "first=01.03.2026&last=1.3.2026"
    assert "from_utc=2026-02-28T19" in choice.api_query(plant)


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [("2026-03-01", "x", "window_bad_day"), ("31.02.2026", "01.03.2026", "window_bad_day")]
    + [("02.03.2026", "01.03.2026", "window_wrong_way"), ("01.03.2026", "", "window_bad_day")],
)
def test_odd_days_leave_the_named_window_and_say_what_to_do(
    plant: Plant, looker: Looker, first: str, last: str, fault: str
) -> None:
    choice = WindowChoice.read("day", first, last, WindowName.SHIFT)
    assert choice.window(plant) == plant.window(WindowName.DAY)
    assert looker.voice.say(fault) in choice.chooser("/kpis", looker.voice)


# --- figures --------------------------------------------------------------------------------------------


def test_the_month_shows_figures_with_their_days_once_painted(plant: Plant, looker: Looker) -> None:
    screen = KpiScreen(looker, choice=MONTH)
    manager = person(plant, "manager")
    first = shown(screen, manager)
    assert "Raw-material loss in processing" in first
    assert "0.50 %" in first  # 0.5 kg of 100 kg
    assert 'class="sparkline"' not in first
    book(plant, MassFlow.INPUT, 100, at_utc=NOW - timedelta(days=1))
    book(plant, MassFlow.GOOD, 90, at_utc=NOW - timedelta(days=1))
    screen.load()
    assert 'class="sparkline"' in "\n".join(screen.sections(manager))


def test_what_is_not_measured_is_listed_with_what_would_measure_it(plant: Plant, looker: Looker) -> None:
    screen = KpiScreen(looker, choice=MONTH)
    viewer = person(plant, "viewer")
    assert "missing-list" not in shown(screen, viewer)
    screen.press(viewer, "missing", {})
    listed = "\n".join(screen.sections(viewer))
    assert "Energy per m² of good cloth" in listed
    assert "missing-list" in listed


def test_a_baseline_wants_a_manager_and_a_reason(plant: Plant, looker: Looker) -> None:
    screen = KpiScreen(looker, choice=MONTH)
    shown(screen, person(plant, "manager"))
    with pytest.raises(ProblemError):
        screen.press(person(plant, "engineer"), "baseline", {"why": "x"})
    assert screen.press(person(plant, "manager"), "baseline", {"why": " "}) == looker.voice.say("why_wanted")
    assert plant.quality.figures.baselines() == ()
    screen.press(person(plant, "manager"), "baseline", {"why": "before the new comb"})
    (baseline,) = plant.quality.figures.baselines()
    assert (baseline.why, baseline.set_by) == ("before the new comb", "manager")


def test_a_figure_opens_to_its_rows_and_they_lead_to_the_roll(plant: Plant, looker: Looker) -> None:
    screen = KpiRowsScreen(looker, code="defect_rate.area", choice=MONTH, page=1)
    html = shown(screen, person(plant, "viewer"), loads=2)
    assert 'href="/rolls/roll-1"' in html
    assert "÷" in html
    assert "broken_end" not in html
    assert "Broken end" in html


# --- lots -----------------------------------------------------------------------------------------------


def test_a_lot_says_what_was_found_shot_and_lost(plant: Plant, looker: Looker) -> None:
    html = shown(LotScreen(looker, lot_id="lot-1"), person(plant, "viewer"))
    assert "Coloured polypropylene" in html
    assert "0.40 kg · 0.400 %" in html  # good fibre carried away, of 100 kg
    assert "Fired" in html
    assert "/api/v1/lots/lot-1/passport.pdf" in html


def test_a_marked_finding_of_a_lot_counts_as_confirmed_or_false(
    plant: Plant, looker: Looker, new_find: Any, pictures: dict[str, bytes]
) -> None:
    body = replace(
        new_find.body,
        defect_id="d-9",
        roll_id=None,
        lot_id="lot-1",
        defect_kind="jute",
        picture_sha256=next(iter(pictures)),
    )
    plant.ingest("opener-1", [of_opener(new_find, body)])
    screen = LotScreen(looker, lot_id="lot-1")
    shown(screen, person(plant, "technician"))
    with pytest.raises(ProblemError):
        screen.press(person(plant, "viewer"), "mark", {"defect": "d-9", "verdict": "wrong"})
    screen.press(person(plant, "technician"), "mark", {"defect": "d-9", "verdict": "wrong"})
    jute = next(kind for kind in plant.lot("lot-1").kinds if kind.kind == "jute")
    assert (jute.found, jute.confirmed, jute.false) == (1, 0, 1)


def test_the_family_is_drawn_from_supplier_to_roll_with_its_grades(
    plant: Plant, looker: Looker, new_find: Any
) -> None:
    made(plant, Step.LOT, "sup-7", supplier="Мақтаарал / АҚ")
    made(plant, Step.BALE, "bale-7", "sup-7")
    made(plant, Step.RUN, "lot-1", "bale-7")
    made(plant, Step.ROLL, "roll-1", "lot-1")
    html = shown(LotScreen(looker, lot_id="lot-1"), person(plant, "viewer"))
    assert html.count('class="family-edge"') == 4  # supplier, lot, bale, run, roll
    assert 'href="/rolls/roll-1" class="family-node is-link"' in html
    assert 'href="/suppliers/%D0%9C' in html
    ended = ev.RollEnded(roll_id="roll-1", end_mm=10_000.0)
    plant.ingest("loom-1", [replace(new_find, body=ended)])
    second = next(count.rolls for count in plant.lot("lot-1").grades if count.grade == "second")
    assert (second.hits, second.of) == (1, 1)
    assert second.low == pytest.approx(0.2065, abs=1e-4)  # Wilson's interval of 1 of 1


POINTS = [
    {"threshold": at, "missed": missed, "shots": shots, "false_shots": 2, "good_fibre_kg": kg}
    for at, missed, shots, kg in ((8, 1, 40, 4.0), (12, 4, 30, 2.0), (16, 12, 20, 1.0))
]
TRADES = [{"kind": "jute", "curve": POINTS}]
CURVE = {"demo": True, "seconds": 3600, "fed_kg_per_hour": 500.0, "trades": TRADES}


def steer(plant: Plant) -> None:
    plant.loop.take_curves("opener-1", "lint", json.dumps(CURVE), source="test", user="engineer")
    bounds = Bounds(
        line="opener-1", article="lint", kind="jute", low=9, high=15, step=2, hysteresis_pct=2,
        least_findings=10, least_checks=0, cool_down_min=10, miss_price=900, fibre_price_per_kg=700, start=12,
        why="trial",
    )  # fmt: skip
    plant.loop.set_bounds(bounds, "engineer")


def test_a_threshold_is_asked_of_the_line_within_its_bounds_and_the_loop_waits(
    plant: Plant, looker: Looker
) -> None:
    steer(plant)
    screen = LotScreen(looker, lot_id="lot-1")
    engineer = person(plant, "engineer")
    html = shown(screen, engineer, loads=2)
    assert (
        "At 12.00, a tonne costs 10\u202f000: 8.00 missed pieces at 900, 4.000 kg good fibre at 700." in html
    )
    asked = {"article": "lint", "kind": "jute", "why": "trial run", "score": "13,5"}
    with pytest.raises(ProblemError):
        screen.press(person(plant, "technician"), "trade_move", asked)
    told = screen.press(engineer, "trade_move", asked | {"score": "15,1"})
    assert told == looker.voice.say("trade_bad_score", low="9.00", high="15.00")
    assert plant.commands_for("opener-1") == ()
    screen.press(engineer, "trade_move", asked)
    (command,) = plant.commands_for("opener-1")
    assert command.command is LineCommandKind.SET_THRESHOLD
    assert (command.arguments["score"], command.arguments["was"]) == ("13.5000", "12.0000")
    assert plant.loop.states("opener-1")[0].locked


def test_whoever_has_other_lines_sees_thresholds_without_their_forms(plant: Plant, looker: Looker) -> None:
    steer(plant)
    engineer = person(plant, "engineer")
    for lines, may in ((("opener-1",), True), (("loom-1",), False)):
        limited = replace(engineer, lines=lines)
        lot = shown(LotScreen(looker, lot_id="lot-1"), limited, loads=2)
        assert ('data-action="trade_move"' in lot, "At 12.00, a tonne costs" in lot) == (may, True)
        cards = state_cards(plant.loop.states("opener-1"), limited, looker.voice)
        assert ('data-action="lock"' in cards) is may


def test_the_loop_goes_on_from_what_the_line_took_by_hand(
    plant: Plant, looker: Looker, new_find: Any
) -> None:
    steer(plant)
    screen = LotScreen(looker, lot_id="lot-1")
    engineer = person(plant, "engineer")
    shown(screen, engineer, loads=2)
    about = {"article": "lint", "kind": "jute", "why": "trial run"}
    screen.press(engineer, "trade_move", about | {"score": "13.5"})
    (command,) = plant.commands_for("opener-1")
    answer = ev.CommandAnswered(
        command_id=command.id, command=command.command, outcome=CommandOutcome.DONE, detail=""
    )
    plant.ingest("opener-1", [of_opener(new_find, answer)])
    html = shown(screen, engineer)
    assert "At 13.50, a tonne" in html
    screen.press(engineer, "trade_go_on", about)
    (state,) = plant.loop.states("opener-1")
    assert (state.threshold, state.locked) == (13.5, False)


# --- ledger ---------------------------------------------------------------------------------------------


def test_the_ledger_marks_what_is_missing_and_shows_who_corrected_it(plant: Plant, looker: Looker) -> None:
    book(plant, MassFlow.INPUT, 1000)
    wrong = book(plant, MassFlow.GOOD, 94)
    screen = LedgerScreen(looker, at="")
    html = shown(screen, person(plant, "viewer"))
    assert "balance is-bad" in html
    book(plant, MassFlow.GOOD, 999.5, corrects=wrong.entry_id, why="two digits lost", entered_by="engineer")
    html = shown(screen, person(plant, "viewer"))
    assert "balance is-bad" not in html
    for words in ("two digits lost", "engineer", "94.0", "999.5"):
        assert words in html


def test_verifying_is_a_managers_and_is_remembered(plant: Plant, looker: Looker) -> None:
    screen = LedgerScreen(looker, at="")
    assert 'data-action="verify"' not in shown(screen, person(plant, "engineer"))
    with pytest.raises(ProblemError):
        screen.press(person(plant, "engineer"), "verify", {})
    assert screen.press(person(plant, "manager"), "verify", {}) == looker.voice.say("proof_good")
    assert "by manager" in shown(LedgerScreen(looker, at=""), person(plant, "viewer"))


def test_an_odd_moment_in_the_address_gets_the_running_shift(plant: Plant, looker: Looker) -> None:
    html = shown(LedgerScreen(looker, at="nonsense"), person(plant, "viewer"))
    assert "02.03.2026 08:00" in html


# --- suppliers, advice, reports -------------------------------------------------------------------------


def test_suppliers_are_compared_with_intervals_and_lead_to_their_lots(plant: Plant, looker: Looker) -> None:
    made(plant, Step.LOT, "sup-7", supplier="Keles / Gin")
    made(plant, Step.RUN, "lot-1", "sup-7")
    html = shown(SuppliersScreen(looker, choice=MONTH), person(plant, "viewer"), loads=2)
    assert 'href="/suppliers/Keles%20%2F%20Gin?window=month"' in html
    assert "0.3 to 55.7" in html  # one finding in 0.1 t: 10 per t, Garwood's interval
    opened = shown(SupplierScreen(looker, name="Keles / Gin", choice=MONTH), person(plant, "viewer"))
    assert 'href="/lots/lot-1"' in opened


def advice_of(**also: Any) -> Advice:
    given = Advice(
        id=7, kind="supplier", subject="S", article="lint", line=None, measured_by="material_loss.mass",
        before_value=0.02, expected_value=0.01, quantity_per_week=1e4, expected_per_week=70_000.0,
        currency="KZT", evidence=(), made_utc=NOW, status="proposed", decided_by=None, decided_utc=None,
        note="", after_value=None, gained_per_week=None, scored_utc=None, demo=False,
    )  # fmt: skip
    return replace(given, **also)


def test_only_a_manager_decides_and_a_measured_effect_stands_beside_what_was_expected(
    plant: Plant, looker: Looker
) -> None:
    card = advice_cards([advice_of()], person(plant, "manager"), looker.voice)
    assert 'data-action="decline"' in card
    assert 'name="why"' in card
    assert "data-action" not in advice_cards([advice_of()], person(plant, "engineer"), looker.voice)
    scored = advice_of(
        status="scored", decided_by="manager", decided_utc=NOW, after_value=0.012, gained_per_week=56_000.0
    )
    told = advice_cards([scored], person(plant, "viewer"), looker.voice)
    assert "2.0 % → 1.2 %" in told
    assert "56\u202f000" in told
    assert "70\u202f000" in told


def test_declining_without_a_reason_decides_nothing(plant: Plant, looker: Looker) -> None:
    screen = AdviceScreen(looker)
    told = screen.press(person(plant, "manager"), "decline", {"advice": "7", "why": ""})
    assert told == looker.voice.say("why_wanted")
    with pytest.raises(ProblemError):
        screen.press(person(plant, "technician"), "accept", {"advice": "7"})


def test_an_infeasible_plan_says_what_is_lacking(plant: Plant, looker: Looker) -> None:
    screen = AdviceScreen(looker)
    manager = person(plant, "manager")
    shown(screen, manager, loads=2)
    screen.press(manager, "plan_add", {"order_id": "O-1", "needs_kg": "5 000,5"})
    screen.press(manager, "plan_make", {})
    html = "\n".join(screen.sections(manager))
    assert "Order O-1 needs 5\u202f000.50 kg" in html
    assert 'data-action="plan_keep"' not in html


@pytest.mark.parametrize(
    ("kg", "limit", "read"),
    [("1500,5", "", 1500.5), ("", "", None), ("1e99", "", None), ("-1", "", None), ("10", "x", None)],
)
def test_an_order_is_read_as_people_write_numbers(kg: str, limit: str, read: float | None) -> None:
    order = read_order({"order_id": "O", "needs_kg": kg, "trash_area_pct_max": limit})
    assert (order.needs_kg if order else None) == read


def test_reports_lead_to_papers_and_hide_receivers_from_those_who_may_not_see_them(
    plant: Plant, looker: Looker
) -> None:
    screen = ReportsScreen(looker, choice=MONTH)
    html = shown(screen, person(plant, "manager"))
    assert "/api/v1/reports/period.pdf?window=month" in html
    assert "/api/v1/rolls/roll-1/certificate.pdf" in html
    assert looker.voice.say("outbox_none") in html
    assert looker.voice.say("outbox_none") not in shown(screen, person(plant, "viewer"))


async def test_a_period_is_one_pdf_and_one_workbook_marked_demo(
    client: httpx.AsyncClient, log_in: Any
) -> None:
    await log_in("viewer")
    paper = await client.get("/api/v1/reports/period.pdf?window=month&language=kk")
    assert paper.content.startswith(b"%PDF")
    assert "DEMO-report.pdf" in paper.headers["content-disposition"]
    book = await client.get("/api/v1/reports/period.xlsx?window=month")
    with zipfile.ZipFile(io.BytesIO(book.content)) as sheets:
        names = sheets.read("xl/workbook.xml").decode()
        texts = sheets.read("xl/sharedStrings.xml").decode()
    assert [f'name="{name}"' in names for name in ("kpis", "balances", "rolls", "lots")] == [True] * 4
    assert "L-0001" in texts
    turned = await client.get(
        "/api/v1/reports/period.pdf?from_utc=2026-03-02T00:00:00Z&to_utc=2026-03-01T00:00:00Z"
    )
    assert turned.status_code == 422
