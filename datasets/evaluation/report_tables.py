"""The report's tables: figures with intervals, recipes, kinds, strips, and what was left out."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from datasets.evaluation.bootstrap import Interval
from datasets.evaluation.figures import MEAN, MEASURES, Figures, strip_counts
from datasets.evaluation.kinds import MISSED, UNNAMED, KindFigures, KindTable
from datasets.evaluation.results import Evaluation, Run, StripResult
from datasets.evaluation.texts import number
from vision.types import Verdict

TERMS = {
    "AUROC": "how well the highest score ranks defective above good strips; another session's light helps it",
    "LOC": "the same, a defective strip scored only inside its mask, grown by 12 px",
    "REC": "share of defective strips with a finding at “defective” on the mask",
    "FOUND": "the same with UNSURE findings counted",
    "FLAG": "share of good strips judged DEFECTIVE",
    "DOUBT": "share of good strips judged DEFECTIVE or UNSURE",
    "AP": "average precision of the score map's cells",
    "AUPRO": "mean share of each marked region found, up to 0.3 false positives",
    "RECD": "as REC, of every marked region instead of every strip",
}
KINDS_SAY = (
    "A region is called what its strongest finding is called. Unknown: share of the found regions without a "
    "name; right: share of the named ones whose name is the set's."
)
NOT_LEARNT_HERE = "before"
SEVERITY = ("missed", "false alarm", "wrong place", "doubted", "unsure", "right")


def figures_table(
    evaluation: Evaluation, rows: Mapping[str, Figures], spread: Mapping[str, Mapping[str, Interval]]
) -> str:
    """Write the table of figures, a line an article, intervals below each figure."""
    counts = strip_counts({run.article: run.results for run in evaluation.runs})
    lines = []
    for name, row in rows.items():
        cells = "".join(_figure(row[key], spread[name][key]) for key in MEASURES)
        total = ' class="total"' if name == MEAN else ""
        title = "mean of articles" if name == MEAN else escape(name)
        good, bad = counts[name]
        lines.append(f'<tr{total}><td class="text">{title}</td><td>{good}</td><td>{bad}</td>{cells}</tr>')
    heads = "".join(f'<th title="{escape(TERMS[key])}">{key}</th>' for key in MEASURES)
    terms = "".join(f"<div><dt>{key}</dt><dd>{escape(text)}</dd></div>" for key, text in TERMS.items())
    return (
        '<div class="card flush"><table><thead><tr>'
        '<th class="text">article</th><th>good</th><th>defective</th>'
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
        '<p class="small soft">Small: 90 % intervals over strips drawn anew within each article. '
        "A dash: the set can't tell.</p>"
        f'<details open><summary>What the columns are</summary><dl class="terms">{terms}</dl></details>'
    )


def recipes_table(evaluation: Evaluation) -> str:
    """Write which recipe judged each article, and at which thresholds."""
    lines = [
        f'<tr><td class="text">{escape(run.article)}</td><td class="text">{escape(run.card.bundle_id)}</td>'
        f'<td class="text">{escape(run.card.base_name)}</td><td>{run.learnt}</td>'
        f"<td>{NOT_LEARNT_HERE if run.learn_s is None else f'{run.learn_s:.1f} s'}</td>"
        f"<td>{run.card.thresholds.unsure:.2f}</td><td>{run.card.thresholds.defective:.2f}</td>"
        f"<td>{run.card.columns}</td></tr>"
        for run in evaluation.runs
    ]
    return (
        '<div class="card flush"><table><thead><tr><th class="text">article</th><th class="text">recipe</th>'
        '<th class="text">base</th><th>pictures learnt</th><th>learnt in</th><th>unsure from</th>'
        f"<th>defective from</th><th>width, px</th></tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def kinds_tables(tables: Sequence[KindTable]) -> str:
    """Write how marked regions were called: by kind, by size, and true against found."""
    parts = []
    for table in tables:
        what = "Rendered pictures (DEMO)" if table.rendered else "Real pictures"
        kinds = {kind.value.replace("_", " "): figures for kind, figures in table.by_kind.items()}
        sizes = {f"{name} {table.unit}": figures for name, figures in table.by_size.items()}
        parts.append(
            f"<h3>{what}</h3>"
            f'<div class="pair">{_kind_card("true kind", kinds, table.total)}'
            f"{_kind_card('size of the region', sizes, table.total)}</div>{_called_card(table)}"
        )
    if parts:
        parts.append(f'<p class="small soft">{KINDS_SAY}</p>')
    return "".join(parts) or '<p class="soft">The set marks no regions.</p>'


def strips_table(evaluation: Evaluation) -> str:
    """Write every tested strip, wrong ones first; a click on a column's head sorts."""
    rows = [(_outcome(strip), run, strip) for run in evaluation.runs for strip in run.results]
    rows.sort(key=lambda row: (SEVERITY.index(row[0]), row[1].article, row[2].picture.name))
    heads = (
        "article",
        "picture",
        "strip or roll",
        "truth",
        "verdict",
        "outcome",
        "score",
        "inside mask",
        "regions hit",
    )
    head = "".join(
        f'<th data-sort class="{"text" if at < 6 else ""}">{name}</th>' for at, name in enumerate(heads)
    )
    body = "".join(_strip_row(outcome, run, strip) for outcome, run, strip in rows)
    return _tall(head, body)


