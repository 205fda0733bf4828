"""The known truth of rendered targets is found again: scale within 0.1 %, a point within 0.3 px."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.synthesis.targets import AreaView, LineView, ToTarget, render_board
from vision.charuco import BoardSize, Corners, find_corners
from vision.pixel_map import JoinedMap, LineMap, PixelMap, PlaneMap, placed_box
from vision.scale_fit import ScaleFit, check_scale_fit, solve_line, solve_plane
from vision.types import PxBox, VisionError

COLUMNS, ROWS = 640, 480
AREA_BOARD = BoardSize(across=30, along=23, square_mm=12)
BARREL = np.array([-0.15, 0.05, 0.0005, -0.0003, 0.0])
LINE_BOARD = BoardSize(across=30, along=5, square_mm=12)
TILTED_LINE = LineView(
    columns=1536, mm_per_px=0.25, mm_per_row=0.25, tilt=0.012, barrel=-0.004, turned_rad=0.002,
    target_turned_rad=0.008, target_at_mm=(180.0, -6.0),
)  # fmt: skip


def area_view(distortion: NDArray[np.float64] = BARREL) -> AreaView:
    """A camera 430 mm above the target, not quite upright; about 0.57 mm a pixel."""
    return AreaView(
        camera=np.array([[750.0, 0, 325], [0, 750.0, 236], [0, 0, 1]]),
        distortion=distortion,
        rotation=np.array([0.03, -0.04, 0.02]),
        translation_mm=np.array([-180.0, -138.0, 430.0]),
    )


@cache
def area_corners(straight: bool = False) -> Corners:
    view = area_view(np.zeros(5) if straight else BARREL)
    rng = np.random.default_rng(3)
    pixels = render_board(AREA_BOARD, view.to_target, columns=COLUMNS, rows=ROWS, rng=rng)
    return find_corners(pixels, AREA_BOARD, name="area")


@cache
def line_corners() -> Corners:
    rng = np.random.default_rng(4)
    pixels = render_board(LINE_BOARD, TILTED_LINE.to_target, columns=1536, rows=240, rng=rng)
    return find_corners(pixels, LINE_BOARD, name="line")


def line_fit() -> ScaleFit:
    return solve_line(line_corners(), columns=1536, encoder_mm_per_row=0.25)


def errors_px(
    found: PixelMap, truth: ToTarget, at: NDArray[np.float64], mm: float
) -> tuple[NDArray[np.float64], float]:
    """How far the map is off at points, in pixels, and its error of scale; frames may be turned and moved."""
    got, true = found.to_mm(at), truth(at)
    got, true = got - got.mean(axis=0), true - true.mean(axis=0)
    u, stretch, v = np.linalg.svd(got.T @ true)
    return np.hypot(*(got @ u @ v - true).T) / mm, float(stretch.sum() / (got**2).sum() - 1)


def test_an_area_camera_is_found_again() -> None:
    corners = area_corners()
    fit = solve_plane([corners], columns=COLUMNS, rows=ROWS)
    check_scale_fit(fit, camera_id="cam")
    inside = np.stack(np.meshgrid(np.linspace(40, 600, 15), np.linspace(40, 440, 11)), -1).reshape(-1, 2)
    off_px, scale = errors_px(fit.pixel_map, area_view().to_target, inside, fit.pixel_map.mm_per_px)
    assert off_px.max() < 0.3
    assert abs(scale) < 0.001
    assert fit.rms_px < 0.2


def test_without_taking_the_lens_out_the_same_camera_is_refused() -> None:
    """The check of the check: a homography alone leaves far more than the limit on this lens."""
    corners = area_corners()
    fit = solve_plane([corners], columns=COLUMNS, rows=ROWS)
    assert isinstance(fit.pixel_map, PlaneMap)
    bent = replace(fit.pixel_map, radial=(0.0, 0.0, 0.0))
    off_px, _ = errors_px(bent, area_view().to_target, corners.px, fit.pixel_map.mm_per_px)
    assert off_px.max() > 1.0


def test_a_lens_without_distortion_gets_none() -> None:
    fit = solve_plane([area_corners(straight=True)], columns=COLUMNS, rows=ROWS)
    assert isinstance(fit.pixel_map, PlaneMap)
    edge = np.array([[0.0, ROWS / 2], [COLUMNS, ROWS / 2]])
    straight = replace(fit.pixel_map, radial=(0.0, 0.0, 0.0)).to_mm(edge)
    assert fit.pixel_map.to_mm(edge) == pytest.approx(straight, abs=0.3 * fit.pixel_map.mm_per_px)


def test_further_views_sharpen_the_lens_and_the_first_one_sets_the_plane() -> None:
    corners = area_corners()
    half = corners.px[:, 0] < COLUMNS / 2
    left, right = (Corners(px=corners.px[part], mm=corners.mm[part]) for part in (half, ~half))
    fit = solve_plane([corners, left, right], columns=COLUMNS, rows=ROWS)
    alone = solve_plane([corners], columns=COLUMNS, rows=ROWS)
    assert fit.pixel_map.mm_per_px == pytest.approx(alone.pixel_map.mm_per_px, rel=1e-4)
    assert fit.corners == 2 * alone.corners


def test_a_line_scan_camera_is_found_again_with_tilt_lens_and_a_crooked_line() -> None:
    fit = line_fit()
    check_scale_fit(fit, camera_id="cam")
    everywhere = np.stack(np.meshgrid(np.linspace(50, 1486, 40), np.linspace(0, 240, 5)), -1).reshape(-1, 2)
    off_px, scale = errors_px(fit.pixel_map, TILTED_LINE.web_mm, everywhere, 0.25)
    assert off_px.max() < 0.3
    assert abs(scale) < 0.001


def test_the_target_s_own_turn_does_not_turn_the_web() -> None:
    fit = line_fit()
    assert fit.turned_mrad == pytest.approx(-8, abs=0.3)  # the web goes 8 mrad beside the target's squares
    across = fit.pixel_map.to_mm(np.array([[0.0, 0.0], [1536.0, 0.0]]))
    # The camera's line is 2 mrad off square and 384 mm long; 60 mm of target tell the web's way to 1 mrad.
    assert across[1, 1] - across[0, 1] == pytest.approx(384 * 0.002, abs=0.4)


def test_the_left_edge_s_place_on_the_target_joins_cameras() -> None:
    fit = line_fit()
    edge = TILTED_LINE.to_target(np.array([[0.0, 0.0]]))[0]
    web = np.array([np.cos(0.008), np.sin(0.008)])  # the target's x and y on the web's x
    assert fit.target_x0_mm == pytest.approx(float(edge @ web), abs=0.1)


def test_cameras_side_by_side_get_a_map_each_and_one_ruler() -> None:
    """Two cameras see one board with an overlap; the second hangs higher and looks at another place."""
    joint, encoder = 768, 0.25
    left = replace(TILTED_LINE, columns=joint, target_at_mm=(90.0, -6.0))
    right = replace(left, mm_per_px=0.26, tilt=-0.01, target_at_mm=(90.0 + 180.0, -4.5))
    rng = np.random.default_rng(6)
    halves = [
        render_board(LINE_BOARD, view.to_target, columns=joint, rows=240, rng=rng) for view in (left, right)
    ]
    corners = find_corners(np.hstack(halves), LINE_BOARD, name="both", joints=(joint,))
    fit = solve_line(corners, columns=2 * joint, encoder_mm_per_row=encoder, joints=(joint,))
    check_scale_fit(fit, camera_id="cam")
    assert isinstance(fit.pixel_map, JoinedMap)

    def truth(points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        mine = points_px[:, 0] < joint
        moved = points_px - np.array([joint, 0.0])
        return np.where(mine[:, None], left.to_target(points_px), right.to_target(moved))

    grid = np.stack(np.meshgrid(np.linspace(60, 1476, 40), np.linspace(10, 230, 5)), -1).reshape(-1, 2)
    off_px, scale = errors_px(fit.pixel_map, truth, grid, 0.25)
    assert off_px.max() < 0.3
    assert abs(scale) < 0.001
    # The same place on the web, seen by both: 5 mm left of the joint's own place, in either camera.
    one = fit.pixel_map.to_mm(np.array([[joint - 20.0, 100.0]]))[0]
    target = left.to_target(np.array([[joint - 20.0, 100.0]]))
    beside = np.linspace(0, 200, 20001)
    again = right.to_target(np.column_stack([beside, np.full(beside.size, 100.0)]))
    twin = float(beside[np.abs(again[:, 0] - target[0, 0]).argmin()])
    other = fit.pixel_map.to_mm(np.array([[joint + twin, 100.0]]))[0]
    assert other[0] == pytest.approx(one[0], abs=0.1)


def test_one_map_over_two_cameras_is_refused() -> None:
    corners = line_corners()
    jumped = Corners(px=corners.px, mm=corners.mm + np.array([3.0, 0.0]) * (corners.px[:, :1] > 768))
    with pytest.raises(VisionError, match="beside the solved map"):
        check_scale_fit(solve_line(jumped, columns=1536, encoder_mm_per_row=None), camera_id="cam")
    joined = solve_line(jumped, columns=1536, encoder_mm_per_row=None, joints=(768,))
    check_scale_fit(joined, camera_id="cam")
    with pytest.raises(VisionError, match=r"camera 2 of 2 in the picture sees 1 columns .* at least 8"):
        solve_line(jumped, columns=1536, encoder_mm_per_row=None, joints=(1450,))


def test_an_encoder_that_disagrees_with_the_target_is_refused() -> None:
    fit = solve_line(line_corners(), columns=1536, encoder_mm_per_row=0.252)
    assert fit.pixel_map.mm_per_row == 0.252
    with pytest.raises(VisionError, match=r"by the encoder a row is 0.252 mm, by the target 0.25.*0.5%"):
        check_scale_fit(fit, camera_id="cam")


def test_pixels_that_are_not_square_are_refused() -> None:
    stretched = replace(TILTED_LINE, mm_per_row=0.28)
    fit = line_fit()
    assert isinstance(fit.pixel_map, LineMap)
    longer = replace(
        fit, pixel_map=replace(fit.pixel_map, mm_per_row=stretched.mm_per_row), target_along_mm_per_row=0.28
    )
    with pytest.raises(VisionError, match=r"0.249\d* mm wide and 0.28 mm long, they may differ by 5%"):
        check_scale_fit(longer, camera_id="cam")


def test_a_bent_target_is_refused_with_the_figures_and_the_cure() -> None:
    corners = line_corners()
    bent = Corners(px=corners.px, mm=corners.mm + np.array([0.6, 0.0]) * (corners.mm[:, 1:] > 30))
    fit = solve_line(bent, columns=1536, encoder_mm_per_row=None)
    with pytest.raises(
        VisionError, match=r"camera cam: the target's corners lie .* px .*allowed are 0.3 and"
    ):
        check_scale_fit(fit, camera_id="cam")


def test_a_target_that_covers_too_little_is_refused() -> None:
    corners = line_corners()
    part = corners.px[:, 0] < 700
    fit = solve_line(Corners(px=corners.px[part], mm=corners.mm[part]), columns=1536, encoder_mm_per_row=None)
    with pytest.raises(VisionError, match=r"span 3\d% of the picture, at least 85% are needed"):
        check_scale_fit(fit, camera_id="cam")


def test_a_picture_without_the_target_says_how_much_is_missing() -> None:
    grey = np.full((200, 300), 128, np.uint8)
    with pytest.raises(VisionError, match="blank: 0 of the target's 638 corners are seen, at least 159"):
        find_corners(grey, AREA_BOARD, name="blank")


@pytest.mark.parametrize("size", [(2, 9, 20.0), (100, 40, 20.0), (9, 9, 0.5)])
def test_a_board_that_can_not_be_made_is_refused(size: tuple[int, int, float]) -> None:
    with pytest.raises(VisionError, match="target: "):
        BoardSize(across=size[0], along=size[1], square_mm=size[2])


def test_a_box_is_placed_with_its_bulge_and_its_true_area() -> None:
    # x = 50 (u + 1), y = 2 row + 3 u^2: a box over the middle sags by nothing there and by 3 at its sides.
    sagging = LineMap(columns=100, across_mm=(50.0, 50.0), skew_mm=(0.0, 0.0, 3.0), mm_per_row=2.0)
    box, area_mm2 = placed_box(PxBox(x0=0, y0=10, x1=100, y1=20), sagging)
    assert (box.x0, box.x1) == pytest.approx((0.0, 100.0))
    assert (box.y0, box.y1) == pytest.approx((20.0, 43.0))
    assert area_mm2 == pytest.approx(100 * 20)  # the sag moves area, it makes none
