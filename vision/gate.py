"""The gate before a bundle may become the one that judges: each check names its reason to refuse, or none."""

from collections.abc import Callable
from pathlib import Path

from vision.bundle import load_bundle
from vision.parity import parity_fault
from vision.types import VisionError

Gate = Callable[[Path], str]  # a bundle's folder -> why it may not become active; empty: it may


def activation_gate(folder: Path) -> str:
    """Return the first reason that speaks against activating a bundle; empty: none does."""
    return next(filter(None, (check(folder) for check in CHECKS)), "")


def _does_not_run(folder: Path) -> str:
    """Files whole, thresholds inside the scale, graph warm: what the line asks of it at its start."""
    from vision.inference import Engine  # the plant reads registries too, and runs nothing

    try:
        Engine(load_bundle(folder), threads=1)
    except VisionError as error:
        return str(error)
    return ""


CHECKS: tuple[Gate, ...] = (_does_not_run, parity_fault)
