"""A recipe over a labelled set, or articles learnt from half of their good strips and tested on the rest."""

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datasets.evaluation.protocol import CAMERA, inspect_record
from datasets.evaluation.results import Evaluation, LeftOut, Run, StripResult
from datasets.evaluation.splitting import by_article, first_half, without_groups
from datasets.sources import SourceRecord
from datasets.types import DatasetError
from vision.bundle import Bundle, load_bundle, sha256_hex
from vision.calibration import Calibration
from vision.card import ModelCard
from vision.images import read_image
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_article

Progress = Callable[[str], None]
UNKNOWN_SCALE_MM_PER_PX = 0.1  # learning needs a scale; where nobody knows it, sizes are told in px
LEARNT_UNKNOWN = (
    "the recipe's card doesn't say which pictures it was learnt from: "
    "if some of them are tested here, the figures are too good"
)
LEARNT = "learnt by this recipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A set that was read."""

    data: Path
    layout: str
    records: tuple[SourceRecord, ...]


def evaluate_recipe(source: Source, bundle: Bundle, *, threads: int, progress: Progress) -> Evaluation:
    """Test a recipe on every picture of its width that it was not learnt from.

    Raises:
        DatasetError: no picture is left to test, or the set is damaged.
        VisionError: a picture can't be read.
    """
    card = bundle.card
    inspector = _inspector(bundle, threads)
    known = set(card.learnt_from.picture_sha256)
    widths: dict[Path, int] = {}
    learnt: set[Path] = set()
    for record in source.records:
        pixels = read_image(record.picture)
        widths[record.picture] = pixels.shape[1]
        if known and sha256_hex(pixels.tobytes()) in known:
            learnt.add(record.picture)
    runs = []
    for article, records in by_article(source.records).items():
        jobs, left_out = _testable(records, card, widths, learnt)
        runs.append(_test(inspector, article, jobs, left_out, progress))
    _check_tested(source, runs)
    return Evaluation(
        data=source.data,
        layout=source.layout,
        how=f"recipe {card.bundle_id} of article {card.article}, on every picture it was not learnt from",
        runs=tuple(runs),
        mm_per_px=card.mm_per_px,
        notes=() if known else (LEARNT_UNKNOWN,),
    )


def evaluate_by_learning(
    source: Source, *, mm_per_px: float | None, most: int | None = None, threads: int, progress: Progress
) -> Evaluation:
    """Learn each article from the first half of its good strips and test on the rest.

    Raises:
        DatasetError: an article can't be parted, or the set is damaged.
        VisionError: a picture can't be read, or widths differ.
    """
    runs = [
        learn_and_test(article, records, mm_per_px=mm_per_px, most=most, threads=threads, progress=progress)
        for article, records in by_article(source.records).items()
    ]
    _check_tested(source, runs)
    return Evaluation(
        data=source.data,
        layout=source.layout,
        how="each article learnt from the first half of its good strips by file name, tested on the rest",
        runs=tuple(runs),
        mm_per_px=mm_per_px,
    )


def learn_and_test(
    article: str,
    records: Sequence[SourceRecord],
    *,
    mm_per_px: float | None,
    most: int | None,
    threads: int,
    progress: Progress,
) -> Run:
    """Learn one article from the first half of its good strips (`most` of them) and test on the rest."""
    split = first_half(records, most=most)
    with tempfile.TemporaryDirectory(prefix="maqta-evaluate-") as folder:
        begun_s = time.perf_counter()
        made = learn_article(
            [record.picture for record in split.learnt],
            article=article,
            mm_per_px=mm_per_px or UNKNOWN_SCALE_MM_PER_PX,
            material="fabric",
            out_dir=Path(folder) / "bundle",
            demo=any(record.rendered for record in split.learnt),
            created_utc=datetime.now(UTC),
            progress=lambda text: progress(f"{article}: {text}"),
        )
        inspector = _inspector(load_bundle(made), threads)
        learn_s = time.perf_counter() - begun_s
    return _test(inspector, article, split.tested, split.left_out, progress, len(split.learnt), learn_s)


def _check_tested(source: Source, runs: Sequence[Run]) -> None:
    if not any(run.results for run in runs):
        reasons = sorted({left.reason for run in runs for left in run.left_out})
        raise DatasetError(f"{source.data}: nothing is left to test; pictures are {'; '.join(reasons[:4])}")


def _testable(
    records: Sequence[SourceRecord], card: ModelCard, widths: dict[Path, int], learnt: set[Path]
) -> tuple[tuple[SourceRecord, ...], tuple[LeftOut, ...]]:
    left_out = [LeftOut(picture=r.picture, reason=LEARNT) for r in records if r.picture in learnt]
    groups = {record.group for record in records if record.picture in learnt}
    jobs, grouped = without_groups((r for r in records if r.picture not in learnt), groups)
    wrong = [record for record in jobs if widths[record.picture] != card.columns]
    for record in wrong:
        reason = f"{widths[record.picture]} px wide, the recipe is for {card.columns} px"
        left_out.append(LeftOut(picture=record.picture, reason=reason))
    return tuple(record for record in jobs if record not in wrong), (*left_out, *grouped)


def _inspector(bundle: Bundle, threads: int) -> Inspector:
    calibration = Calibration(camera_id=CAMERA, mm_per_px=bundle.card.mm_per_px)
    return Inspector(Engine(bundle, threads=threads), calibration)


def _test(
    inspector: Inspector,
    article: str,
    jobs: Sequence[SourceRecord],
    left_out: Iterable[LeftOut],
    progress: Progress,
    learnt: int | None = None,
    learn_s: float | None = None,
) -> Run:
    results: list[StripResult] = []
    left = list(left_out)
    for seq, record in enumerate(jobs):
        result = inspect_record(inspector, record, seq)
        if isinstance(result, LeftOut):
            left.append(result)
            continue
        results.append(result)
        progress(f"{article}: {seq + 1}/{len(jobs)} {record.picture.name}: {result.verdict.value}")
    return Run(
        article=article,
        card=inspector.card,
        results=tuple(results),
        left_out=tuple(left),
        learnt=inspector.card.learnt_from.pictures if learnt is None else learnt,
        learn_s=learn_s,
    )
