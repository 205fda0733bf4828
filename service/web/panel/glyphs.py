"""Shapes: the brand, a line's state, and each group of defects. Colour never stands alone."""

from service.event_terms import LineState
from service.plant.views.lines import LineView
from service.web.panel.markup import Html, el, join
from vision.taxonomy import DefectKind

GROUPS = ("hole", "thread", "weft", "stain", "lump", "foreign", "other")
GROUP_OF = {
    DefectKind.HOLE: "hole",
    DefectKind.TEAR: "hole",
    DefectKind.BROKEN_END: "thread",
    DefectKind.FLOAT: "thread",
    DefectKind.REED_MARK: "thread",
    DefectKind.COLOUR_YARN: "thread",
    DefectKind.OIL_YARN: "thread",
    DefectKind.BROKEN_PICK: "weft",
    DefectKind.THIN_BAR: "weft",
    DefectKind.THICK_BAR: "weft",
    DefectKind.SHADE_BAR: "weft",
    DefectKind.CREASE: "weft",
    DefectKind.BOW_SKEW: "weft",
    DefectKind.WIDTH_OUT: "weft",
    DefectKind.SELVEDGE: "weft",
    DefectKind.OIL_SPOT: "stain",
    DefectKind.STAIN: "stain",
    DefectKind.OIL: "stain",
    DefectKind.YELLOW_SPOT: "stain",
    DefectKind.SLUB: "lump",
    DefectKind.KNOT: "lump",
    DefectKind.NEP: "lump",
    DefectKind.FOREIGN_FIBRE: "foreign",
    DefectKind.FOREIGN_MATTER: "foreign",
    DefectKind.LEAF: "foreign",
    DefectKind.BARK: "foreign",
    DefectKind.GRASS: "foreign",
    DefectKind.SEED_COAT: "foreign",
    DefectKind.JUTE: "foreign",
    DefectKind.PP_WHITE: "foreign",
    DefectKind.PP_COLOUR: "foreign",
    DefectKind.FEATHER_HAIR: "foreign",
    DefectKind.METAL: "foreign",
    DefectKind.UNKNOWN: "other",
}
# around (0, 0); the roll runs along x, so warp threads lie flat and weft threads stand
SHAPES = {
    "hole": '<circle r="6"/>',
    "thread": '<rect x="-8" y="-2.5" width="16" height="5" rx="1"/>',
    "weft": '<rect x="-2.5" y="-8" width="5" height="16" rx="1"/>',
    "stain": '<path d="M0-8 7 0 0 8-7 0z"/>',
    "lump": '<path d="M0-7 8 6-8 6z"/>',
    "foreign": '<path d="M-2.4-8h4.8v5.6H8v4.8H2.4V8h-4.8V2.4H-8v-4.8h5.6z"/>',
    "other": '<rect x="-6" y="-6" width="12" height="12"/>',
}
STATE_SHAPES = {
    "running": '<path d="M6 4l11 6-11 6z" fill="currentColor"/>',
    "degraded": '<path d="M10 2l9 16H1z" fill="currentColor"/>',
    "held": '<path d="M4 4h12v12H4z" fill="currentColor"/>',
    "starting": '<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="3" '
    'stroke-dasharray="9 6"/>',
    "stopped": '<circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="3"/>',
    "silent": '<path d="M3 3l14 14M17 3L3 17" fill="none" stroke="currentColor" stroke-width="4"/>',
}
SILENT_AFTER_S = 30.0  # a running line writes an event at least once a second


def group_of(kind: str) -> str:
    """The group a defect's shape and colour stand for."""
    known = {member.value: group for member, group in GROUP_OF.items()}
    return known.get(kind, "other")


def glyph_symbols() -> Html:
    """The shapes by name, for `use` in a drawing with very many defects."""
    symbols = [Html(f'<g id="shape-{group}">{shape}</g>') for group, shape in SHAPES.items()]
    return el("svg", el("defs", *symbols), width=0, height=0, aria_hidden="true", style="position:absolute")


def kind_glyph(kind: str) -> Html:
    """The shape of a defect beside its name."""
    group = group_of(kind)
    shape = el("g", Html(SHAPES[group]), class_="mark")
    return el("svg", shape, class_=f"glyph kind-{group}", viewBox="-10 -10 20 20", aria_hidden="true")


def state_glyph(state: str) -> Html:
    """The shape of a line's state."""
    return el("svg", Html(STATE_SHAPES[state]), viewBox="0 0 20 20", aria_hidden="true")


def shown_state(line: LineView) -> str:
    """The state worth showing: `silent` where the last word is too old to be believed."""
    if line.state is None or line.age_s is None:
        return "silent"
    if line.age_s > SILENT_AFTER_S and line.state is not LineState.STOPPED:
        return "silent"
    return line.state.value


def brand() -> Html:
    """Name and sign of the product: an open boll under a scan line."""
    sign = Html(
        '<svg viewBox="0 0 32 32" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2.2">'
        '<circle cx="12" cy="10" r="5.2"/><circle cx="20" cy="10" r="5.2"/>'
        '<circle cx="16" cy="16.5" r="5.2"/>'
        '<path d="M16 22v7M10 26c2-2.5 4-3.3 6-3.3s4 .8 6 3.3"/>'
        '<path d="M2 13.5h28" stroke="var(--accent)"/></svg>'
    )
    return el("a", join(sign, "Maqta"), href="/", class_="brand")
