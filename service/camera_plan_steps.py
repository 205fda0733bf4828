"""The steps of a camera plan, each with its formula; service/camera_plan.py puts them together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

INSPECTOR_MPX_S: Final = (
    30.9  # README, two cores without a GPU, 2026-11-24; measure yours: benchmarks/inspector.py
)
INTERFACES_MB_S: Final = (  # what is left for pixels; rules of thumb: 94 % of the wire, USB3 Vision as sold
    ("GigE Vision, 1 Gbit/s", 117.0),
    ("GigE Vision, 2.5 Gbit/s", 294.0),
    ("USB3 Vision", 380.0),
    ("GigE Vision, 5 Gbit/s", 587.0),
    ("GigE Vision, 10 Gbit/s", 1175.0),
    ("CoaXPress-12, four lanes", 4700.0),
)
LENS_TRANSMISSION: Final = 0.9
# Photons on a square micrometre in a second for one lux: 1 lx / 320 lm/W / 3.6e-19 J (550 nm) / 1e12 µm²/m².
# 320 lm/W is a usual white LED's luminous efficacy of radiation; not verified for yours.
PHOTONS_PER_LX_S_UM2: Final = 1 / 320 / 3.6e-19 / 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """What the line is, and what shall be seen."""

    width_mm: float
    speed_m_min: float
    smallest_mm: float  # smallest flaw that must be found
    pixels_on_smallest: float = 3.0  # two is Nyquist's bound; three let a flaw lie between pixels
    blur_px: float = 0.5  # a point may move so far during the exposure
    overlap_mm: float = 20.0  # between neighbouring cameras
    sensor_px: int | None = None  # None: the plan chooses
    area_rows: int | None = None  # rows of an area camera; None: line-scan
    channels: int = 1
    distance_mm: float = 1000.0  # lens to web
    pixel_um: float = 5.0  # of the sensor
    f_number: float = 4.0
    full_well_e: float = 10_000.0  # electrons at saturation, from the camera's EMVA 1288 sheet
    quantum_efficiency: float = 0.5
    reflectance: float = 0.5  # of the material; black cloth 0.04, white 0.8
    fill: float = 0.6  # of saturation that the material shall reach
    inspector_mpx_s: float = INSPECTOR_MPX_S


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One figure of a plan."""

    name: str
    formula: str
    worked: str
    value: float
    unit: str
    note: str = ""

    def text(self) -> str:
        """Say it in a line or two."""
        said = f"{self.name:22} {self.value:>10.5g} {self.unit:8} = {self.formula} = {self.worked}"
        return f"{said}\n{'':22} {self.note}" if self.note else said


def web_steps(
    wish: PlanWish, largest_mm: float, cameras: int, seen_mm: float, pixel_mm: float
) -> Sequence[PlanStep]:
    """How large a pixel may be, and how many cameras that takes."""
    return (
        PlanStep(
            name="largest pixel",
            formula="smallest flaw / pixels on it",
            worked=f"{wish.smallest_mm:g} mm / {wish.pixels_on_smallest:g}",
            value=largest_mm,
            unit="mm",
        ),
        PlanStep(
            name="pixels across",
            formula="width / largest pixel",
            worked=f"{wish.width_mm:g} mm / {largest_mm:.4g} mm",
            value=wish.width_mm / largest_mm,
            unit="px",
        ),
        PlanStep(
            name="cameras",
            formula="1 + ceil((width - sensor x pixel) / (sensor x pixel - overlap))",
            worked=f"sensors of {wish.sensor_px} px, overlap {wish.overlap_mm:g} mm",
            value=cameras,
            unit="",
        ),
        PlanStep(
            name="pixel on the web",
            formula="(width + (cameras - 1) x overlap) / (cameras x sensor)",
            worked=f"{seen_mm:g} mm / ({cameras} x {wish.sensor_px} px)",
            value=pixel_mm,
            unit="mm",
        ),
    )


def time_steps(wish: PlanWish, pixel_mm: float) -> Sequence[PlanStep]:
    """Line rate, encoder and exposure."""
    line_hz = speed_mm_s(wish) / pixel_mm
    steps = [
        PlanStep(
            name="line rate",
            formula="speed / pixel",
            worked=f"{speed_mm_s(wish):.5g} mm/s / {pixel_mm:.4g} mm",
            value=line_hz / 1e3,
            unit="kHz",
            note="square pixels: a row is as long as a pixel is wide",
        ),
        PlanStep(
            name="encoder",
            formula="1 / pixel",
            worked=f"1 / {pixel_mm:.4g} mm",
            value=1 / pixel_mm,
            unit="1/mm",
            note="counts a mm for one line a count; a finer encoder needs a divider",
        ),
        PlanStep(
            name="exposure at most",
            formula="min(1, blur) x pixel / speed",
            worked=f"{min(1.0, wish.blur_px):g} x {pixel_mm:.4g} mm / {speed_mm_s(wish):.5g} mm/s",
            value=min(1.0, wish.blur_px) / line_hz * 1e6,
            unit="µs",
        ),
    ]
    if wish.area_rows is not None:
        steps.append(
            PlanStep(
                name="frame rate",
                formula="line rate / rows",
                worked=f"{line_hz / 1e3:.4g} kHz / {wish.area_rows} rows",
                value=line_hz / wish.area_rows,
                unit="1/s",
                note="an area camera needs a strobe of at most the exposure above",
            )
        )
    return steps


