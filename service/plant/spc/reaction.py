"""Reaction plans: what to do at a signal, step by step, and within how long. Plans are data."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError, with_config

from service.plant.errors import PlantError

EXAMPLE = Path(__file__).parent / "reaction.toml"
strict = with_config({"extra": "forbid"})


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Steps in order; codes of the panel's texts, or a plant's own words."""

    respond_within_min: Annotated[float, Field(gt=0, le=10_080)]
    steps: Annotated[tuple[str, ...], Field(min_length=1)]


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionPlan:
    """One version of a plan: a reaction for each rule."""

    id: str
    version: int
    source: str
    is_example: bool
    above: Reaction
    drift_up: Reaction
    too_close: Reaction
    below: Reaction
    drift_down: Reaction
    psi: Reaction

    def of(self, rule: str) -> Reaction:
        """The reaction to a rule of a chart, or to "psi"."""
        reaction: Reaction = getattr(self, rule)
        return reaction


_CODEC: TypeAdapter[ReactionPlan] = TypeAdapter(ReactionPlan)


def load_plan(path: Path = EXAMPLE) -> ReactionPlan:
    """Read a plan.

    Raises:
        PlantError: bad_reaction_plan: the file can't be read, a rule is missing or a key is unknown.
    """
    try:
        return _CODEC.validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlantError("bad_reaction_plan", f"reaction plan {path}: {error}") from error
