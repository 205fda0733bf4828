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
    JUTE = "jute"
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


OWN_WORDING = "own wording"
WARP_WEFT_PAGE = "hobbygaiety.com on GOST terms (read as a web page; GOST 25506-82 itself was not)"

PACKAGING_PAGE = "Trützschler on packaging in Central Asian cotton, ptj.com.pk 2009 (read as a web page)"


def _fabric(
    kind: DefectKind, definition: str, source: str = OWN_WORDING, *, verified: bool = False
) -> KindDefinition:
    return KindDefinition(
        kind=kind, material=Material.FABRIC, definition=definition, source=source, verified=verified
    )


def _fibre(
    kind: DefectKind, definition: str, source: str = OWN_WORDING, *, verified: bool = False
) -> KindDefinition:
    return KindDefinition(
        kind=kind, material=Material.FIBRE, definition=definition, source=source, verified=verified
    )


_ALL = (
    _fabric(DefectKind.UNKNOWN, "Something that good material of the article does not show; not named yet."),
    _fabric(DefectKind.HOLE, "An opening where both warp and weft are missing or cut."),
    _fabric(DefectKind.TEAR, "A rip: threads torn along a line, edges still lying against each other."),
    _fabric(
        DefectKind.BROKEN_END,
        "A gap along the warp where a warp thread is broken or missing (близна).",
        WARP_WEFT_PAGE,
        verified=True,
    ),
    _fabric(
        DefectKind.BROKEN_PICK,
        "A gap across the web where a weft thread is missing, wholly or in part (пролёт).",
        WARP_WEFT_PAGE,
        verified=True,
    ),
    _fabric(
        DefectKind.THIN_BAR, "A band across the web with fewer weft threads per cm than its surroundings."
    ),
    _fabric(
        DefectKind.THICK_BAR, "A band across the web with more weft threads per cm than its surroundings."
    ),
    _fabric(DefectKind.FLOAT, "Threads that pass over others where the weave should bind them."),
    _fabric(DefectKind.SLUB, "A short thick place in one thread, several times its usual thickness."),
    _fabric(DefectKind.KNOT, "A thread's knot or tied ends lying on the surface."),
    _fabric(
        DefectKind.REED_MARK, "A line along the warp where warp threads stand too far apart or too close."
    ),
    _fabric(DefectKind.OIL_SPOT, "A spot of oil or grease on the cloth."),
    _fabric(DefectKind.OIL_YARN, "A thread that was soiled by oil before it was woven in."),
    _fabric(DefectKind.STAIN, "A discoloured patch of any other origin than oil."),
    _fabric(DefectKind.COLOUR_YARN, "A thread of a colour that does not belong to the article."),
    _fabric(DefectKind.FOREIGN_FIBRE, "Fibre of another kind or colour spun or woven into the cloth."),
    _fabric(DefectKind.NEP, "A small entangled ball of fibres on thread or cloth."),
    _fabric(DefectKind.CREASE, "A fold that was pressed in and stays visible."),
    _fabric(DefectKind.SELVEDGE, "A selvedge that is cut, torn, slack, tight or uneven."),
    _fabric(DefectKind.SHADE_BAR, "A band across the web whose shade differs from its surroundings."),
    _fabric(DefectKind.WIDTH_OUT, "Cloth narrower or wider than ordered."),
    _fabric(DefectKind.BOW_SKEW, "Weft that runs curved or slanted instead of square to the warp."),
    _fibre(
        DefectKind.FOREIGN_MATTER,
        "Anything in the fibre that is not cotton fibre, not named closer: the unknown of a fibre line.",
    ),
    _fibre(
        DefectKind.LEAF, "Pieces of the cotton plant's leaf, bract or petiole, flat and brown to green-grey."
    ),
    _fibre(
        DefectKind.BARK, "Slivers of bark or stalk of the cotton plant, longer than wide, dark and fibrous."
    ),
    _fibre(DefectKind.GRASS, "Blades or stems of other plants, long, straight, straw-coloured or green."),
    _fibre(
        DefectKind.SEED_COAT, "Fragments of the seed's coat, black or dark brown, often with fibre attached."
    ),
    _fibre(
        DefectKind.PP_WHITE,
        "White polypropylene of packaging: strips and fibrils, nearly invisible on lint in plain light.",
        PACKAGING_PAGE,
        verified=True,
    ),
    _fibre(DefectKind.PP_COLOUR, "Coloured polypropylene: bale wrap, bags, tarpaulin, twine."),
    _fibre(DefectKind.JUTE, "Jute or hemp: brown twine and cloth of sacks, and single fibres of them."),
    _fibre(DefectKind.FEATHER_HAIR, "Feathers, animal or human hair."),
    _fibre(DefectKind.OIL, "Fibre soiled by oil or grease: dark, with soft edges."),
    _fibre(
        DefectKind.YELLOW_SPOT,
        "A tuft of fibre yellowed by insects, rain or frost; it is cotton all the same.",
    ),
    _fibre(DefectKind.METAL, "Metal: wire, bale tie, machine parts."),
)

DEFINITIONS: dict[DefectKind, KindDefinition] = {entry.kind: entry for entry in _ALL}
