"""maqta evaluate: how well a recipe finds what is marked in a labelled set."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.commands.scale import scale

if TYPE_CHECKING:
    from datasets.evaluation.report import Tables
    from datasets.evaluation.results import Evaluation
    from datasets.evaluation.runs import Source

NAME = "evaluate"
HELP = "Measure on a labelled set how well defects are found: AITEX, MVTec and COCO layouts, class folders."
LAYOUTS = ("auto", "aitex", "mvtec", "classes", "coco")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR_OR_JSON", help="the set: its folder or COCO file"
    )
    parser.add_argument("--layout", choices=LAYOUTS, default="auto", help="default: told from the folders")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--recipe", metavar="NAME_OR_DIR", help="test this recipe on every picture it was not learnt from"
    )
    how.add_argument(
        "--learn-first-half",
        action="store_true",
        help="learn each article from the first half of its good strips, test on the rest",
    )
    parser.add_argument("--article", metavar="A", help="only this article of the set")
    parser.add_argument("--report", type=Path, metavar="DIR", help="also write report.html there")
    parser.add_argument("--json", action="store_true", help="print the figures as one line of JSON")
    parser.add_argument("--threads", type=_threads, default=2, metavar="N", help="default: 2")
    parser.add_argument(
        "--registry", type=Path, metavar="DIR", help="where recipes are looked up (default: var/registry)"
    )
    parser.add_argument(
        "--mm-per-px",
        type=scale,
        metavar="X",
        help="scale of the pictures, for --learn-first-half; unknown: sizes in px",
    )
    parser.add_argument(
        "--images",
        type=Path,
        metavar="DIR",
        help="COCO: pictures (default: beside the file, or images there)",
    )
    parser.add_argument(
        "--group-by",
        default="_",
        metavar="TEXT",
        help="COCO: a file name up to it names the strip or roll (default: _; empty: the whole name)",
    )
    parser.add_argument(
        "--rendered", action="store_true", help="the pictures are rendered: reported apart, marked DEMO"
    )


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the table, write the report."""
    from datasets.evaluation.bootstrap import intervals
    from datasets.evaluation.figures import table
    from datasets.evaluation.kinds import kind_tables
    from datasets.evaluation.report import Tables

    source = _source(args)
    evaluation = _evaluated(args, source)
    tested = {run.article: run.results for run in evaluation.runs}
    tables = Tables(rows=table(tested), spread=intervals(tested), kinds=kind_tables(evaluation))
    _print(evaluation, tables, as_json=args.json)
    if args.report is not None:
        _write(args.report, evaluation, tables, source)
    return 0


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from datasets.types import DatasetError
    from vision.types import VisionError

    return (DatasetError, VisionError, OSError)


def _source(args: argparse.Namespace) -> "Source":
    from dataclasses import replace

    from datasets.evaluation.runs import Source
    from datasets.layouts import Layout, find_layout, read_layout
    from datasets.types import DatasetError

    layout = find_layout(args.data) if args.layout == "auto" else Layout(args.layout)
    records = read_layout(args.data, layout, images=args.images, group_separator=args.group_by)
    articles = sorted({record.article for record in records})
    if args.article is not None:
        records = tuple(record for record in records if record.article == args.article)
        if not records:
            raise DatasetError(
                f"{args.data}: no article {args.article!r}; there are {', '.join(articles[:20])}"
            )
    if args.rendered:
        records = tuple(replace(record, rendered=True) for record in records)
    return Source(data=args.data, layout=layout.value, records=records)


def _evaluated(args: argparse.Namespace, source: "Source") -> "Evaluation":
    from datasets.evaluation.runs import evaluate_by_learning, evaluate_recipe
    from service.home import default_registry
    from vision.bundle import load_bundle
    from vision.registry import Registry

    if args.learn_first_half:
        return evaluate_by_learning(source, mm_per_px=args.mm_per_px, threads=args.threads, progress=_say)
    registry = Registry(args.registry or default_registry())
    bundle = load_bundle(registry.resolve(args.recipe))
    return evaluate_recipe(source, bundle, threads=args.threads, progress=_say)


def _print(evaluation: "Evaluation", tables: "Tables", *, as_json: bool) -> None:
    import json

    from datasets.evaluation.figures import MEAN
    from datasets.evaluation.texts import evaluation_json, kind_lines, left_out_lines, table_lines

    for line in (*left_out_lines(evaluation), *evaluation.notes):
        _say(line)
    if as_json:
        figures = evaluation_json(evaluation, tables.rows, tables.spread, tables.kinds)
        sys.stdout.write(f"{json.dumps(figures, ensure_ascii=False)}\n")
        return
    lines = ["DEMO: rendered pictures or a recipe learnt from them"] if evaluation.rendered else []
    lines += table_lines(evaluation, tables.rows, tables.spread[MEAN]) + ["", *kind_lines(tables.kinds)]
    sys.stdout.write("\n".join(lines).rstrip() + "\n")


def _write(folder: Path, evaluation: "Evaluation", tables: "Tables", source: "Source") -> None:
    from datetime import UTC, datetime

    from datasets.evaluation.machine import machine
    from datasets.evaluation.report import write_report

    path = write_report(
        evaluation, tables, source.records, folder, machine=machine(), made_utc=datetime.now(UTC)
    )
    _say(f"report: {path}")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _threads(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of threads; give 1 to 64")
    return int(text)
