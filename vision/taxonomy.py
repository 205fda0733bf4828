"""The one list of what can be seen: defect and foreign-matter kinds, each with its definition and source.

Codes are stable: they are stored in events, labels and models. Texts for people live in the catalogue of
`service/web/i18n`, keyed by the same code.
"""

from dataclasses import dataclass
from enum import StrEnum


class DefectKind(StrEnum):
    """Stable codes of fabric defects and of foreign matter in fibre."""

    UNKNOWN = "unknown"
    HOLE = "hole"
    TEAR = "tear"
    BROKEN_END = "broken_end"
    BROKEN_PICK = "broken_pick"
    THIN_BAR = "thin_bar"
    THICK_BAR = "thick_bar"
    FLOAT = "float"
    SLUB = "slub"
    KNOT = "knot"
    REED_MARK = "reed_mark"
    OIL_SPOT = "oil_spot"
    OIL_YARN = "oil_yarn"
    STAIN = "stain"
    COLOUR_YARN = "colour_yarn"
    FOREIGN_FIBRE = "foreign_fibre"
    NEP = "nep"
    CREASE = "crease"
    SELVEDGE = "selvedge"
    SHADE_BAR = "shade_bar"
    WIDTH_OUT = "width_out"
    BOW_SKEW = "bow_skew"
    FOREIGN_MATTER = "foreign_matter"
    LEAF = "leaf"
    BARK = "bark"
    GRASS = "grass"
    SEED_COAT = "seed_coat"
    PP_WHITE = "pp_white"
    PP_COLOUR = "pp_colour"
    FEATHER_HAIR = "feather_hair"
    OIL = "oil"
    YELLOW_SPOT = "yellow_spot"
    METAL = "metal"


class Material(StrEnum):
    """What a line inspects."""

    FABRIC = "fabric"
    FIBRE = "fibre"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDefinition:
    """What a code means, and where the definition comes from."""

    kind: DefectKind
    material: Material
    definition: str
    source: str  # "own wording" where no standard text could be read
    verified: bool  # True only where the source was read
