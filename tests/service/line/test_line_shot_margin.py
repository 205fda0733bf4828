import dataclasses
import math
from importlib.resources import files

import pytest

from service.line.geometry import geometry_of, shot_margin_mm
from service.settings_file import load_line
from vision.calibration import Calibration


@pytest.fixture
def line(tmp_path):
    path = tmp_path / "fibre.toml"
    path.write_bytes(files("service.demo").joinpath("fibre.toml").read_bytes())
    return load_line(path)


def test_without_spreads_a_shot_keeps_its_set_margin(line):
    assert shot_margin_mm(line) == line.sorter.margin_mm == 6.0


def test_the_spread_of_speed_and_of_the_valve_widens_the_shot(line):
    sorter = dataclasses.replace(line.sorter, margin_mm=1.0, velocity_spread_pct=0.5, latency_spread_ms=1.0)
    wider = dataclasses.replace(line, sorter=sorter)
    calibration = Calibration(camera_id="c", mm_per_px=line.camera.mm_per_px)
    # 0.5 % of 300 mm is 1.5 mm; 1 ms at 500 mm/s is 0.5 mm; twice their root of squares, and 1 mm
    assert shot_margin_mm(wider) == pytest.approx(1.0 + 2 * math.hypot(1.5, 0.5))
    assert geometry_of(wider, calibration).policy.margin_mm == pytest.approx(shot_margin_mm(wider))