def left_out_table(evaluation: Evaluation) -> str:
    """Write every picture that was not tested; empty when all were."""
    if not evaluation.left_out:
        return ""
    rows = "".join(
        f'<tr><td class="text">{escape(left.picture.name)}</td>'
        f'<td class="text wrap">{escape(left.reason)}</td></tr>'
        for left in evaluation.left_out
    )
    return _tall('<th class="text">picture</th><th class="text">why</th>', rows)


def _tall(head: str, body: str) -> str:
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="card flush tall">{table}</div>'


def _figure(value: float, ends: Interval) -> str:
    if math.isnan(value):
        return f'<td class="none">{number(value)}</td>'
    return f'<td>{value:.3f}<span class="interval">{number(ends[0], 2)} – {number(ends[1], 2)}</span></td>'


def _kind_card(head: str, rows: Mapping[str, KindFigures], total: KindFigures) -> str:
    lines = [_kind_row(name, figures) for name, figures in rows.items()]
    lines.append(_kind_row("all", total).replace("<tr>", '<tr class="total">'))
    return (
        f'<div class="card flush"><table><thead><tr><th class="text">{head}</th><th>regions</th><th>REC</th>'
        "<th>FOUND</th><th>unknown</th><th>right</th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _kind_row(name: str, figures: KindFigures) -> str:
    right = f"{number(figures.right, 2)} of {figures.named}" if figures.named else number(figures.right)
    return (
        f'<tr><td class="text">{escape(name)}</td><td>{figures.regions}</td><td>{number(figures.hit, 2)}</td>'
        f"<td>{number(figures.found, 2)}</td><td>{number(figures.unknown, 2)}</td><td>{right}</td></tr>"
    )


def _called_card(table: KindTable) -> str:
    names = sorted({name for called in table.called.values() for name in called} - {MISSED})
    columns = [*names, MISSED]
    lines = []
    for kind, called in table.called.items():
        total = sum(called.values())
        cells = "".join(_called_cell(name, kind.value, called[name], total) for name in columns)
        lines.append(f'<tr><td class="text">{kind.value.replace("_", " ")}</td><td>{total}</td>{cells}</tr>')
    heads = "".join(f"<th>{name.replace('_', ' ')}</th>" for name in columns)
    return (
        '<div class="card flush"><table><thead><tr><th class="text">true kind ↓ called →</th><th>regions</th>'
        f"{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _called_cell(name: str, truth: str, count: int, total: int) -> str:
    style = "" if name in (MISSED, *UNNAMED) else " named"
    style += " right" if name == truth and count else ""
    return f'<td class="called{style}" style="--share: {count / total:.3f}">{count or ""}</td>'


def _outcome(strip: StripResult) -> str:
    if not strip.defective:
        named = {Verdict.DEFECTIVE: "false alarm", Verdict.UNSURE: "doubted"}
        return named.get(strip.verdict, "right")
    if strip.hit or (not strip.regions and strip.verdict is Verdict.DEFECTIVE):
        return "right"
    if strip.found or (not strip.regions and strip.verdict is Verdict.UNSURE):
        return "unsure"
    return "missed" if strip.verdict is Verdict.CLEAN else "wrong place"


def _strip_row(outcome: str, run: Run, strip: StripResult) -> str:
    style = {"right": "", "doubted": "doubt", "unsure": "doubt"}.get(outcome, "wrong")
    badge = f'<span class="badge {style}">{outcome}</span>' if style else outcome
    hits = sum(region.hit for region in strip.regions)
    regions = f"{hits} of {len(strip.regions)}" if strip.regions else ""
    inside = number(strip.inside, 2) if strip.defective else ""
    verdict = strip.verdict.value
    return (
        f'<tr><td class="text">{escape(run.article)}</td><td class="text">{escape(strip.picture.name)}</td>'
        f'<td class="text">{escape(strip.group)}</td>'
        f'<td class="text">{escape(strip.label) if strip.defective else "good"}</td>'
        f'<td class="text"><span class="badge {verdict}">{verdict.upper()}</span></td>'
        f'<td class="text" data-value="{SEVERITY.index(outcome)}">{badge}</td>'
        f"<td>{strip.score:.2f}</td><td>{inside}</td><td>{regions}</td></tr>"
    )
