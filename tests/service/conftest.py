"""A plant's settings for the commands that work beside one."""

from pathlib import Path

import pytest

PLANT = """
enterprise = "mill"
site = "north"
data_dir = "plant"
registry_dir = "registry"
host = "127.0.0.1"
port = 0
time_zone = "Asia/Almaty"
shifts = []
[[lines]]
line = "opener-1"
token_file = "opener-1.token"
[acceptance]
first_points_per_100_m2 = 20.0
second_points_per_100_m2 = 40.0
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    """The file of a plant with one line and an empty folder."""
    path = tmp_path / "plant.toml"
    path.write_text(PLANT, encoding="utf-8")
    (tmp_path / "plant").mkdir()
    return str(path)
