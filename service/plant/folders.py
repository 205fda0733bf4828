"""The plant's own folder."""

from pathlib import Path

from service.plant.errors import PlantError


def make_folder(path: Path) -> None:
    """Make a folder where there is none. PlantError: bad_settings."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlantError(
            "bad_settings", f"data_dir {path}: {error.strerror}; check path and rights"
        ) from error
