"""The arithmetic of choosing a line-scan or area camera for a web; every figure with its formula and numbers.

docs/camera-plan.md explains each step.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Final

from service.camera_plan_steps import (
    PlanStep,
    PlanWish,
    data_steps,
    lens_steps,
    light_step,
    time_steps,
    web_steps,
)

SENSORS_PX: Final = (1024, 2048, 4096, 6144, 8192, 12288, 16384)  # widths that are sold


class PlanError(Exception):
    """A wish that no camera can meet, or that isn't one; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A worked plan."""

    wish: PlanWish
    steps: tuple[PlanStep, ...]

    def value(self, name: str) -> float:
        """Figure of a step."""
        return next(step.value for step in self.steps if step.name == name)

    def text(self) -> str:
        """Say the whole plan."""
        return "\n".join(step.text() for step in self.steps)

    def as_dict(self) -> dict[str, object]:
        """Wish and steps for JSON."""
        return {"wish": asdict(self.wish), "steps": [asdict(step) for step in self.steps]}


def plan_camera(wish: PlanWish) -> Plan:
    """Work a plan out.

    Raises:
        PlanError: a number can't be, or the lens would have to be where the web is.
    """
    _check(wish)
    largest_mm = wish.smallest_mm / wish.pixels_on_smallest
    cameras, sensor_px = choose_sensor(wish, largest_mm)
    seen_mm = wish.width_mm + (cameras - 1) * wish.overlap_mm
    pixel_mm = seen_mm / (cameras * sensor_px)
    wish = replace(wish, sensor_px=sensor_px)
    steps = (
        *web_steps(wish, largest_mm, cameras, seen_mm, pixel_mm),
        *time_steps(wish, pixel_mm),
        *data_steps(wish, cameras, pixel_mm),
        *lens_steps(wish, seen_mm / cameras, pixel_mm),
        light_step(wish, pixel_mm),
    )
    return Plan(wish=wish, steps=steps)


def choose_sensor(wish: PlanWish, largest_mm: float) -> tuple[int, int]:
    """Return how many cameras, and of how many pixels: as few cameras as possible, then as few pixels."""
    sensors = SENSORS_PX if wish.sensor_px is None else (wish.sensor_px,)
    choices: list[tuple[int, int]] = []
    for sensor_px in sensors:
        each_mm = sensor_px * largest_mm
        if each_mm <= wish.overlap_mm and each_mm < wish.width_mm:
            continue  # it sees nothing but the overlap
        more_mm = wish.width_mm - each_mm
        cameras = 1 if more_mm <= 0 else 1 + math.ceil(more_mm / (each_mm - wish.overlap_mm) - 1e-9)
        choices.append((cameras, sensor_px))
    if not choices:
        raise PlanError(
            f"with {largest_mm:.4g} mm a pixel a sensor sees less than the overlap of {wish.overlap_mm:g} "
            "mm; lower "
            "--overlap-mm or look for larger flaws"
        )
    return min(choices)


def _check(wish: PlanWish) -> None:
    ranges = {
        "width_mm": (10, 20_000), "speed_m_min": (0.1, 5_000), "smallest_mm": (0.01, 100),
        "pixels_on_smallest": (1, 20), "blur_px": (0.05, 1), "overlap_mm": (0, 500),
        "sensor_px": (64, 65_536),
        "area_rows": (1, 20_000), "channels": (1, 4), "distance_mm": (10, 20_000), "pixel_um": (1, 50),
        "f_number": (0.7, 32), "full_well_e": (500, 1e6), "quantum_efficiency": (0.05, 1),
        "reflectance": (0.01, 1), "fill": (0.05, 0.95), "inspector_mpx_s": (0.1, 10_000),
    }  # fmt: skip
    for name, (low, high) in ranges.items():
        value = getattr(wish, name)
        if value is not None and not low <= value <= high:
            option = "--" + name.replace("_", "-")
            raise PlanError(f"{option} is {value:g}; give {low:g} to {high:g}")
