"""From a folder of good pictures to a registered recipe: what `maqta learn` and the demo do."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from vision.learn import learn_article
from vision.registry import Registry
from vision.types import VisionError


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
) -> Path:
    """Learn every picture under `good`, put the bundle in the registry and return its folder there.

    Raises:
        VisionError: the folder is missing or empty, or a picture can't be read.
    """
    pictures = _pictures(good)
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
        )
        registry = Registry(registry_dir)
        bundle_id = registry.add(bundle)
        if activate:
            registry.activate(article, bundle_id)
        return registry.find(bundle_id)
    finally:
        shutil.rmtree(work)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise VisionError(f"{folder}: there is no such folder; give the folder of good pictures")
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise VisionError(f"{folder}: holds no pictures; put at least one good picture there")
    return found
