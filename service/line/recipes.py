"""From an article's name or a bundle's id to a warm inspector."""

from collections.abc import Callable
from pathlib import Path

from service.line.errors import LineError
from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.inference import Engine
from vision.inspector import Inspector
from vision.provider import Provider
from vision.registry import Registry
from vision.types import VisionError

OpenBundle = Callable[[Path], Inspector]


def bundle_opener(
    calibration: Callable[[], Calibration],
    *,
    material: str,
    rows: int,
    threads: int,
    provider: Provider,
    spin_us: int,
) -> OpenBundle:
    """Return what loads and warms up a bundle for this line's camera; it raises VisionError or LineError."""

    def open_bundle(folder: Path) -> Inspector:
        bundle = load_bundle(folder)
        if bundle.card.material != material:
            raise LineError(
                f"bundle {bundle.card.bundle_id} of {bundle.card.article} is for {bundle.card.material}, "
                f"this line inspects {material}; choose another article"
            )
        inspector = Inspector(
            Engine(bundle, threads=threads, provider=provider, spin_us=spin_us), calibration()
        )
        inspector.warm_up(rows)
        return inspector

    return open_bundle


def shadow_inspector(registry: Registry, article: str, open_bundle: OpenBundle) -> Inspector | None:
    """Open the shadow of an article; None: it has none.

    Raises:
        LineError: it is for another material.
        VisionError: it is damaged, or not for this camera.
    """
    folder = registry.shadow(article)
    return None if folder is None else open_bundle(folder)


def active_inspector(registry: Registry, article: str, open_bundle: OpenBundle) -> Inspector:
    """Open the recipe that is active for an article.

    Raises:
        LineError: there is none, or it can't be used; the message says how to make one.
    """
    try:
        folder = registry.active(article)
    except VisionError as error:
        raise LineError(f"{error}: maqta learn --good DIR --article {article!r} --mm-per-px X") from error
    try:
        return open_bundle(folder)
    except VisionError as error:
        raise LineError(f"article {article!r}: its active bundle can't be used: {error}") from error
