"""Where what came in went: the input as a block that parts into bands, each as thick as its share."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.web.panel.markup import Html, el

WIDTH = 560.0
BLOCK = 14.0
LEFT, RIGHT = 130.0, 320.0  # where the bands begin and end; names stand outside
TOP, BODY = 8.0, 110.0  # of the input block
THINNEST = 2.5  # a small band is still seen
ROW = 40.0  # least distance between the names on the right


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One way out."""

    name: str
    amount: float
    words: str  # the amount with unit and share
    look: str  # class: of a loss, of what is missing, of the good


def flow_picture(input_words: tuple[str, str], taken_in: float, bands: Sequence[Band], label: str) -> Html:
    """Draw a balance; bands of no amount are left out. Shares are of the larger of input and output."""
    shown = [band for band in bands if band.amount > 0]
    whole = max(taken_in, sum(band.amount for band in shown)) or 1.0
    at_left = at_right = TOP
    drawn: list[Html] = []
    for band in shown:
        thick = max(THINNEST, band.amount / whole * BODY)
        drawn += _band(band, thick, at_left, at_right)
        at_left += thick
        at_right += max(ROW, thick + 10)
    height = max(at_left, at_right) + 2
    return el(
        "svg",
        el("title", label),
        el("rect", x=LEFT - BLOCK, y=TOP, width=BLOCK, height=round(at_left - TOP, 1), class_="flow-input"),
        el("text", input_words[0], x=LEFT - BLOCK - 10, y=TOP + 16, text_anchor="end", class_="flow-name"),
        el("text", input_words[1], x=LEFT - BLOCK - 10, y=TOP + 34, text_anchor="end"),
        *drawn,
        viewBox=f"0 0 {WIDTH:g} {height:.1f}",
        role="img",
        class_="flow-picture",
    )


def _band(band: Band, thick: float, left: float, right: float) -> list[Html]:
    middle = (LEFT + RIGHT) / 2
    y0, y1 = round(left, 1), round(right, 1)
    t = round(thick, 1)
    shape = (
        f"M{LEFT:g} {y0}C{middle:g} {y0} {middle:g} {y1} {RIGHT:g} {y1}v{t}"
        f"C{middle:g} {y1 + t:.1f} {middle:g} {y0 + t:.1f} {LEFT:g} {y0 + t:.1f}z"
    )
    name_y = max(right + thick / 2, right + 8)
    return [
        el("path", d=shape, class_=f"flow-band is-{band.look}"),
        el("rect", x=RIGHT, y=y1, width=BLOCK, height=t, class_=f"flow-end is-{band.look}"),
        el("text", band.name, x=RIGHT + BLOCK + 10, y=round(name_y, 1), class_="flow-name"),
        el("text", band.words, x=RIGHT + BLOCK + 10, y=round(name_y + 16, 1)),
    ]
