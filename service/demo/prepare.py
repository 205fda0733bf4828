"""Set up the demo: its settings, and recipes learnt from rendered good material."""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from datasets.synthesis.demo import render_good_pictures
from service.learning import learn_folder
from service.settings import LineSettings, RenderedCamera
from service.settings_file import load_line, load_run
from vision.registry import Registry
from vision.types import VisionError

GOOD_PICTURES = 12
FILES = ("run.toml", "plant.toml", "economics.toml", "fabric.toml", "fibre.toml", "sorter.toml", "twin.toml")


def prepare_demo(folder: Path, say: Callable[[str], None]) -> Path:
    """Make what is missing in `folder` and return its RUN.toml; what is there is left as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        target = folder / name
        if not target.exists():
            target.write_bytes(files(__package__).joinpath(name).read_bytes())
    config = folder / "run.toml"
    for line_file in load_run(config).lines:
        _learn_if_new(load_line(line_file), folder / "good", say)
    return config


def _learn_if_new(line: LineSettings, good: Path, say: Callable[[str], None]) -> None:
    if not isinstance(line.camera, RenderedCamera) or _has_recipe(line):
        return
    say(f"maqta: learning the article {line.article} from {GOOD_PICTURES} rendered good pictures ...")
    pictures = good / line.article
    render_good_pictures(line.kind, line.camera.columns, line.camera.mm_per_px, GOOD_PICTURES, pictures)
    learn_folder(
        good=pictures,
        article=line.article,
        mm_per_px=line.camera.mm_per_px,
        material=line.kind,
        registry_dir=line.registry_dir,
        activate=True,
        demo=True,
        created_utc=datetime.now(UTC),
        progress=lambda text: None,
    )


def _has_recipe(line: LineSettings) -> bool:
    try:
        Registry(line.registry_dir).active(line.article)
    except VisionError:
        return False
    return True
