"""The banks of matched filters: at which scale each looks, on what, and for which shapes.

A bank's filters are 8 x 8 cells of its own plane. Cells are not always square: long cells see what is faint
at each place but goes on along the web or across it.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vision.templates import brightness_templates, few_templates, in_plane, line_templates

TEXTURE_PLANES: Final = 4  # energy of the grey, of its steps across, along and on the slant
_TEXTURE_SHAPES: Final = [0, 1, 2, 4]  # spots, lines along weft and warp


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """One scale at which filters look."""

    name: str
    row_px: int  # height of a cell in pixels of the picture
    column_px: int
    on_texture: bool = False  # looks at the local energy of the weave instead of brightness
    is_scored: bool = True  # its largest response counts by itself; otherwise only the base weighs it

    def planes(self, channels: int) -> int:
        """Return how many planes this bank's filters span in a picture of so many channels."""
        if self.on_texture:
            return TEXTURE_PLANES
        return channels if self == FINE else 1

    def templates(self, channels: int) -> NDArray[np.float64]:
        """Return the shapes looked for, (K, planes, 8, 8); of the fine bank brightness first, then chroma."""
        planes = self.planes(channels)
        if self == FINE:
            shapes = [in_plane(shape, 0, planes) for shape in brightness_templates()]
            return np.stack(
                shapes
                + [in_plane(shape, plane, planes) for plane in range(1, planes) for shape in few_templates()]
            )
        if self in (WEFT, WARP):
            return line_templates(upright=self == WARP)[:, None]
        few = few_templates()[_TEXTURE_SHAPES] if self.on_texture else few_templates()
        return np.stack([in_plane(shape, plane, planes) for plane in range(planes) for shape in few])


FINE: Final = Bank(name="fine", row_px=2, column_px=2)
BROAD: Final = Bank(name="broad", row_px=4, column_px=4)
WIDE: Final = Bank(name="wide", row_px=8, column_px=8, is_scored=False)
WEFT: Final = Bank(name="weft", row_px=2, column_px=16)
WARP: Final = Bank(name="warp", row_px=8, column_px=2, is_scored=False)
TEXTURE: Final = Bank(name="texture", row_px=8, column_px=8, on_texture=True, is_scored=False)
BANKS: Final = (FINE, BROAD, WIDE, WEFT, WARP, TEXTURE)
FINE_CHANNELS: Final = len(brightness_templates())
CONTEXT_CHANNELS: Final = sum(len(bank.templates(1)) for bank in BANKS[1:])  # what the base sees beside them
