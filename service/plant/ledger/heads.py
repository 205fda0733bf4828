"""Daily heads of the chain in files: whoever keeps a copy elsewhere can prove what was there that day."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from service.plant.errors import PlantError

HEADS_FOLDER = "heads"  # of data_dir, where the settings name none


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest link of a chain on a day."""

    day: str
    chain: str
    number: int
    hash: str


_CODEC: TypeAdapter[list[Head]] = TypeAdapter(list[Head])


def write_heads(folder: Path, day: str, heads: Sequence[Head]) -> Path:
    """Write a day's heads; a file that exists is never written over.

    Raises:
        PlantError: heads: the folder can't be written to.
    """
    path = folder / f"heads-{day}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            text = json.dumps([asdict(head) for head in heads], indent=1)
            draft = path.with_suffix(".part")
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(path)
    except OSError as error:
        raise PlantError("heads", f"{path}: {error.strerror}; check path and rights") from error
    return path


def read_heads(folder: Path) -> list[Head]:
    """All heads of a folder, by day.

    Raises:
        PlantError: heads: a file is not what `write_heads` wrote.
    """
    found: list[Head] = []
    for path in sorted(folder.glob("heads-*.json")):
        try:
            found += _CODEC.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise PlantError("heads", f"{path} can't be read: {error}; take its copy") from error
    return found
