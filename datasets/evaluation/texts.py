"""An evaluation's figures as text for a terminal and as JSON for machines."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from datasets.evaluation.bootstrap import Interval
from datasets.evaluation.figures import MEASURES, Figures, strip_counts
from datasets.evaluation.kinds import KindFigures, KindTable
from datasets.evaluation.results import Evaluation

NOTHING = "–"
Json = dict[str, object]


def table_lines(
    evaluation: Evaluation, rows: Mapping[str, Figures], spread: Mapping[str, Interval]
) -> list[str]:
    """Write the table: a line an article, their mean, and its 90 % interval."""
    counts = strip_counts({run.article: run.results for run in evaluation.runs})
    wide = max(7, *(len(name) for name in rows))
    lines = [f"{'article':{wide}s}  good   bad " + "".join(f"{name:>8s}" for name in MEASURES)]
    for name, row in rows.items():
        good, bad = counts[name]
        lines.append(
            f"{name:{wide}s} {good:5d} {bad:5d} " + "".join(f"{number(row[key]):>8s}" for key in MEASURES)
        )
    for at, side in enumerate(("90 % low", "90 % high")):
        ends = "".join(f"{number(spread[key][at]):>8s}" for key in MEASURES)
        lines.append(f"{side:{wide + 12}s} {ends}")
    return lines


def kind_lines(tables: Sequence[KindTable]) -> list[str]:
    """Write how regions were called, by kind and by size; real and rendered ones apart."""
    lines = []
    for table in tables:
        what = "rendered (DEMO)" if table.rendered else "real"
        lines.append(f"{what + ' regions':20s} count     REC   FOUND unknown   named   right")
        rows = {kind.value: figures for kind, figures in table.by_kind.items()}
        rows |= {f"{name} {table.unit}": figures for name, figures in table.by_size.items()}
        lines += [_kind_line(name, figures) for name, figures in (rows | {"all": table.total}).items()]
    return lines


def left_out_lines(evaluation: Evaluation) -> list[str]:
    """Say how many pictures were not tested, and why, with some of their names."""
    names: dict[str, list[str]] = {}
    for left in evaluation.left_out:
        names.setdefault(left.reason, []).append(left.picture.name)
    lines = []
    for reason, pictures in sorted(names.items()):
        shown = ", ".join(pictures[:3]) + (", ..." if len(pictures) > 3 else "")
        lines.append(f"{len(pictures)} left out, {reason}: {shown}")
    return lines


def evaluation_json(
    evaluation: Evaluation,
    rows: Mapping[str, Figures],
    spread: Mapping[str, Mapping[str, Interval]],
    tables: Sequence[KindTable],
) -> Json:
    """Give all figures; one that a set can't give is null."""
    return {
        "data": str(evaluation.data),
        "layout": evaluation.layout,
        "how": evaluation.how,
        "demo": evaluation.rendered,
        "accuracy": accuracy_json(rows),
        "interval_90": {
            name: {key: [_rounded(end, 3) for end in ends] for key, ends in row.items()}
            for name, row in spread.items()
        },
        "recipes": {
            run.article: {
                "bundle_id": run.card.bundle_id,
                "base": run.card.base_name,
                "learnt_pictures": run.learnt,
                "unsure": run.card.thresholds.unsure,
                "defective": run.card.thresholds.defective,
                "good": len(run.good),
                "defective_strips": len(run.bad),
            }
            for run in evaluation.runs
        },
        "kinds": {"rendered" if table.rendered else "real": _kinds_json(table) for table in tables},
        "left_out": dict(sorted(Counter(left.reason for left in evaluation.left_out).items())),
        "notes": list(evaluation.notes),
    }


def accuracy_json(rows: Mapping[str, Figures]) -> dict[str, dict[str, float | None]]:
    """Give the table's figures, rounded."""
    return {name: {key: _rounded(value, 4) for key, value in row.items()} for name, row in rows.items()}


def number(value: float, digits: int = 3) -> str:
    """Write a figure, or a dash where there is none."""
    return NOTHING if math.isnan(value) else f"{value:.{digits}f}"


def _kinds_json(table: KindTable) -> Json:
    return {
        "unit": table.unit,
        "all": _kind_json(table.total),
        "by_kind": {kind.value: _kind_json(figures) for kind, figures in table.by_kind.items()},
        "by_size": {name: _kind_json(figures) for name, figures in table.by_size.items()},
        "called": {kind.value: dict(called) for kind, called in table.called.items()},
    }


def _kind_json(figures: KindFigures) -> Json:
    shares = {name: _rounded(getattr(figures, name), 4) for name in ("hit", "found", "unknown", "right")}
    return {"regions": figures.regions, "named": figures.named, **shares}


def _kind_line(name: str, figures: KindFigures) -> str:
    shares = (number(figures.hit), number(figures.found), number(figures.unknown))
    return (
        f"{name:20s} {figures.regions:5d}" + "".join(f"{share:>8s}" for share in shares)
        + f"{figures.named:8d}{number(figures.right):>8s}"
    )  # fmt: skip


def _rounded(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(value, digits)
