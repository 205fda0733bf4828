"""A plant's settings for the commands that work beside one."""

from pathlib import Path

import pytest
from plant_text import ACCEPTANCE, HEAD, line

PLANT = HEAD + "shifts = []\n" + line("opener-1") + ACCEPTANCE


@pytest.fixture
def config(tmp_path: Path) -> str:
    """The file of a plant with one line and an empty folder."""
    path = tmp_path / "plant.toml"
    path.write_text(PLANT, encoding="utf-8")
    (tmp_path / "plant").mkdir()
    return str(path)