def data_steps(wish: PlanWish, cameras: int, pixel_mm: float) -> Sequence[PlanStep]:
    """What goes over the wire and into the inspector."""
    sensor_px = wish.sensor_px or 0
    line_hz = speed_mm_s(wish) / pixel_mm
    mpx_s = cameras * sensor_px * line_hz / 1e6
    each_mb_s = sensor_px * line_hz * wish.channels / 1e6
    fits = next((name for name, most in INTERFACES_MB_S if each_mb_s <= most), "")
    lines = mpx_s / wish.inspector_mpx_s
    most_m_min = wish.speed_m_min / lines
    return (
        PlanStep(
            name="pixels a second",
            formula="cameras x sensor x line rate",
            worked=f"{cameras} x {sensor_px} px x {line_hz / 1e3:.4g} kHz",
            value=mpx_s,
            unit="Mpx/s",
        ),
        PlanStep(
            name="data of a camera",
            formula="sensor x line rate x channels",
            worked=f"{sensor_px} px x {line_hz / 1e3:.4g} kHz x {wish.channels}",
            value=each_mb_s,
            unit="MB/s",
            note=f"fits {fits}" if fits else "fits no usual interface: take more, narrower cameras",
        ),
        PlanStep(
            name="load of the inspector",
            formula="pixels a second / inspector's speed",
            worked=f"{mpx_s:.4g} Mpx/s / {wish.inspector_mpx_s:g} Mpx/s",
            value=lines,
            unit="",
            note=(
                "one PC as measured keeps up"
                if lines <= 1
                else f"more than one such PC does: {math.ceil(lines)} of them, a faster one, or larger pixels"
            ),
        ),
        PlanStep(
            name="speed one PC inspects",
            formula="speed / load",
            worked=f"{wish.speed_m_min:g} m/min / {lines:.4g}",
            value=most_m_min,
            unit="m/min",
        ),
    )


def lens_steps(wish: PlanWish, field_mm: float, pixel_mm: float) -> Sequence[PlanStep]:
    """Which lens, and how far the web may flutter."""
    magnification = wish.pixel_um / 1000 / pixel_mm
    circle_mm = wish.pixel_um / 1000
    return (
        PlanStep(
            name="magnification",
            formula="m = sensor's pixel / pixel on the web",
            worked=f"{wish.pixel_um:g} µm / {pixel_mm:.4g} mm; {field_mm:.5g} mm a camera",
            value=magnification,
            unit="",
        ),
        PlanStep(
            name="focal length",
            formula="distance x m / (1 + m)",
            worked=f"{wish.distance_mm:g} mm x {magnification:.4g} / {1 + magnification:.4g}",
            value=wish.distance_mm * magnification / (1 + magnification),
            unit="mm",
            note="take the next shorter lens that is sold and move it nearer",
        ),
        PlanStep(
            name="depth of field",
            formula="2 x f-number x pixel x (1 + m) / m²",
            worked=f"2 x {wish.f_number:g} x {circle_mm:g} mm x {1 + magnification:.4g} / "
            f"{magnification:.4g}²",
            value=2 * wish.f_number * circle_mm * (1 + magnification) / magnification**2,
            unit="mm",
            note="the web must not flutter by more",
        ),
    )


def light_step(wish: PlanWish, pixel_mm: float) -> PlanStep:
    """How much light the web needs so that the sensor fills as wished within the exposure."""
    magnification = wish.pixel_um / 1000 / pixel_mm
    exposure_s = min(1.0, wish.blur_px) * pixel_mm / speed_mm_s(wish)
    photons = wish.fill * wish.full_well_e / (wish.quantum_efficiency * wish.pixel_um**2)
    sensor_lx_s = photons / PHOTONS_PER_LX_S_UM2
    opening = 4 * (wish.f_number * (1 + magnification)) ** 2
    gathered = wish.reflectance * LENS_TRANSMISSION
    return PlanStep(
        name="light on the web",
        formula="H / t x 4 (f-number (1 + m))² / (reflectance x lens)",
        worked=f"{sensor_lx_s:.3g} lx s / {exposure_s * 1e6:.3g} µs x {opening:.4g} / {gathered:.3g}",
        value=sensor_lx_s / exposure_s * opening / gathered / 1e3,
        unit="klx",
        note=f"H = {photons:.4g} photons/µm² on the sensor; to a factor of two: a usual white LED is assumed",
    )


def speed_mm_s(wish: PlanWish) -> float:
    """The web's speed."""
    return wish.speed_m_min * 1000 / 60
