"""A 24-patch colour chart under a lamp, as a camera of given spectral sensitivity sees it.

Spectra in chart_spectra.csv, 400 to 700 nm by 10 nm: CIE 1931 2° observer, CIE illuminants D50, D65, A,
FL2, LED-B3 (CIE 15:2018), and the patches' reflectance measured by Ohta (1997), which are those of ISO
17321-1; as carried by colour-science 0.4.6 (BSD-3-Clause). LED-B3 is sampled coarsely here: it is a lamp,
not a standard.
"""

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.synthesis.optics import to_uint8
from vision.chart import ACROSS, DOWN, ChartReference
from vision.colour import lab_of_xyz

LAMPS: Final = ("D50", "D65", "A", "FL2", "LED-B3")
PATCH_SHARE: Final = 0.84  # of the pitch; the rest is the black frame
FRAME_REFLECTANCE: Final = 0.03
TABLE_REFLECTANCE: Final = 0.35
WHITE_GREY: Final = 215.0  # of the white patch in its brightest channel
_WHITE_PATCH: Final = 18
# Peak and width in nm of a colour camera's channels, about those of common CMOS sensors behind an infrared
# cut.
CHANNELS: Final = {"blue": (460.0, 28.0), "green": (540.0, 38.0), "red": (600.0, 32.0)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChartScene:
    """A rendered chart and its true colours."""

    pixels: NDArray[np.uint8]  # (rows, columns, 3) BGR
    centres_px: NDArray[np.float64]  # (24, 2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectra:
    """The table, by columns."""

    nm: NDArray[np.float64]
    observer: NDArray[np.float64]  # (31, 3)
    lamps: dict[str, NDArray[np.float64]]
    names: tuple[str, ...]
    patches: NDArray[np.float64]  # (24, 31)


def load_spectra() -> Spectra:
    """Read the table."""
    text = (files("datasets.synthesis") / "chart_spectra.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    table = np.array(rows, np.float64)
    first = 4 + len(LAMPS)
    return Spectra(
        nm=table[:, 0],
        observer=table[:, 1:4],
        lamps={name: table[:, header.index(name)] for name in LAMPS},
        names=tuple(header[first:]),
        patches=table[:, first:].T.copy(),
    )


def true_reference(spectra: Spectra) -> ChartReference:
    """Work out the chart's colours under D50: its certificate."""
    lamp = spectra.lamps["D50"]
    scale = 1 / float(lamp @ spectra.observer[:, 1])
    xyz = scale * (spectra.patches * lamp) @ spectra.observer
    return ChartReference(
        names=spectra.names, lab=lab_of_xyz(xyz), neutral=np.arange(len(xyz)) >= _WHITE_PATCH
    )


def camera_bgr(spectra: Spectra, lamp: str, reflectance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a linear camera's response (n, 3), white balanced on the chart's white patch."""
    sensitivity = np.stack(
        [np.exp(-0.5 * ((spectra.nm - peak) / width) ** 2) for peak, width in CHANNELS.values()], axis=1
    )
    light = spectra.lamps[lamp]
    white = (spectra.patches[_WHITE_PATCH] * light) @ sensitivity
    return np.asarray(WHITE_GREY * ((reflectance * light) @ sensitivity) / white, np.float64)


def render_chart(
    spectra: Spectra,
    *,
    lamp: str,
    columns: int,
    rows: int,
    pitch_px: float,
    turned_rad: float,
    rng: np.random.Generator,
    noise_grey: float = 1.0,
    gamma: float = 1.0,
    light_fall: float = 0.0,
) -> ChartScene:
    """Draw a chart in the middle of a picture; `gamma` is the tone curve that the camera applies."""
    colours = camera_bgr(spectra, lamp, spectra.patches)
    flat = np.ones((1, spectra.nm.size))
    frame, table = (
        camera_bgr(spectra, lamp, share * flat)[0] for share in (FRAME_REFLECTANCE, TABLE_REFLECTANCE)
    )
    picture = np.full((rows, columns, 3), table, np.float32)
    cosine, sine = np.cos(turned_rad), np.sin(turned_rad)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    middle = np.array([columns / 2, rows / 2])

    def fill(centre: NDArray[np.float64], wide: float, high: float, colour: NDArray[np.float64]) -> None:
        corners = np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / 2 + centre
        points = np.round((corners @ turn.T * pitch_px + middle - 0.5) * 16).astype(np.int32)
        cv2.fillConvexPoly(picture, points, colour.tolist(), lineType=cv2.LINE_AA, shift=4)

    fill(np.zeros(2), ACROSS + 0.3, DOWN + 0.3, frame)
    cells = np.array([[column, row] for row in range(DOWN) for column in range(ACROSS)], np.float64)
    centres = cells - np.array([ACROSS - 1, DOWN - 1]) / 2
    for centre, colour in zip(centres, colours, strict=True):
        fill(centre, PATCH_SHARE, PATCH_SHARE, colour)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.float32)
    picture *= (1 - light_fall * np.linspace(-1, 1, columns) ** 2).astype(np.float32)[None, :, None]
    toned = 255 * (np.maximum(picture, 0) / 255) ** (1 / gamma)
    noisy = toned + noise_grey * rng.standard_normal(toned.shape)
    return ChartScene(
        pixels=to_uint8(noisy.astype(np.float32)), centres_px=centres @ turn.T * pitch_px + middle
    )
