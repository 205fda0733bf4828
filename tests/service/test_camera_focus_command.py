"""maqta camera focus over pictures and over a line's camera."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.synthesis.demo import demo_scene
from service.cli import main

LINE = Path(__file__).parents[2] / "service" / "demo" / "fabric.toml"


@pytest.fixture
def cloth(tmp_path: Path) -> Callable[[str, float], Path]:
    scene = demo_scene("fabric", columns=512, mm_per_px=0.4, seed=1, defect_rate_per_m2=0)
    sharp = scene.render(0, 128)

    def save(name: str, blur_px: float) -> Path:
        pixels = cv2.GaussianBlur(sharp, (0, 0), blur_px) if blur_px else sharp
        path = tmp_path / name
        cv2.imwrite(str(path), pixels)
        return path

    return save


def test_the_sharpest_picture_is_told_from_the_others(
    cloth: Callable[[str, float], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = [cloth("soft.png", 2.0), cloth("sharp.png", 0.0), cloth("softer.png", 3.0)]
    assert main(["camera", "focus", "--json", *map(str, pictures)]) == 0
    soft, sharp, softer = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert sharp["sharpness"] > 2 * soft["sharpness"] > 2 * softer["sharpness"]
    assert main(["camera", "focus", *map(str, pictures)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "100% of the best" in lines[1]
    assert "100% of the best" not in lines[2]


def test_exposure_is_advised_upon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, level in (("dark.png", 40), ("bright.png", 250)):
        noise = np.random.default_rng(1).normal(level, 6, (64, 64))
        cv2.imwrite(str(tmp_path / name), noise.clip(0, 255).astype(np.uint8))
    assert main(["camera", "focus", str(tmp_path / "dark.png"), str(tmp_path / "bright.png")]) == 0
    dark, bright = capsys.readouterr().out.splitlines()
    assert dark.endswith("more light or exposure")
    assert bright.endswith("less exposure")


def test_a_line_s_camera_can_be_focused_while_the_line_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["camera", "focus", "--line", str(LINE), "--frames", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["frame", "0"], ["frame", "1"]]


def test_pictures_or_a_line_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["camera", "focus"]) == 2
    assert "give either pictures or --line" in capsys.readouterr().err
