"""Plans worked by hand, and the command that shows them."""

import json

import pytest

from service.camera_plan import PlanError, plan_camera
from service.camera_plan_steps import PHOTONS_PER_LX_S_UM2, PlanWish
from service.cli import main


def wish(**changes: float) -> PlanWish:
    return PlanWish(**{"width_mm": 1600.0, "speed_m_min": 60.0, "smallest_mm": 0.6, **changes})  # type: ignore[arg-type]


def test_one_wide_camera_over_a_loom() -> None:
    plan = plan_camera(wish())
    assert plan.value("largest pixel") == pytest.approx(0.2)
    assert plan.value("pixels across") == pytest.approx(8000)
    assert plan.value("cameras") == 1
    assert plan.value("pixel on the web") == pytest.approx(1600 / 8192)
    assert plan.value("line rate") == pytest.approx(1000 / (1600 / 8192) / 1000)  # 5.12 kHz
    assert plan.value("encoder") == pytest.approx(5.12)
    assert plan.value("exposure at most") == pytest.approx(0.5 / 5120 * 1e6)
    assert plan.value("pixels a second") == pytest.approx(8192 * 5120 / 1e6)
    assert plan.value("load of the inspector") == pytest.approx(8192 * 5120 / 1e6 / 30.9)
    assert plan.value("speed one PC inspects") == pytest.approx(60 * 30.9 / 41.94304)


def test_several_cameras_share_the_width_and_their_overlaps() -> None:
    # Pixels of 0.2 mm: 4096 of them see 819.2 mm, with 20 mm of overlap each further camera adds 799.2 mm.
    plan = plan_camera(wish(sensor_px=4096))
    assert plan.value("cameras") == 2
    assert plan.value("pixel on the web") == pytest.approx(1620 / 8192)
    exactly = plan_camera(wish(sensor_px=4096, width_mm=819.2 + 799.2))
    assert exactly.value("cameras") == 2
    assert plan_camera(wish(sensor_px=4096, width_mm=819.2 + 799.3)).value("cameras") == 3


def test_pixels_are_never_larger_than_asked_for() -> None:
    for width_mm in (50.0, 300.0, 1640.0, 3300.0, 5000.0):
        plan = plan_camera(wish(width_mm=width_mm))
        assert plan.value("pixel on the web") <= plan.value("largest pixel") * (1 + 1e-9)


def test_lens_and_light_follow_the_thin_lens() -> None:
    plan = plan_camera(wish())
    m = 0.005 / (1600 / 8192)
    assert plan.value("magnification") == pytest.approx(m)
    assert plan.value("focal length") == pytest.approx(1000 * m / (1 + m))
    assert plan.value("depth of field") == pytest.approx(2 * 4 * 0.005 * (1 + m) / m**2)
    # 6000 electrons at a quantum efficiency of 0.5 on 25 µm² are 480 photons/µm²; 8680 of them are a lx s.
    assert pytest.approx(8680, rel=1e-3) == PHOTONS_PER_LX_S_UM2
    klx = 480 / 8680 / (0.5 / 5120) * 4 * (4 * (1 + m)) ** 2 / (0.5 * 0.9) / 1000
    assert plan.value("light on the web") == pytest.approx(klx, rel=1e-3)


def test_black_cloth_needs_more_light_in_proportion() -> None:
    black, grey = (plan_camera(wish(reflectance=share)).value("light on the web") for share in (0.05, 0.5))
    assert black == pytest.approx(10 * grey)


def test_an_area_camera_has_a_frame_rate() -> None:
    assert plan_camera(wish(area_rows=1024)).value("frame rate") == pytest.approx(5120 / 1024)


def test_the_wire_is_chosen_by_what_it_carries() -> None:
    slow = next(step for step in plan_camera(wish()).steps if step.name == "data of a camera")
    assert slow.note == "fits GigE Vision, 1 Gbit/s"  # 42 MB/s
    fast = plan_camera(wish(speed_m_min=300.0, channels=3)).steps
    assert "10 Gbit/s" in next(step for step in fast if step.name == "data of a camera").note  # 629 MB/s


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"width_mm": 0.0}, r"--width-mm is 0; give 10 to 20000"),
        ({"speed_m_min": float("nan")}, r"--speed-m-min is nan"),
        ({"blur_px": 2.0}, r"--blur-px is 2; give 0.05 to 1"),
        ({"smallest_mm": 0.01, "sensor_px": 1024}, r"sees less than the overlap of 20 mm"),
    ],
)
def test_a_wish_that_can_not_be_met_says_what_to_change(changes: dict[str, float], says: str) -> None:
    with pytest.raises(PlanError, match=says):
        plan_camera(wish(**changes))


def test_the_command_shows_formula_numbers_and_figure(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ["--width-mm", "1600", "--speed-m-min", "60", "--smallest-mm", "0.6"]
    assert main(["camera", "plan", *wanted]) == 0
    said = capsys.readouterr().out
    assert "speed / pixel = 1000 mm/s / 0.1953 mm" in said
    assert main(["camera", "plan", *wanted, "--json", "--channels", "3"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["wish"]["channels"] == 3
    assert {step["name"] for step in plan["steps"]} >= {"line rate", "light on the web"}
    assert main(["camera", "plan", *wanted[:-1], "900"]) == 2
    assert "--smallest-mm is 900" in capsys.readouterr().err
