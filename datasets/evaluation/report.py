"""One HTML page of an evaluation: everything inside it, nothing fetched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from datasets.evaluation.bootstrap import Interval
from datasets.evaluation.figures import Figures
from datasets.evaluation.kinds import KindTable
from datasets.evaluation.report_charts import histograms
from datasets.evaluation.report_tables import (
    figures_table,
    kinds_tables,
    left_out_table,
    recipes_table,
    strips_table,
)
from datasets.evaluation.report_worst import MOST_SHOWN, alarm_card, miss_card, worst_alarms, worst_misses
from datasets.evaluation.results import Evaluation
from datasets.sources import SourceRecord
from datasets.types import DatasetError

REPORT_FILE = "report.html"
TEMPLATE = "report.html"
KEY = (
    '<p class="small soft keys"><span class="key"><i></i>marked in the set</span>'
    '<span class="key"><i class="found"></i>found</span>'
    "<span>Below a crop: its score, unsure (dashed) and defective. Its contrast is stretched.</span></p>"
)
DEMO_BAND = (
    '<div class="demo-band"><b>DEMO</b>Rendered pictures or a recipe learnt from them: '
    "these figures say nothing of real cloth.</div>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All figures of an evaluation."""

    rows: Mapping[str, Figures]
    spread: Mapping[str, Mapping[str, Interval]]
    kinds: Sequence[KindTable]


def write_report(
    evaluation: Evaluation,
    tables: Tables,
    records: Sequence[SourceRecord],
    folder: Path,
    *,
    machine: str,
    made_utc: datetime,
) -> Path:
    """Write `report.html` into a folder, whole or not at all, and return its path.

    Raises:
        DatasetError: the folder can't be written.
    """
    page = Template(files("datasets.evaluation").joinpath(TEMPLATE).read_text(encoding="utf-8")).substitute(
        title=f"Maqta: {escape(evaluation.data.name)} evaluated",
        demo=DEMO_BAND if evaluation.rendered else "",
        heading=f"How well defects are found: {escape(evaluation.data.name)}",
        how=f"{escape(evaluation.how[0].upper() + evaluation.how[1:])}.",
        notes="".join(
            f'<p class="note">{escape(note[0].upper() + note[1:])}.</p>' for note in evaluation.notes
        ),
        facts=_facts(evaluation, machine, made_utc),
        sections="".join(_sections(evaluation, tables, records)),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{REPORT_FILE}.part"
        part.write_text(page, encoding="utf-8")
        part.replace(folder / REPORT_FILE)
    except OSError as error:
        raise DatasetError(
            f"{folder}: the report can't be written ({error.strerror or error}); name another folder"
        ) from error
    return folder / REPORT_FILE


def _facts(evaluation: Evaluation, machine: str, made_utc: datetime) -> str:
    tested = sum(len(run.results) for run in evaluation.runs)
    bases = ", ".join(sorted({run.card.base_name for run in evaluation.runs}))
    scale = "unknown: sizes in px" if evaluation.mm_per_px is None else f"{evaluation.mm_per_px:g} mm a pixel"
    facts = {
        "Data set": str(evaluation.data),
        "Layout": evaluation.layout,
        "Pictures tested": f"{tested}, {len(evaluation.left_out)} left out",
        "Scale": scale,
        "Recipe": _recipe(evaluation),
        "Base": bases,
        "Machine": machine,
        "Date": made_utc.strftime("%Y-%m-%d %H:%M UTC"),
    }
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f'<dl class="facts">{cells}</dl>'


def _recipe(evaluation: Evaluation) -> str:
    recipes = {run.card.bundle_id: run.card.article for run in evaluation.runs}
    if len(recipes) > 1:
        return f"one an article, {len(recipes)} in all"
    return ", ".join(f"{bundle_id} of {article}" for bundle_id, article in recipes.items())


def _sections(evaluation: Evaluation, tables: Tables, records: Sequence[SourceRecord]) -> list[str]:
    charts = "".join(
        f'<div class="chart"><div class="head"><h3>Article {escape(run.article)}</h3>'
        f'<span class="small soft">coloured band: UNSURE</span></div>{histograms(run)}</div>'
        for run in evaluation.runs
        if run.results
    )
    sections = [
        _section("figures", "Figures", figures_table(evaluation, tables.rows, tables.spread)),
        _section("recipes", "Recipes and thresholds", recipes_table(evaluation)),
        _section("scores", "Scores and thresholds", f'<div class="card">{charts}</div>'),
        _worst(evaluation, records),
        _section("kinds", "What defects were called", kinds_tables(tables.kinds)),
        _section("strips", "Every strip", strips_table(evaluation)),
    ]
    if left_out := left_out_table(evaluation):
        sections.append(_section("left-out", "Not tested", left_out))
    return sections


def _worst(evaluation: Evaluation, records: Sequence[SourceRecord]) -> str:
    by_picture = {record.picture: record for record in records}
    scale = evaluation.mm_per_px
    misses, alarms = worst_misses(evaluation), worst_alarms(evaluation)
    missed = [miss_card(miss, by_picture[miss.strip.picture], scale) for miss in misses[:MOST_SHOWN]]
    alarmed = [alarm_card(alarm, by_picture[alarm.strip.picture], scale) for alarm in alarms[:MOST_SHOWN]]
    return _section(
        "misses",
        f"Worst misses {_count(len(missed), len(misses))}",
        _grid(missed, "Every marked region has a finding at “defective”."),
    ) + _section(
        "alarms",
        f"Worst false alarms {_count(len(alarmed), len(alarms))}",
        _grid(alarmed, "No good strip has a finding."),
    )


def _count(shown: int, total: int) -> str:
    return (
        f'<span class="soft">{shown} of {total}</span>'
        if shown < total
        else f'<span class="soft">{total}</span>'
    )


def _grid(cards: Sequence[str], nothing: str) -> str:
    return f'{KEY}<div class="grid">{"".join(cards)}</div>' if cards else f'<p class="soft">{nothing}</p>'


def _section(name: str, title: str, body: str) -> str:
    return f'<section id="{name}"><h2>{title}</h2>{body}</section>'
