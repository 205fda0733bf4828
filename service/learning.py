"""From a folder of good pictures to a registered recipe: what `maqta learn` and the demo do."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import numpy as np

from datasets.sources import PICTURE_SUFFIXES
from vision.bundle import CARD_FILE, copy_bundle
from vision.images import read_image
from vision.learn import learn_article
from vision.parity import ParityReport, describe, write_parity
from vision.parity_check import OtherPath, check_parity
from vision.registry import Registry
from vision.thresholds import FALSE_ALARMS_PER_100M
from vision.types import VisionError

GATE_PICTURES: Final = 12  # tiles are cut from so many of the good pictures


def learn_folder(
    *,
    good: Path,
    article: str,
    mm_per_px: float,
    material: Literal["fabric", "fibre"],
    registry_dir: Path,
    activate: bool,
    demo: bool,
    created_utc: datetime,
    progress: Callable[[str], None],
    out: Path | None = None,
    false_alarms_per_100m: float = FALSE_ALARMS_PER_100M,
    doubts_per_100m: float | None = None,
) -> Path:
    """Learn every picture under `good`, run the gate, register the bundle and return its folder there.

    Args:
        good: folder of good pictures, searched with its subfolders.
        article: name of the article.
        mm_per_px: scale of the pictures.
        material: what they show.
        registry_dir: the registry.
        activate: make it the article's active recipe if it passes the gate; otherwise it is a candidate.
        demo: whether the pictures are rendered.
        created_utc: for the card.
        progress: told what is being done.
        false_alarms_per_100m: at most so many on 100 m of good cloth at full width.
        doubts_per_100m: at most so many more UNSURE findings; None: 3.5 to a false alarm.
        out: a folder that gets a copy and is returned instead; an older bundle there is replaced.

    Raises:
        VisionError: the folder is missing or empty, a picture can't be read, or `out` holds something else.
    """
    pictures = good_pictures(good, progress)
    if out is not None:
        _check_free(out)
    work = Path(tempfile.mkdtemp(prefix="maqta-learn-"))
    try:
        bundle = learn_article(
            pictures,
            article=article,
            mm_per_px=mm_per_px,
            material=material,
            out_dir=work,
            demo=demo,
            created_utc=created_utc,
            progress=progress,
            false_alarms_per_100m=false_alarms_per_100m,
            doubts_per_100m=doubts_per_100m,
        )
        report = run_gate(bundle, pictures, progress)
        registered = _registered(bundle, article, report, Registry(registry_dir), activate, progress)
        return registered if out is None else _copied(bundle, out)
    finally:
        shutil.rmtree(work)


def _registered(
    bundle: Path,
    article: str,
    report: ParityReport,
    registry: Registry,
    activate: bool,
    progress: Callable[[str], None],
) -> Path:
    """Put a bundle in the registry, active if that is wanted and the gate let it through."""
    bundle_id = registry.add(bundle)
    if activate and report.passed:
        registry.activate(article, bundle_id)
    elif activate:
        progress(f"{bundle_id} stays a candidate of {article!r}: {report.why_not()}")
    return registry.find(bundle_id, article)


def run_gate(
    bundle: Path,
    pictures: Sequence[Path],
    progress: Callable[[str], None],
    others: Sequence[OtherPath] = (),
) -> ParityReport:
    """Take a bundle through the parity gate on some of its good pictures and put the report with it.

    Raises:
        VisionError: the bundle can't be started, or no picture is of its width.
    """
    progress("parity gate: tiles of graded flaws through every way to compute the graph")
    chosen = np.unique(np.linspace(0, len(pictures) - 1, GATE_PICTURES).round().astype(int))
    report = check_parity(bundle, [read_image(pictures[at]) for at in chosen], others)
    write_parity(bundle, report)
    for line in describe(report):
        progress(line)
    return report


def good_pictures(folder: Path, progress: Callable[[str], None]) -> list[Path]:
    """Return every picture under a folder, by name.

    Raises:
        VisionError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise VisionError(f"{folder}: there is no such folder; give the folder of good pictures")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    found = [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES]
    if len(found) < len(files):
        progress(f"{folder}: {len(files) - len(found)} files are no pictures by their names and are left out")
    if not found:
        raise VisionError(f"{folder}: holds no pictures; put at least one good picture there")
    return found


def _check_free(out: Path) -> None:
    if out.exists() and not (out / CARD_FILE).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise VisionError(f"{out}: holds something that is no bundle; name a new folder with --out")


def _copied(bundle: Path, out: Path) -> Path:
    try:
        copy_bundle(bundle, out)
    except OSError as error:
        raise VisionError(
            f"{out}: can't be written ({error.strerror or error}); name another folder with --out"
        ) from error
    return out
