"""Every text that the panel asks for exists in Kazakh, Russian and English, with the same {names}."""

import re
from itertools import chain
from pathlib import Path

import pytest

from firmware_bridge.messages import McuState
from firmware_bridge.types import LinkState, ShotOutcome
from service.event_terms import (
    InstrumentFault,
    LineKind,
    LineState,
    MassFlow,
    NotInspectedReason,
    ShotFate,
)
from service.line.timing import OWN, STAGES, WHOLE
from service.line_commands import CommandOutcome, LineCommandKind
from service.plant.alarm_list import reactions
from service.plant.appraisal.drift import DriftStatus
from service.plant.kpi.catalogue import CATALOGUE as KPIS
from service.plant.ledger.terms import BalanceStatus, Basis, DispositionAction
from service.plant.spc.reaction import load_plan
from service.plant.spc.records import Measure, Rule
from service.plant.views.alarm_list import AlarmState
from service.plant.views.audits import DriftMeasure
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import KpiGroup, KpiSource, WindowName
from service.plant.views.loop import ActionStatus
from service.plant.views.outbox import DestinationKind
from service.plant.views.people import Role
from service.plant.views.review import ReviewWhy
from service.plant.views.rolls import GradeStatus
from service.plant.views.suppliers import FEATURES
from service.plant.views.twin import TwinQuestionKind
from service.said.sayings import english_templates
from service.web.i18n.catalogue import CatalogueError, Language, load_catalogue, names_in, read_catalogue
from service.web.panel import (
    family_graph,
    forecast_rows,
    kpi_table,
    ledger_corrections,
    loop_cards,
    outbox_table,
    plan_section,
    supplier,
)
from service.web.panel import ledger as ledger_page
from service.web.panel import reports as reports_page
from service.web.panel.articles import STEPS
from service.web.panel.glyphs import GROUP_OF, GROUPS, STATE_SHAPES
from service.web.panel.kpi_tile import code_of
from service.web.panel.lots import COLUMNS
from service.web.panel.navigation import TAB_GROUPS, TABS
from service.web.theme import Theme
from vision.calibration import Part
from vision.health import PictureFault
from vision.registry import BundleState
from vision.taxonomy import DefectKind
from vision.types import Verdict

WEB = Path(__file__).parents[3] / "service" / "web"
ASKED = re.compile(r"\bsay\(\s*\"([a-z0-9_.]+)\"")
BRANCHED = re.compile(r"\bsay\(\s*\"([a-z0-9_.]+)\" if .*? else \"([a-z0-9_.]+)\"")
BUILT = re.compile(r"\bsay(?:_or_code)?\(\s*f\"([a-z_]+)[._]?\{|\bsay_or_code\(\s*\"([a-z_]+)\"")
ENTRIES = load_catalogue().entries
AUDITS = re.compile(r"""\baction ?= ?(?!row)(.*?)(?:, subject|\n)|_note\((?:[\w.]+, )+("[a-z_]+")""")


def audited_actions() -> set[str]:
    """What the plant's code calls a change in the audit log."""
    sources = (path.read_text() for path in (WEB.parent / "plant").rglob("*.py"))
    said = chain.from_iterable(AUDITS.findall(text) for text in sources if "AuditView" in text)
    return set(re.findall(r'"([a-z_]+)"', str(list(chain.from_iterable(said)))))


