"""The model card: what a bundle's ONNX file is, what it was learnt from, and the recipe's thresholds.

The graph's contract, the same for every bundle:
    input  "pixels"   uint8 (1, rows, columns, channels): a full-width tile as it lies in memory; 1 or 3 (BGR)
    input  "cloth_px" int64 (2,): first column of the material and the column behind its last one
    output "map"      float32 (1, 1, ceil(rows / stride), ceil(columns / stride)): anomaly score of each cell
    output "kind"     uint8, the same shape: the kind's place in the card's `kinds`, where it lists several
Scaling and normalisation live inside the graph. Scores outside the material are the card's `score_floor`.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from vision.taxonomy import DefectKind

CARD_SCHEMA_VERSION = 2
Finite = Annotated[float, Field(allow_inf_nan=False)]
Kind = Annotated[str, AfterValidator(lambda code: DefectKind(code).value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindThreshold:
    """Where one kind becomes DEFECTIVE, for what a miss and a false alarm of it cost."""

    kind: Kind
    defective: Finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where CLEAN ends and where DEFECTIVE begins, on the map's scale; UNSURE is the band between."""

    unsure: Finite
    defective: Finite
    by_kind: tuple[KindThreshold, ...] = ()  # another `defective` for single kinds

    def defective_for(self, kind: str) -> float:
        """Return the score from which a finding of a kind is DEFECTIVE."""
        return next((one.defective for one in self.by_kind if one.kind == kind), self.defective)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrumbHue:
    """Hues of good lint's own specks by their darkness, lowest and highest; see `vision/crumbs.py`."""

    red_green: tuple[Finite, Finite]
    yellow_blue: tuple[Finite, Finite]
    darkest: Finite  # logarithm of the light that the darkest takes away, below 0
    specks: Annotated[int, Field(ge=1)]  # that tell it


@dataclass(frozen=True, slots=True, kw_only=True)
class LearntFrom:
    """What good material the recipe was learnt from, and what held-out parts of it said."""

    pictures: int
    good_m2: float
    good_length_m: float
    held_out_scores: tuple[float, ...]  # highest map value of each picture, learnt without that picture
    false_alarm_rate_expected: float  # expected share of good frames of this size above `defective`
    note: str  # e.g. how much cloth is missing for the promised rate; empty when nothing is missing
    picture_sha256: tuple[str, ...] = ()  # of each picture's pixels as learnt; empty: not recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTail:
    """How often good cloth reaches a score: `per_m` x exp(-(score - location) / scale) findings a metre."""

    location: Finite
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    per_m: Annotated[float, Field(gt=0, allow_inf_nan=False)]  # findings above `location` a metre of web


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """How many false alarms were asked for, what the learnt cloth carries, and the tail that told it.

    Rates are findings on good cloth per 100 m of web at full width, a finding over a seam counted once.
    """

    asked_per_100m: float  # at most so many above `defective`
    asked_doubts_per_100m: float  # at most so many more between `unsure` and `defective`
    kept_per_100m: float  # what the thresholds are set for: as asked, or the strictest that the cloth carries
    kept_doubts_per_100m: float
    strictest_per_100m: float  # the lowest rate that the learnt cloth carries
    learnt_m: float  # good cloth that was given
    held_out_m: float  # of it, scored by graphs that had not seen it
    missing_m: float  # so much more must be given to keep what was asked; 0: it is kept
    tail: ScoreTail


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """Everything needed to run a bundle's ONNX file and to trust it."""

    schema_version: int
    bundle_id: str  # first 16 hex digits of the SHA-256 of the ONNX file
    article: str
    material: Literal["fabric", "fibre"]
    created_utc: str  # ISO 8601
    mm_per_px: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    columns: Annotated[int, Field(ge=1)]  # the width the recipe was learnt at; other widths are refused
    channels: Literal[1, 3]
    output_stride: Annotated[int, Field(ge=1)]  # pixels per map cell
    halo_rows: Annotated[int, Field(ge=0)]  # rows at a tile's edge whose map values lean on rows outside it
    score_floor: Finite  # map value outside the material, and the value written as 0 in a 16-bit map
    score_ceiling: Finite  # map value written as 65535 in a 16-bit map; the graph clips at it
    thresholds: Thresholds
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]  # DefectKind of each number in the kind map
    min_area_mm2: Annotated[float, Field(ge=0, allow_inf_nan=False)]  # smaller findings are dropped
    learnt_from: LearntFrom
    crumbs: CrumbHue | None = None  # None: of cloth, of grey lint, or too few specks
    promise: Promise | None = None  # None: the thresholds don't come from good cloth
    base_name: str
    base_sha256: str  # of the base ONNX that learning started from
    demo: bool  # learnt from rendered material
    model_sha256: str


CARD_CODEC: TypeAdapter[ModelCard] = TypeAdapter(ModelCard)
