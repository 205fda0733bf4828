import dataclasses
import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.colour_fit import ColourModel
from vision.flat_field import FlatField
from vision.inference import Engine
from vision.inspector import NOTHING_JUDGED, Inspector
from vision.pixel_map import LineMap
from vision.types import Frame, MmBox, PxBox, Verdict, VisionError

Cloth = Callable[..., NDArray[np.uint8]]
MM_PER_PX = 0.5


def frame_of(pixels: NDArray[np.uint8], *, joints: bool = False, damaged: str = "") -> Frame:
    pixels.flags.writeable = False
    return Frame(
        camera_id="cam",
        seq=7,
        pixels=pixels,
        captured_ns=123,
        captured_utc=datetime(2026, 1, 1, tzinfo=UTC),
        joint_top=joints,
        joint_bottom=joints,
        damaged=damaged,
    )


def spot(row: int, column: int, size: int = 4) -> tuple[slice, slice]:
    return slice(row, row + size), slice(column, column + size)


def whole_width(pixels: NDArray[np.uint8]) -> tuple[int, int]:
    return 0, pixels.shape[1]


def test_good_cloth_is_clean(inspector: Inspector, cloth: Cloth) -> None:
    inspection = inspector.inspect(frame_of(cloth()))
    assert inspection.verdict is Verdict.CLEAN
    assert inspection.defects == ()
    assert inspection.reason == ""
    assert 0 < inspection.score < 40
    assert inspection.inspected_mm == MmBox(x0=0.0, y0=0.0, x1=48.0, y1=32.0)
    assert (inspection.camera_id, inspection.frame_seq, inspection.captured_ns) == ("cam", 7, 123)
    assert inspection.fibre is None
    assert inspection.score_map is None


def test_a_black_spot_is_a_defect_at_its_place(inspector: Inspector, cloth: Cloth) -> None:
    inspection = inspector.inspect(frame_of(cloth(spot=spot(20, 40))))
    assert inspection.verdict is Verdict.DEFECTIVE
    (defect,) = inspection.defects
    assert defect.box_px == PxBox(x0=40, y0=20, x1=44, y1=24)
    assert defect.box_mm == MmBox(x0=20.0, y0=10.0, x1=22.0, y1=12.0)
    assert defect.score == inspection.score == 128.0


def test_a_faint_spot_is_unsure_and_says_why(inspector: Inspector, cloth: Cloth) -> None:
    inspection = inspector.inspect(frame_of(cloth(spot=spot(20, 40), value=78)))
    assert inspection.verdict is Verdict.UNSURE
    assert inspection.reason == "highest finding 50 lies between unsure 40 and defective 60"


def test_a_defect_cut_by_a_tile_seam_is_found_once(inspector: Inspector, cloth: Cloth) -> None:
    # 800 rows are cut at rows 264, 520 and 776 (see test_preprocess); three spots lie across the seams.
    pixels = cloth(800)
    for row in (264, 520, 776):
        pixels[row - 8 : row + 8, 40:48] = 0
    inspection = inspector.inspect(frame_of(pixels))
    boxes = sorted((defect.box_px.y0, defect.box_px.y1) for defect in inspection.defects)
    assert boxes == [(256, 272), (512, 528), (768, 784)]


@pytest.mark.parametrize("row", [0, 60, 260, 264, 516, 520, 772, 776, 796])
def test_a_spot_is_found_wherever_it_lies_between_seams(inspector: Inspector, cloth: Cloth, row: int) -> None:
    (defect,) = inspector.inspect(frame_of(cloth(800, spot=spot(row, 40)))).defects
    assert (defect.box_px.y0, defect.box_px.y1) == (row, row + 4)


def test_joints_are_left_out_and_not_counted_as_inspected(inspector: Inspector, cloth: Cloth) -> None:
    pixels = cloth()
    pixels[:4] //= 16  # dark, but not empty
    pixels[60:] //= 16
    joined = inspector.inspect(frame_of(pixels, joints=True))
    assert joined.verdict is Verdict.CLEAN
    assert joined.inspected_mm == MmBox(x0=0.0, y0=2.0, x1=48.0, y1=30.0)
    alone = inspector.inspect(frame_of(pixels))
    assert alone.verdict is Verdict.DEFECTIVE


def test_only_material_is_judged(engine: Engine, cloth: Cloth) -> None:
    calibration = Calibration(camera_id="cam", mm_per_px=MM_PER_PX)
    inspector = Inspector(engine, calibration, find_material=lambda _: (32, 96))
    pixels = cloth()
    pixels[:, :32] = 0  # the table beside the cloth
    inspection = inspector.inspect(frame_of(pixels))
    assert inspection.verdict is Verdict.CLEAN
    assert inspection.inspected_mm.x0 >= 16.0
    assert inspection.inspected_mm.x1 == 48.0


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_picture_without_texture_fails_and_is_never_clean(inspector: Inspector, grey: int) -> None:
    inspection = inspector.inspect(frame_of(np.full((64, 96), grey, np.uint8)))
    assert inspection.verdict is Verdict.FAILED
    assert "no texture" in inspection.reason
    assert math.isnan(inspection.score)
    assert inspection.inspected_mm == NOTHING_JUDGED