MANAGER_SETS: dict[str, list[str]] = {  # the pages of figures, lots, ledger, suppliers, advice, reports
    "kpi_column": [*(key for key, _ in kpi_table.COLUMNS)],
    "attribution_head": ["claimed", "measured"],
    "lot_band": ["passed", "contaminants", "good_fibre"],
    "kind_column": ["kind", "found", "unsure", "confirmed", "false", "when"],
    "shot_column": ["fate", "shots", "ejected", "good_fibre"],
    "shot_fate": [*(fate.value for fate in ShotFate), "waits"],
    "grade_column": ["grade", "rolls", "share", "interval"],
    "unit_step": [*family_graph.COLUMNS],
    "export_findings": ["csv", "xlsx"],
    "balance_column": [*ledger_page.COLUMNS],
    "balance_status": [status.value for status in BalanceStatus],
    "basis": [basis.value for basis in Basis],
    "flow": [*(flow.value for flow in MassFlow), "unaccounted"],
    **{f"ledger_{part}": ["title", "none"] for part in ("lots", "corrections")},
    "correction_column": [*ledger_corrections.COLUMNS],
    "entry_kind": ["flow", "unit", "closed", "stop", "order", "disposition", "profile", "withdrawn", "stock"],
    "proof_column": ["chain", "link", "head"],
    "supplier_figure": [*FEATURES],
    "supplier_formula": [code.partition(".")[0] for code in FEATURES],
    "supplier_missing": [code.partition(".")[0] for code in FEATURES],
    "supplier_row": [*(key for key, _ in supplier.COLUMNS)],
    "supplier_row_kind": ["lot", "roll"],
    "standing": [
        *("moves", "locked", "cooling", "few_findings", "few_checks", "not_worth", "unsure", "at_bound"),
        *("no_curve", "recipe_changed", "line_refused", "waits_for_line", "nothing_ran"),
    ],
    "loop_press": ["lock", "unlock"],
    "loop_column": [*(key for key, _ in loop_cards.COLUMNS)],
    "action_status": [status.value for status in ActionStatus],
    "action_reason": [
        *("burst", "contamination_up", "contamination_down", "false_shots_up", "false_shots_down"),
        *("fabric", "plan"),
    ],
    "offer_column": ["lot", "supplier", "available", "contaminants", "trash", "rd", "plus_b", "second"],
    "plan_press": ["make", "clear"],
    "plan_field": ["order_id", *plan_section.FIELDS],
    "plan_limit": [*plan_section.FIELDS[1:]],
    "assigned_column": ["lot", "order", "kg"],
    "obstacle": [
        *("quantity", "trash_area_pct", "rd", "plus_b", "second_share", "price_per_kg", "lots", "other"),
    ],
    "lot_advice": ["hold", "reroute"],
    "forecast_column": [*(key for key, _ in forecast_rows.COLUMNS)],
    "cost_cause": ["downgrade", "contaminant", "good_fibre", "rework", "scrap", "unaccounted"],
    "report_table": [*reports_page.TABLES],
    "calendar_column": ["shift", "begins", "ends", "state", "ledger"],
    "outbox_column": [*(key for key, _ in outbox_table.COLUMNS)],
    "outbox_kind": [kind.value for kind in DestinationKind],
    "outbox_state": ["told", "owes", "given_up"],
}

