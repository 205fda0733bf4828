"""What a line says of a recipe that looks on as shadow."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPair:
    """Frames that the active recipe judged so and the shadow so."""

    active: str  # vision.types.Verdict, as the next
    shadow: str
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCompared:
    """What a shadow said of frames that the active recipe judged; about once a minute. It drives nothing."""

    kind: Literal["shadow_compared"] = "shadow_compared"
    article: str
    active_bundle_id: str
    shadow_bundle_id: str
    frames: int  # seen by both
    skipped: int  # judged by the line while the shadow had no time for them
    verdicts: tuple[VerdictPair, ...]  # pairs that occurred; they add up to `frames`

    @property
    def agreeing(self) -> int:
        """Frames on which both said the same."""
        return sum(pair.frames for pair in self.verdicts if pair.active == pair.shadow)
