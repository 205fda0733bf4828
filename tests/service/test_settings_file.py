from pathlib import Path

import pytest

from service.settings import LineSettings, PlantSettings, RenderedCamera, RunSettings
from service.settings_file import SettingsError, load_any, load_line

DEMO = Path(__file__).parents[2] / "service" / "demo"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "line.toml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = (DEMO / "fabric.toml").read_text(encoding="utf-8")
    assert old in text
    return write(tmp_path, text.replace(old, new, 1))


def test_the_demo_files_are_good_and_their_kind_is_told_by_their_keys() -> None:
    kinds = [type(load_any(DEMO / name)) for name in ("fabric.toml", "fibre.toml", "plant.toml", "run.toml")]
    assert kinds == [LineSettings, LineSettings, PlantSettings, RunSettings]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load_line(changed(tmp_path, "seed = 11", "seed = 12"))
    assert settings.data_dir == tmp_path / "lines" / "demo-fabric"
    assert settings.uplink is not None
    assert settings.uplink.token_file == tmp_path / "secrets" / "demo-fabric.token"
    assert isinstance(settings.camera, RenderedCamera)
    assert settings.camera.seed == 12


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("speed_mm_s = 250.0", "speed_m_min = 15.0", ["[web]", "'speed_m_min'", "not known"]),
        ("speed_mm_s = 250.0", "speed_mms = 250.0", ["'speed_mms'", "did you mean 'speed_mm_s'"]),
        ("speed_mm_s = 250.0", "speed_mm_s = -3", ["[web]", "'speed_mm_s'", "-3", "greater than 0"]),
        ("speed_mm_s = 250.0\n", "", ["[web]", "'speed_mm_s'", "missing"]),
        ('line = "demo-fabric"', 'line = "../other"', ["'line'", "../other"]),
        ('driver = "rendered"', 'driver = "gige"', ["camera", "gige"]),
        ("budget_mb = 200.0", 'budget_mb = "much"', ["[pictures]", "'budget_mb'", "much"]),
        ("[web]", "[web", ["is not TOML"]),
    ],
)
def test_a_wrong_key_unit_or_value_is_named_with_its_table(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(SettingsError) as caught:
        load_line(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_all_wrong_keys_are_named_at_once(tmp_path: Path) -> None:
    text = (DEMO / "fabric.toml").read_text(encoding="utf-8")
    path = write(tmp_path, text.replace("rows = 256", "row = 256").replace("baud =", "bauds ="))
    with pytest.raises(SettingsError) as caught:
        load_line(path)
    assert "'row'" in str(caught.value)
    assert "'bauds'" in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: there is no such file"):
        load_line(tmp_path / "nowhere.toml")