CLOSED_SETS: dict[str, list[str]] = {
    "kind": [kind.value for kind in DefectKind],
    "group": list(GROUPS),
    "state": [*(state.value for state in LineState), *STATE_SHAPES, "unexplained"],
    "line_kind": [kind.value for kind in LineKind],
    "role": [role.value for role in Role],
    "tab": [tab.name for tab in TABS],
    "tab_group": [*TAB_GROUPS],
    "window": [name.value for name in WindowName],
    "source": [source.value for source in KpiSource],
    "command": [command.value for command in LineCommandKind],
    "outcome": [*(outcome.value for outcome in CommandOutcome), "waits"],
    "not_inspected": [*(reason.value for reason in NotInspectedReason), "no_record"],
    "grade": ["A", "B", "second", "none"],
    "grade_status": [status.value for status in GradeStatus],
    "not_graded": ["unsure", "marked_wrong", "below_length", "at_edge"],
    "length_unit": ["metre", "yard"],
    "graded_because": ["live", "roll_ended", "late_events", "mark", "rebuild"],
    "password_error": ["weak_password", "wrong_password"],
    "person_error": [
        *("user_exists", "bad_login", "weak_password", "last_admin", "unknown_user", "unknown_line"),
        *("out_of_scope", "bad_token_name", "bad_token_role", "bad_token_life", "unknown_token"),
    ],
    "action": sorted(audited_actions() | {f"twin_{kind.value}" for kind in TwinQuestionKind}),
    "lesson_step": [*STEPS],
    "lesson_error": ["bad_lesson", "lesson_runs", "out_of_scope", "unknown_line"],
    "model_state": [state.value for state in BundleState],
    "verdict": [verdict.value for verdict in Verdict],
    "kpi": [code_of(figure) for figure in KPIS],
    "kpi_formula": [code_of(figure) for figure in KPIS],
    "kpi_missing": [code_of(figure) for figure in KPIS],
    "kpi_numerator": [code_of(figure) for figure in KPIS],
    "kpi_denominator": [code_of(figure) for figure in KPIS],
    "kpi_group": [group.value for group in KpiGroup],
    "attribution": ["claimed", "measured"],
    **{f"quality_{part}": ["title", "none"] for part in ("alarms", "charts", "machine", "advice")},
    "measure": [*(measure.value for measure in (*Measure, *DriftMeasure))],
    "drift_status": [status.value for status in DriftStatus],
    "advice_kind": ["supplier", "line", "shift"],
    "advice_status": ["proposed", "accepted", "declined", "scored"],
    "step": sorted(
        {step for rule in (*(rule.value for rule in Rule), "psi") for step in load_plan().of(rule).steps}
        | {step for reaction in reactions().values() for step in reaction.steps}
    ),
    "unit": sorted({unit for k in KPIS for unit in (k.unit, k.numerator_unit, k.denominator_unit)}),
    "column": [
        *(key for key, _ in COLUMNS),
        *(
            "roll",
            "article",
            "line",
            "started",
            "length",
            "grade",
            "points_per_100_m2",
            "defects",
            "coverage",
            *("row", "picture", "time", "alarm", "steps", "taken", "measure", "psi", "state"),
            *("subject", "evidence", "expected"),
            *("person", "from_where", "action", "subject_of", "details", "program", "role", "lines"),
            *("token_state", "model", "why", "promise"),
        ),
    ],
    "fact": [
        *("formula", "numerator", "denominator", "window", "source", "completeness"),
        *("baseline", "claim", "age", "missing"),
    ],
    "stage": [*STAGES, OWN, WHOLE],
    "strip_verdict": [verdict.value for verdict in Verdict],
    "link_state": [state.value for state in LinkState],
    "shot_outcome": [outcome.value for outcome in ShotOutcome],
    "calibration_part": [part.value for part in Part],
    "mcu_state": [state.name for state in McuState],
    "scope": ["shift", "lot"],
    "row_kind": ["entry", "reading", "retention", "grade", "audit"],
    "ledger_part": ["flow", "stock"],
    "said": [*english_templates()],
    "calibration_figure": [
        *(f"scale.{name}" for name in ("rms_px", "worst_px", "mm_per_px", "mm_per_row", "corners")),
        *(f"scale.{name}" for name in ("span_share", "target_x0_mm", "target_mm_per_row", "turned_mrad")),
        *(f"flat_field.{name}" for name in ("uneven_before_pct", "uneven_after_pct", "gain_min", "gain_max")),
        "flat_field.dark_mean",
        *(f"colour.delta_e_{name}" for name in ("mean", "worst", "left_out_mean")),
        "colour.gamma",
    ],
    "theme": [theme.value for theme in Theme],
    "meaning": [
        f"health.{what}"
        for what in (
            *("frames", "shed", "lost"),
            *("started", "refused", "dropped", "cut", "disarms", "bad_frames"),
        )
    ],
    "review_why": [why.value for why in ReviewWhy],
    "review_why_long": [why.value for why in ReviewWhy],
    "disposition": [action.value for action in DispositionAction],
    "alarm_state": [state.value for state in AlarmState],
    "limit": ["upper", "centre", "lower"],
    **MANAGER_SETS,
    "mark": [],  # joined with an underscore, see below
    "alarm": [  # what a line of this version may send; unknown codes are shown as they are
        *(f"picture_{fault.value}" for fault in PictureFault),
        *("calibration_expired", "calibration_not_taken", "lint_colour_refused", "lamp"),
        *("valve_stuck", "bin_empty", "bin_scale_missing", "belt_stopped", "belt_reversed"),
        *("lot_without_supplier", "clock_jumped", "shots_given_up", "unaccounted"),
        *(f"instrument_{fault.value}" for fault in InstrumentFault),
        *("drop_gone", "drop_refused", "drop_silent"),
        *(f"quality_{rule}" for rule in (*(rule.value for rule in Rule), "psi")),
        *("camera", "link", "estop", "failed", "inspect_failed", "silent", "recorder", "pictures"),
        *(
            "event_log",
            "events_lost",
            "pictures_shed",
            "uplink",
            "token_refused",
            "other_log",
            "plant_refuses",
        ),
    ],
}


