"""A period on paper: figures against the baseline, balances, rolls by grade, lots; the same as sheets."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.plant.kpi.compare import Baseline, Comparison
from service.plant.ledger.terms import BalanceStatus
from service.plant.views.kpis import KpiGroup, Window
from service.plant.views.ledger import Statement
from service.plant.views.lots import LotView
from service.plant.views.rolls import RollRow
from service.web.panel.balance import quantity
from service.web.panel.kpi_words import amount
from service.web.panel.voice import Voice
from service.web.reports.certificate import DEMO, DIGEST_LENGTH, Issue
from service.web.reports.paper import Frame, Paper
from service.web.reports.tables import DataTable, balance_table, kpi_table, lot_table, roll_table

ROWS_AT_MOST = 100  # of a list on paper; the spreadsheet holds all


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a report is made of."""

    window: Window
    compared: Sequence[Comparison]
    baseline: Baseline | None
    balances: Sequence[Statement]
    rolls: Sequence[RollRow]
    lots: Sequence[LotView]

    @property
    def demo(self) -> bool:
        """Whether rendered or simulated input had a part."""
        figures = any(each.now.demo for each in self.compared)
        balances = any(each.demo for each in self.balances)
        rolls, lots = any(roll.demo for roll in self.rolls), any(lot.demo for lot in self.lots)
        return figures or balances or rolls or lots

    @property
    def digest(self) -> str:
        """What the report stands for: other figures give another number."""
        said = [
            self.window.from_utc.isoformat(),
            self.window.to_utc.isoformat(),
            [[each.now.code, each.now.numerator, each.now.denominator] for each in self.compared],
            [[each.subject, each.place, each.basis, each.input, each.unaccounted] for each in self.balances],
            [[roll.roll_id, roll.grade] for roll in self.rolls],
            [[lot.lot_id, lot.fed_kg] for lot in self.lots],
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:DIGEST_LENGTH]


def period_pdf(period: Period, issue: Issue, voice: Voice) -> bytes:
    """The report as PDF."""
    number = period.digest
    frame = Frame(
        title=voice.say("report_title"),
        footer=voice.say("paper_footer", site=issue.site, number=number),
        demo=DEMO if period.demo else "",
    )
    paper = Paper(frame)
    start, end = voice.moment(period.window.from_utc), voice.moment(period.window.to_utc)
    lines = [
        voice.say("window_from_to", start=start, end=end),
        voice.say("paper_number", number=number),
        voice.say("paper_issued", moment=voice.moment(issue.issued_utc)),
        *([voice.say("paper_demo")] if period.demo else []),
    ]
    paper.head(lines, issue.check_url, voice.say("report_qr"))
    _figures(paper, period, voice)
    _balances(paper, period, voice)
    _rolls(paper, period, voice)
    _lots(paper, period, voice)
    paper.signatures([voice.say("paper_manager")])
    return paper.pdf()


def period_sheets(period: Period) -> list[DataTable]:
    """The same as tables: one sheet each."""
    return [
        kpi_table([each.now for each in period.compared]),
        balance_table(period.balances),
        roll_table(period.rolls),
        lot_table(period.lots),
    ]


def _figures(paper: Paper, period: Period, voice: Voice) -> None:
    heading = [voice.say(f"kpi_column.{key}") for key in ("figure", "now", "baseline", "change", "source")]
    for group in KpiGroup:
        shown = [
            each for each in period.compared if each.definition.group is group and each.now.value is not None
        ]
        if not shown:
            continue
        paper.section(voice.say(f"kpi_group.{group.value}"))
        paper.table(heading, [_figure_row(each, voice) for each in shown], [0.4, 0.17, 0.15, 0.12, 0.16])
    missing = [voice.say_or_code("kpi", each.now.code) for each in period.compared if each.now.value is None]
    if missing:
        paper.note(f"{voice.say('not_measured')}: {', '.join(missing[: len(missing) // 2])}")
        paper.note(", ".join(missing[len(missing) // 2 :]))


def _figure_row(each: Comparison, voice: Voice) -> list[str]:
    now, before = each.now, each.baseline
    source = voice.say(f"source.{now.source.value}")
    if now.completeness is not None:
        source = f"{source}, {voice.percent(now.completeness)}"
    change = "–" if each.change_pct is None else f"{voice.number(each.change_pct, 1)} %"
    if each.improved is not None:
        change = f"{change}, {voice.say('change_better' if each.improved else 'change_worse')}"
    return [
        voice.say_or_code("kpi", now.code),
        amount(now.value or 0.0, now.unit, voice),
        "–" if before is None or before.value is None else amount(before.value, before.unit, voice),
        change,
        source,
    ]


def _balances(paper: Paper, period: Period, voice: Voice) -> None:
    if not period.balances:
        return
    paper.section(voice.say("balance_title"))
    keys = ("place", "input", "good", "ejected", "by_product", "waste", "unaccounted", "status")
    heading = [voice.say(f"balance_column.{key}") for key in keys]
    told = [each for each in period.balances if each.status is not BalanceStatus.NOT_MEASURED]
    rows = [
        [
            f"{_shift_words(each, voice)} {each.place}",
            *[
                quantity(value, each, voice)
                for value in (
                    each.input,
                    each.good,
                    each.ejected,
                    each.by_product,
                    each.waste,
                    each.unaccounted,
                )
            ],
            voice.say(f"balance_status.{each.status.value}"),
        ]
        for each in told[:ROWS_AT_MOST]
    ]
    paper.table(heading, rows, [0.2, 0.11, 0.11, 0.11, 0.11, 0.11, 0.12, 0.13])
    _rest(paper, len(told), voice)
    if len(told) < len(period.balances):
        paper.note(voice.say("report_cant_tell", count=len(period.balances) - len(told)))


def _shift_words(each: Statement, voice: Voice) -> str:
    """The shift's local day and name; the ledger's own name where the statement has no time."""
    if each.from_utc is None:
        return each.subject
    return f"{voice.formats.date(each.from_utc)} {each.subject.rpartition('/')[2]}"


def _rolls(paper: Paper, period: Period, voice: Voice) -> None:
    if not period.rolls:
        return
    paper.section(f"{voice.say('tab.rolls')}: {voice.number(len(period.rolls))}")
    grades = Counter(roll.grade or "none" for roll in period.rolls)
    facts = [
        (voice.say_or_code("grade", grade), voice.number(count)) for grade, count in sorted(grades.items())
    ]
    paper.facts(facts)


def _lots(paper: Paper, period: Period, voice: Voice) -> None:
    if not period.lots:
        return
    paper.section(f"{voice.say('tab.lots')}: {voice.number(len(period.lots))}")
    keys = ("lot", "supplier", "fed_kg", "ejected_kg", "good_fibre_kg", "contaminants", "escapes")
    heading = [voice.say(f"column.{key}") for key in keys]
    rows = [
        [
            lot.name or lot.lot_id,
            lot.supplier or voice.say("not_known"),
            voice.number(lot.fed_kg, 1),
            voice.number(lot.ejected_kg, 2),
            voice.number(lot.good_fibre_kg, 2),
            voice.number(lot.contaminants),
            voice.number(lot.refused),
        ]
        for lot in period.lots[:ROWS_AT_MOST]
    ]
    paper.table(heading, rows, [0.18, 0.24, 0.12, 0.12, 0.12, 0.12, 0.1])
    _rest(paper, len(period.lots), voice)


def _rest(paper: Paper, count: int, voice: Voice) -> None:
    if count > ROWS_AT_MOST:
        paper.note(voice.say("report_rest", count=count - ROWS_AT_MOST))
