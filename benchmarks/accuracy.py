"""How well an article's defects are found: learn from half its good strips, test on the rest and all defects.

    python benchmarks/accuracy.py [--data DIR] [--threads N] [--learn N] [--strips]

Goes the product's own way: `learn_article`, `load_bundle`, `Inspector`. Needs aitex_dev below MAQTA_DATA.
A table per article, the macro mean with 90 % bootstrap intervals over strips, and JSON as the last line; what
each figure is stands in `datasets/evaluation/figures.py`. `maqta evaluate` does the same on any set.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from datasets.evaluation.bootstrap import intervals
from datasets.evaluation.figures import MEAN, table
from datasets.evaluation.kinds import kind_tables
from datasets.evaluation.results import Evaluation, Run
from datasets.evaluation.runs import Source, evaluate_by_learning
from datasets.evaluation.texts import accuracy_json, kind_lines, left_out_lines, number, table_lines
from datasets.sources import read_aitex


def told(run: Run, *, strips: bool) -> list[str]:
    """Say what was learnt, and of each strip what was seen."""
    limits = run.card.thresholds
    lines = [
        f"{run.article}: {run.learnt} strips learnt in {run.learn_s:.1f} s, "
        f"unsure {limits.unsure:.2f}, defective {limits.defective:.2f}"
    ]
    if strips:
        lines += [
            f"  {r.picture.name:28s} {r.score:6.2f} inside {number(r.inside, 2):>6s} {r.verdict.value}"
            for r in run.results
        ]
    return lines


def evaluated(root: Path, *, most: int, threads: int) -> Evaluation:
    """Run the protocol."""
    source = Source(data=root, layout="aitex", records=read_aitex(root))
    return evaluate_by_learning(source, mm_per_px=None, most=most, threads=threads, progress=lambda _: None)


def main() -> int:
    """Run the protocol and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MAQTA_DATA", "../shared/data")))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--learn", type=int, default=1000, help="learn from so many good strips at most")
    parser.add_argument("--strips", action="store_true", help="print every tested strip")
    chosen = parser.parse_args()
    root: Path = chosen.data / "aitex_dev"
    if not root.is_dir():
        print(f"{root}: no such folder; set MAQTA_DATA to the folder that holds aitex_dev", file=sys.stderr)
        return 2
    evaluation = evaluated(root, most=chosen.learn, threads=chosen.threads)
    tested = {run.article: run.results for run in evaluation.runs}
    rows, spread = table(tested), intervals(tested)[MEAN]
    lines = [line for run in evaluation.runs for line in told(run, strips=chosen.strips)]
    lines += table_lines(evaluation, rows, spread) + kind_lines(kind_tables(evaluation))
    print("\n".join(lines + left_out_lines(evaluation)))
    rounded = {name: [round(end, 3) for end in ends] for name, ends in spread.items()}
    print(json.dumps({"accuracy": accuracy_json(rows), "interval_90": rounded}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