NOTICES = {f"{name}_{part}" for name in ("not_found", "fault", "forbidden") for part in ("title", "help")}


def sources() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in WEB.rglob("*.py")]


def test_every_text_asked_for_by_name_exists() -> None:
    texts = "\n".join(sources())
    asked = set(ASKED.findall(texts)) | set(chain.from_iterable(BRANCHED.findall(texts)))
    assert len(asked) > 90
    assert sorted(asked - set(ENTRIES)) == []


@pytest.mark.parametrize("prefix", sorted(CLOSED_SETS))
def test_every_member_of_a_closed_set_has_a_text(prefix: str) -> None:
    wanted = {f"{prefix}.{code}" for code in CLOSED_SETS[prefix]}
    assert sorted(wanted - set(ENTRIES)) == []


def test_every_name_that_is_put_together_belongs_to_a_closed_set() -> None:
    built = {(one or other).rstrip("_") for text in sources() for one, other in BUILT.findall(text)}
    assert sorted(built - set(CLOSED_SETS)) == []
    assert {f"mark_{verdict.value}" for verdict in MarkVerdict} | NOTICES <= set(ENTRIES)


def test_each_text_stands_in_every_language_with_the_same_names() -> None:
    for key, entry in ENTRIES.items():
        assert all(text.strip() for text in entry.texts.values()), key
        wanted = names_in(entry.texts[Language.EN])
        assert all(names_in(text) == wanted for text in entry.texts.values()), key
        assert entry.confidence in ("high", "medium"), key


def test_no_text_is_left_over() -> None:
    texts = "\n".join(sources())
    members = {f"{prefix}.{code}" for prefix, codes in CLOSED_SETS.items() for code in codes}
    by_name = {key for key in ENTRIES if f'"{key}"' in texts}
    built = {key for key in ENTRIES if key.split(".")[0] in ("password_error", "unit")}
    marks = {f"mark_{verdict.value}" for verdict in MarkVerdict} | NOTICES
    assert sorted(set(ENTRIES) - members - by_name - built - marks) == []


def test_every_kind_of_defect_has_a_shape() -> None:
    assert set(GROUP_OF) == set(DefectKind)


def test_a_missing_key_language_or_value_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("key,en,ru,kk,confidence\nhello,Hello {name},,Сәлем {name},high\n", encoding="utf-8")
    catalogue = read_catalogue(file)
    assert catalogue.text("hello", Language.KK, name="Айгүл") == "Сәлем Айгүл"
    with pytest.raises(CatalogueError, match="no ru"):
        catalogue.text("hello", Language.RU, name="x")
    with pytest.raises(CatalogueError, match="'goodbye' is in no file"):
        catalogue.text("goodbye", Language.EN)
    with pytest.raises(CatalogueError, match="no value for 'name'"):
        catalogue.text("hello", Language.EN, other="x")


def test_a_key_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("key,en,ru,kk,confidence\na,1,1,1,high\na,2,2,2,high\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match="stands twice"):
        read_catalogue(file)
