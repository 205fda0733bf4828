"""The camera tables that docs/cameras.md shows are settings that load."""

import re
import tomllib
from pathlib import Path

import pytest

from service.camera_settings import GenicamCameraSettings, StitchedCameraSettings
from service.settings_file import SettingsError, load_line

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cameras.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
REST = (ROOT / "service" / "demo" / "fabric.toml").read_text(encoding="utf-8")
CAMERA = re.compile(r"\[camera\]\n.*?\n\n", re.DOTALL)


def written(tmp_path: Path, camera: str) -> Path:
    path = tmp_path / "line.toml"
    path.write_text(
        CAMERA.sub("", REST).replace("distance_mm = 600.0", "distance_mm = 900.0") + "\n" + camera
    )
    return path


def snippet(key: str) -> str:
    return next(text for text in SNIPPETS if key in text)


def test_the_page_shows_a_camera_two_cameras_and_a_film() -> None:
    assert [sorted(tomllib.loads(text)) for text in SNIPPETS] == [["camera"], ["camera"], ["film"]]


def test_a_gige_camera_is_named_as_the_page_says(tmp_path: Path) -> None:
    settings = load_line(written(tmp_path, snippet("exposure_us")))
    camera = settings.camera
    assert isinstance(camera, GenicamCameraSettings)
    assert (camera.address, camera.exposure_us, camera.packet_bytes) == ("192.168.3.12", 45.0, 8192)
    assert camera.pixel_format == "Mono8"


def test_two_cameras_and_a_film_are_named_as_the_page_says(tmp_path: Path) -> None:
    settings = load_line(written(tmp_path, snippet("stitched") + snippet("[film]")))
    camera = settings.camera
    assert isinstance(camera, StitchedCameraSettings)
    assert [part.x0_mm for part in camera.parts] == [0.0, 976.0]
    assert camera.parts[1].early_mm == 3.0
    assert settings.film is not None
    assert settings.film.ring_s == 60.0


def test_a_folder_inside_several_cameras_is_relative_to_the_file(tmp_path: Path) -> None:
    part = 'camera = {{ driver = "replay", folder = "{0}", mm_per_px = 0.4, columns = 128, rows = 128, '
    part += "loop = true, demo = true }}\n"
    table = '[camera]\ndriver = "stitched"\nmm_per_px = 0.4\ncolumns = 256\nrows = 128\n'
    for x0_mm, name in ((0.0, "left"), (51.2, "right")):
        table += f"[[camera.parts]]\nx0_mm = {x0_mm}\n" + part.format(name)
    camera = load_line(written(tmp_path, table)).camera
    assert isinstance(camera, StitchedCameraSettings)
    folders = [part.camera.folder for part in camera.parts]  # type: ignore[union-attr]
    assert folders == [tmp_path / "left", tmp_path / "right"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ('trigger_source = "Line 1"', "trigger_source"),
        ('trigger_source = "Line1"\nexposure_ms = 2.0', "exposure_ms"),
        ('trigger_source = "Line1"\npacket_bytes = 100', "packet_bytes"),
    ],
)
def test_a_wrong_camera_key_is_named(tmp_path: Path, wrong: str, message: str) -> None:
    table = '[camera]\ndriver = "aravis"\naddress = ""\nmm_per_px = 0.4\ncolumns = 256\nrows = 128\n'
    with pytest.raises(SettingsError, match=message):
        load_line(written(tmp_path, table + wrong))
