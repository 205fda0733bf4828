"""How well the inspector and its peers find the same defects, learnt from the same good strips.

    python -m peers.accuracy DATA OUT.json [--epochs N] [--threads N] [--articles 01,02]

The protocol of `benchmarks/accuracy.py`; the peers stand on the one ImageNet backbone that can be had.
Nothing that is learnt here is kept.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from datasets.evaluation.figures import table
from datasets.evaluation.protocol import inspect_record
from datasets.evaluation.results import LeftOut, Run
from datasets.evaluation.runs import learn_and_test
from datasets.evaluation.splitting import Split, by_article, first_half
from datasets.sources import SourceRecord, read_aitex
from peers.detectors import Detector, PatchCore, Stfpm, anomaly_maps
from peers.judging import Grey, Maps, PeerInspector, peer_card, rescaled, scores_of
from peers.tiles import cut_square_tiles
from vision.images import read_image, to_channels

OURS = "ours"
SHOWN = ("AUROC", "LOC", "REC", "FLAG", "AP", "AUPRO")


def learnt_maps(detector: Detector, strips: Sequence[Grey]) -> Maps:
    """Learn from good strips; returns what maps tiles."""
    model = detector.learn(np.concatenate([cut_square_tiles(pixels) for pixels in strips]))
    return lambda tiles: anomaly_maps(model, tiles)


def tested(detector: Detector, split: Split, ours: Run) -> Run:
    """Learn a peer from the strips that ours learnt from, and test it on those that ours was tested on."""
    begun_s = time.perf_counter()
    good = [to_channels(read_image(record.picture), 1) for record in split.learnt]
    folds = min(detector.folds, len(good))
    held_out: dict[int, NDArray[np.float32]] = {}
    for fold in range(folds):
        maps = learnt_maps(detector, [pixels for at, pixels in enumerate(good) if at % folds != fold])
        for at in range(fold, len(good), folds):
            held_out[at] = scores_of(good[at], maps, ours.card.output_stride)
    maps, scores = rescaled(learnt_maps(detector, good), [held_out[at] for at in range(len(good))])
    card = peer_card(replace(ours.card, channels=1), detector.name, good, scores)
    inspector = PeerInspector(maps, card)
    learn_s = time.perf_counter() - begun_s
    found = [inspect_record(inspector, record, seq) for seq, record in enumerate(split.tested)]
    return replace(
        ours,
        card=card,
        results=tuple(result for result in found if not isinstance(result, LeftOut)),
        left_out=tuple(result for result in found if isinstance(result, LeftOut)),
        learn_s=learn_s,
    )


def article_runs(
    article: str, records: Sequence[SourceRecord], detectors: Sequence[Detector], threads: int
) -> dict[str, Run]:
    """Test ours and each peer on an article."""
    ours = learn_and_test(
        article, records, mm_per_px=None, most=None, threads=threads, progress=lambda _: None
    )
    split, runs = first_half(records), {OURS: ours}
    for detector in detectors:
        runs[detector.name] = tested(detector, split, ours)
        run = runs[detector.name]
        row = table({article: run.results})[article]
        shown = " ".join(f"{name} {row[name]:.3f}" for name in SHOWN)
        print(f"{article}: {detector.name}, {run.learn_s:.0f} s to learn: {shown}", flush=True)
    return runs


def main() -> None:
    """Run the protocol for all and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--articles", default="", help="only these")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    detectors = (PatchCore(), Stfpm(epochs=chosen.epochs))
    wanted = set(filter(None, chosen.articles.split(",")))
    runs: dict[str, dict[str, Run]] = {}
    for article, records in by_article(read_aitex(chosen.data)).items():
        if not wanted or article in wanted:
            for name, run in article_runs(article, records, detectors, chosen.threads).items():
                runs.setdefault(name, {})[article] = run
    figures = {name: table({a: run.results for a, run in found.items()}) for name, found in runs.items()}
    chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
