"""The training recipe: one TOML file to one frozen record; unknown keys and wild values stop the run."""

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

LEAST_WIDTH_MM = 90.0  # random styles leave up to 40 mm of table on each side


class TrainingError(Exception):
    """A recipe, a run folder or a trained model is not as it must be; the message names it and the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRecipe:
    """Everything that decides what a base becomes; the same recipe gives the same weights on one machine."""

    name: str
    seed: int
    pool: int  # rendered cloths that batches are drawn from at a time
    steps_per_cloth: int  # after so many steps the oldest of them is replaced by a new one
    check_articles: int  # rendered cloths of other seeds, for the figures in the card
    columns: int  # width of a rendered strip
    rows: int  # height of a rendered strip
    mm_per_px: float
    good_strips: int  # per article, for its statistics
    flawed_strips: int  # per article, with planted flaws
    flaws_per_m2: float  # in strips of spots and yarns
    bars_per_m2: float  # in strips of every kind, bars over the whole width among them
    soft_spots: int  # planted into every flawed strip besides
    steps: int
    batch: int
    crop_cells: int  # width of a training crop in map cells; full height
    learning_rate: float
    weight_decay: float
    width: int  # features of the head
    checkpoint_steps: int
    head_weight: float  # share of the head in the fused score


_CODEC: TypeAdapter[TrainRecipe] = TypeAdapter(TrainRecipe)
_LEAST = {
    "pool": 1, "steps_per_cloth": 1, "check_articles": 1, "columns": 128, "rows": 64, "good_strips": 1,
    "flawed_strips": 1,
    "steps": 1, "batch": 1, "crop_cells": 8, "width": 4, "checkpoint_steps": 1,
}  # fmt: skip


def read_recipe(path: Path) -> tuple[TrainRecipe, str]:
    """Read a recipe file; returns it with its text, which the run and the card keep.

    Raises:
        TrainingError: the file is missing, not TOML, or a key is unknown, missing or out of range.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise TrainingError(f"{path}: can't be read ({error.strerror or error})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path}: not TOML: {error}") from error
    known = {field.name for field in dataclasses.fields(TrainRecipe)}
    strangers = sorted(set(values) - known)
    if strangers:
        raise TrainingError(f"{path}: unknown key {strangers[0]}; known are {', '.join(sorted(known))}")
    try:
        recipe = _CODEC.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise TrainingError(
            f"{path}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        ) from error
    _check_ranges(path, recipe)
    return recipe, text


def _check_ranges(path: Path, recipe: TrainRecipe) -> None:
    for key, least in _LEAST.items():
        if getattr(recipe, key) < least:
            raise TrainingError(f"{path}: {key} is {getattr(recipe, key)}; give at least {least}")
    if recipe.columns * recipe.mm_per_px < LEAST_WIDTH_MM:
        raise TrainingError(
            f"{path}: columns is {recipe.columns}; random margins need {LEAST_WIDTH_MM:.0f} mm, "
            f"that is at least {LEAST_WIDTH_MM / recipe.mm_per_px:.0f} px"
        )
    if not 0.0 <= recipe.head_weight <= 1.0:
        raise TrainingError(f"{path}: head_weight is {recipe.head_weight}; give 0 to 1")
    if recipe.columns < recipe.crop_cells * 4:
        raise TrainingError(
            f"{path}: crop_cells is {recipe.crop_cells}, a strip of {recipe.columns} px has "
            f"{recipe.columns // 4} map cells; make crops narrower or strips wider"
        )
