"""Pictures of clean rendered material on disk: what a demo line learns its article from."""

from pathlib import Path

import cv2

from datasets.synthesis.scene import Scene
from datasets.types import DatasetError

_PATIENCE = 20  # windows looked at for each picture wanted


def write_good_pictures(
    scene: Scene, *, count: int, rows: int, out_dir: Path, start_row: int = 0
) -> tuple[Path, ...]:
    """Write `count` PNGs of `rows` rows without a flaw; windows that hold one are passed over.

    Raises:
        DatasetError: the scene has too many flaws for that much clean material, or a file can't be written.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for window in range(count * _PATIENCE):
        if len(written) == count:
            break
        row = start_row + window * rows
        if not scene.truth(row, rows):
            written.append(_write(scene, row, rows, out_dir))
    if len(written) < count:
        raise DatasetError(
            f"{out_dir}: only {len(written)} of {count} windows of {rows} rows hold no flaw; "
            "render good pictures from a scene with defect rate 0"
        )
    return tuple(written)


def _write(scene: Scene, row: int, rows: int, out_dir: Path) -> Path:
    path = out_dir / f"good_{row:09d}.png"
    encoded, data = cv2.imencode(".png", scene.render(row, rows), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not encoded:
        raise DatasetError(f"{path}: the picture can't be encoded as PNG")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise DatasetError(
            f"{path}: can't be written ({error.strerror or error}); free space or check rights"
        ) from error
    return path
