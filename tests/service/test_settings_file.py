from collections.abc import Callable
from pathlib import Path

import pytest

from service.settings import LineSettings, PlantSettings, RenderedCamera, RunSettings, address_of
from service.settings_file import SettingsError, load_any, load_line, load_plant, load_run, load_site
from vision.provider import Provider

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


def test_a_line_computes_on_the_cpu_unless_told_otherwise(tmp_path: Path) -> None:
    silent = load_line(changed(tmp_path, '[inference]\nprovider = "cpu"\n', ""))
    assert silent.inference.provider is Provider.CPU
    told = load_line(changed(tmp_path, 'provider = "cpu"', 'provider = "openvino"'))
    assert told.inference.provider is Provider.OPENVINO


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
        ("127.0.0.1:8420", "127.0.0.1:84200", ["[uplink]", "'url'", "http://"]),
        ("http://127.0.0.1:8420", "http://[::1", ["[uplink]", "'url'", "http://"]),
        ("http://127.0.0.1:8420", "http://", ["[uplink]", "'url'", "http://"]),
        ("http://127.0.0.1:8420", "https://a b", ["[uplink]", "'url'", "http://"]),
        ("http://127.0.0.1:8420", "ftp://plant", ["[uplink]", "'url'", "ftp://plant", "http://"]),
        (
            'article = "demo-twill"',
            f'article = "t"\nsupplier = "{"s" * 81}"',
            ["'supplier'", "80 characters"],
        ),
        ('driver = "rendered"', 'driver = "gige"', ["camera", "gige"]),
        ("budget_mb = 200.0", 'budget_mb = "much"', ["[pictures]", "'budget_mb'", "much"]),
        (
            'provider = "cpu"',
            'provider = "gpu"',
            ["[inference]", "'provider'", "'gpu'", "'cpu', 'cuda' or 'openvino'"],
        ),
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


PLANT_FAULTS = [
    ('"Asia/Almaty"', '"Mars/Olympus"', ["'time_zone'", "Mars/Olympus", "Asia/Almaty"]),
    ('"Asia/Almaty"', '"Asia"', ["'time_zone'", "'Asia'", "a name such as"]),
    ('"Asia/Almaty"', '"../../etc/passwd"', ["'time_zone'", "../../etc/passwd"]),
    ('host = "127.0.0.1"', 'host = ""', ["'host'", "at least 1 character"]),
    ('host = "127.0.0.1"', 'host = "the plant"', ["'host'", "the plant", "a name or an address"]),
    ('host = "127.0.0.1"', f'host = "{"h" * 64}.test"', ["'host'", "a name or an address"]),
    ("48.0", "8.0", ["'acceptance'", "second_points_per_100_m2 8", "first_points_per_100_m2 28"]),
    ("48.0", "inf", ["[acceptance]", "'second_points_per_100_m2'", "finite"]),
    ('line = "demo-fibre"', 'line = "demo-fabric"', ["'lines'", "demo-fabric stands there twice"]),
    ("demo-fibre.token", "demo-fabric.token", ["'lines'", "demo-fabric.token stands there twice"]),
    ('"20:00"', '"08:00"', ["'shifts'", "08:00 stands there twice"]),
    ('name = "B"', 'name = "A"', ["'shifts'", "A stands there twice"]),
]


@pytest.mark.parametrize(("old", "new", "words"), PLANT_FAULTS)
def test_plant_settings_that_cannot_work_are_refused_before_the_start(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    text = (DEMO / "plant.toml").read_text(encoding="utf-8")
    assert old in text
    path = write(tmp_path, text.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        load_plant(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_plant_without_lines_is_refused(tmp_path: Path) -> None:
    text = (DEMO / "plant.toml").read_text(encoding="utf-8")
    head, shifts = text.split("[[lines]]", 1)[0], text[text.index("[[shifts]]") :]
    with pytest.raises(SettingsError, match="'lines': .* at least 1 item"):
        load_plant(write(tmp_path, f"{head}lines = []\n{shifts}"))


@pytest.mark.parametrize(
    ("load", "name", "words"),
    [
        (load_line, "plant.toml", "settings of a plant, not of a line; use it with 'maqta plant'"),
        (load_plant, "fabric.toml", "settings of a line, not of a plant; use it with 'maqta line'"),
        (load_run, "plant.toml", "settings of a plant, not of a run; use it with 'maqta plant'"),
        (load_plant, "run.toml", "settings of a run, not of a plant; use it with 'maqta run'"),
    ],
)
def test_a_file_of_another_kind_is_told_as_such(
    load: Callable[[Path], object], name: str, words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(DEMO / name)
    assert str(caught.value) == f"{DEMO / name}: these are the {words}"


def test_a_key_in_the_wrong_table_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\[web\], key 'baud': .* it belongs to another table"):
        load_line(changed(tmp_path, "[web]", "[web]\nbaud = 9600"))


def site(tmp_path: Path, *lines: tuple[str, str]) -> RunSettings:
    """A RUN.toml over the demo's plant and copies of its fabric line, each with one text replaced."""
    (tmp_path / "plant.toml").write_bytes((DEMO / "plant.toml").read_bytes())
    text = (DEMO / "fabric.toml").read_text(encoding="utf-8")
    for number, (old, new) in enumerate(lines):
        assert old in text
        (tmp_path / f"{number}.toml").write_text(text.replace(old, new), encoding="utf-8")
    names = [f"{number}.toml" for number in range(len(lines))]
    (tmp_path / "run.toml").write_text(f'plant = "plant.toml"\nlines = {names}\n', encoding="utf-8")
    return load_run(tmp_path / "run.toml")


def test_the_files_of_the_demo_fit_together() -> None:
    plant, lines = load_site(load_run(DEMO / "run.toml"))
    assert [line.line for line in lines] == [access.line for access in plant.lines]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("seed = 11", "seed = 1"), ("seed = 11", "seed = 2")], "line 'demo-fabric' is that of"),
        ([("seed = 11", "seed = 11"), ("seed = 11", "seed = 11")], "line 'demo-fabric' is that of"),
        ([('line = "demo-fabric"', 'line = "stranger"')], "does not know line 'stranger'"),
        (
            [("seed = 11", "seed = 1"), ('line = "demo-fabric"', 'line = "demo-fibre"')],
            "lines/demo-fabric' is that of",
        ),
        ([('site = "demo-mill"', 'site = "south"')], "'demo/south' is not the plant's 'demo/demo-mill'"),
    ],
)
def test_files_that_do_not_fit_together_are_refused(
    tmp_path: Path, lines: list[tuple[str, str]], words: str
) -> None:
    run = site(tmp_path, *lines)
    with pytest.raises(SettingsError) as caught:
        load_site(run)
    assert words in str(caught.value)
    assert str(tmp_path / f"{len(lines) - 1}.toml") in str(caught.value)


def test_an_address_has_brackets_where_it_is_a_new_one() -> None:
    assert address_of("127.0.0.1", 8420) == "http://127.0.0.1:8420"
    assert address_of("::1", 8420) == "http://[::1]:8420"