def test_a_damaged_frame_fails_with_its_own_reason(inspector: Inspector, cloth: Cloth) -> None:
    inspection = inspector.inspect(frame_of(cloth(), damaged="3 packets lost"))
    assert (inspection.verdict, inspection.reason) == (Verdict.FAILED, "3 packets lost")


def test_a_frame_of_another_width_fails_and_names_both(inspector: Inspector, cloth: Cloth) -> None:
    inspection = inspector.inspect(frame_of(cloth(columns=128)))
    assert inspection.verdict is Verdict.FAILED
    assert "128 px wide" in inspection.reason
    assert "96 px" in inspection.reason


def test_a_colour_camera_may_serve_a_grey_recipe(inspector: Inspector, cloth: Cloth) -> None:
    grey = cloth(spot=spot(20, 40))
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    assert inspector.inspect(frame_of(colour)).score == inspector.inspect(frame_of(grey)).score


def test_whatever_raises_is_failed_and_logged_once(
    engine: Engine, cloth: Cloth, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(pixels: NDArray[np.uint8]) -> tuple[int, int]:
        raise ZeroDivisionError("a bug")

    inspector = Inspector(engine, Calibration(camera_id="cam", mm_per_px=MM_PER_PX), find_material=breaks)
    with caplog.at_level(logging.ERROR):
        inspections = [inspector.inspect(frame_of(cloth())) for _ in range(3)]
    assert {inspection.verdict for inspection in inspections} == {Verdict.FAILED}
    assert inspections[0].reason == "inspecting raised ZeroDivisionError: a bug"
    assert len(caplog.records) == 1


class NanEngine:
    """An engine whose graph has gone wrong."""

    def __init__(self, engine: Engine) -> None:
        self.card = engine.card

    def run_maps(
        self, tile_pixels: NDArray[np.uint8], cloth_px: tuple[int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        return np.full((1, 16, 24), np.nan, np.float32), np.zeros((1, 16, 24), np.uint8)


def test_a_map_of_no_numbers_fails(engine: Engine, cloth: Cloth) -> None:
    calibration = Calibration(camera_id="cam", mm_per_px=MM_PER_PX)
    inspector = Inspector(
        NanEngine(engine),  # type: ignore[arg-type]  # has what the inspector uses
        calibration,
        find_material=whole_width,
    )
    inspection = inspector.inspect(frame_of(cloth()))
    assert inspection.verdict is Verdict.FAILED
    assert "no numbers" in inspection.reason


def test_the_map_has_the_frames_size_and_one_fixed_scale(inspector: Inspector, cloth: Cloth) -> None:
    pixels = cloth(66, spot=spot(20, 40, size=12))
    inspection = inspector.inspect(frame_of(pixels), want_map=True)
    assert inspection.score_map is not None
    assert inspection.score_map.shape == (66, 96)
    assert inspection.score_map.dtype == np.uint16
    assert inspection.score_map[26, 46] == 65535  # 128 of 128
    faint = inspector.inspect(frame_of(cloth(spot=spot(20, 40, size=12), value=64)), want_map=True)
    assert faint.score_map is not None
    assert faint.score_map[26, 46] == round(65535 / 2)  # 64 of 128: the scale doesn't follow the picture


def test_every_stage_is_timed(inspector: Inspector, cloth: Cloth) -> None:
    times = inspector.inspect(frame_of(cloth())).times
    spent = [times.correct_ms, times.infer_ms, times.find_ms, times.measure_ms, times.judge_ms]
    assert all(ms > 0 for ms in spent)


def even(gain: np.ndarray) -> FlatField:
    return FlatField(gain=gain, dark=None, channels=1, uneven_before_pct=0.0, uneven_after_pct=0.0)


def test_a_flat_field_is_applied_before_judging(engine: Engine, cloth: Cloth) -> None:
    gain = np.ones(96, np.float32)
    gain[40:48] = 1.6  # columns that see too little light
    calibration = Calibration(camera_id="cam", mm_per_px=MM_PER_PX, flat_field=even(gain))
    pixels = cloth()
    pixels[:, 40:48] = 80
    corrected = Inspector(engine, calibration, find_material=whole_width).inspect(frame_of(pixels))
    assert corrected.verdict is Verdict.CLEAN


def test_a_finding_is_placed_by_the_camera_s_own_map(engine: Engine, cloth: Cloth) -> None:
    # 96 columns of 0.5 mm in the middle; x_mm = 24 + 24 u + 2.4 u^3, so that the sides are stretched.
    bent = LineMap(columns=96, across_mm=(26.4, 24.0, 0.0, 2.4), skew_mm=(0.0,), mm_per_row=0.51)
    calibration = Calibration(camera_id="cam", mm_per_px=MM_PER_PX, pixel_map=bent)
    frame = frame_of(cloth(spot=spot(20, 40, size=8)))
    (true,) = Inspector(engine, calibration, find_material=whole_width).inspect(frame).defects
    plain = Calibration(camera_id="cam", mm_per_px=MM_PER_PX)
    (nominal,) = Inspector(engine, plain, find_material=whole_width).inspect(frame).defects
    assert true.box_px == nominal.box_px
    u = 2 * true.box_px.x0 / 96 - 1
    assert true.box_mm.x0 == pytest.approx(26.4 + 24 * u + 2.4 * u**3)
    assert true.box_mm.y1 == pytest.approx(true.box_px.y1 * 0.51)
    stretched = (true.box_mm.x1 - true.box_mm.x0) / (nominal.box_mm.x1 - nominal.box_mm.x0)
    assert true.area_mm2 / nominal.area_mm2 == pytest.approx(stretched * 0.51 / 0.5)


def test_clean_fibre_gets_its_colour_where_colour_is_calibrated(bundle_folder: Path, cloth: Cloth) -> None:
    bundle = load_bundle(bundle_folder)
    card = dataclasses.replace(bundle.card, material="fibre")
    engine = Engine(dataclasses.replace(bundle, card=card), threads=1)
    grey_is_grey = np.zeros((6, 3))
    grey_is_grey[1] = (0.96422, 1.0, 0.82521)  # green alone: the grey of the frame on D50's white
    colour = ColourModel(gamma=1.0, coefficients=grey_is_grey)
    calibrated = Calibration(camera_id="cam", mm_per_px=MM_PER_PX, colour=colour)
    fibre = Inspector(engine, calibrated).inspect(frame_of(cloth())).fibre
    assert fibre is not None
    assert fibre.lab is not None
    reflectance = fibre.mean_bgr[1] / 255
    assert fibre.lab == pytest.approx((116 * reflectance ** (1 / 3) - 16, 0.0, 0.0), abs=1e-6)
    plain = Inspector(engine, Calibration(camera_id="cam", mm_per_px=MM_PER_PX)).inspect(frame_of(cloth()))
    assert plain.fibre is not None
    assert plain.fibre.lab is None


def test_a_camera_can_be_calibrated_while_it_runs(engine: Engine, cloth: Cloth) -> None:
    inspector = Inspector(
        engine, Calibration(camera_id="cam", mm_per_px=MM_PER_PX), find_material=whole_width
    )
    gain = np.ones(96, np.float32)
    gain[40:48] = 1.6
    pixels = cloth()
    pixels[:, 40:48] = 80
    assert inspector.inspect(frame_of(pixels)).verdict is Verdict.UNSURE
    inspector.recalibrate(Calibration(camera_id="cam", mm_per_px=MM_PER_PX, flat_field=even(gain)))
    assert inspector.inspect(frame_of(pixels)).verdict is Verdict.CLEAN
    with pytest.raises(VisionError, match="a pixel is 0.6 mm"):
        inspector.recalibrate(Calibration(camera_id="cam", mm_per_px=0.6))
    assert inspector.inspect(frame_of(pixels)).verdict is Verdict.CLEAN


def test_a_frame_that_shows_nothing_is_not_judged(inspector: Inspector, cloth: Cloth) -> None:
    frame = dataclasses.replace(frame_of(cloth()), unfit="the picture is black")
    inspection = inspector.inspect(frame)
    assert (inspection.verdict, inspection.reason) == (Verdict.FAILED, "the picture is black")


def test_a_camera_of_another_scale_is_refused_at_the_start(engine: Engine) -> None:
    with pytest.raises(VisionError, match=r"a pixel is 0.6 mm, the recipe .* at 0.5 mm"):
        Inspector(engine, Calibration(camera_id="cam", mm_per_px=0.6))


def test_a_fibre_recipe_measures_fibre_over_the_whole_width(bundle_folder: Path, cloth: Cloth) -> None:
    bundle = load_bundle(bundle_folder)
    card = dataclasses.replace(bundle.card, material="fibre")
    engine = Engine(dataclasses.replace(bundle, card=card), threads=1)
    inspector = Inspector(engine, Calibration(camera_id="cam", mm_per_px=MM_PER_PX))
    inspection = inspector.inspect(frame_of(cloth(spot=spot(20, 40, size=8))))
    assert inspection.fibre is not None
    assert inspection.fibre.trash_count == 1
    assert inspection.fibre.trash_area_pct == pytest.approx(
        100 * 76 / 6144, abs=0.2
    )  # 8 x 8 px and a soft edge
    assert inspection.inspected_mm.x1 == 48.0
