import cv2
import numpy as np
import pytest

from service.line.crops import CROPS_A_FRAME, encode, plan_crops
from vision.types import PxBox


def box(x0: int, y0: int, x1: int, y1: int) -> PxBox:
    return PxBox(x0=x0, y0=y0, x1=x1, y1=y1)


def test_a_small_defect_is_shown_with_its_surroundings() -> None:
    (plan,) = plan_crops([(box(500, 400, 508, 408), 3.0)], 1000, 1000)
    assert plan.box == box(440, 340, 568, 468)  # 8 px made up to a quarter of 512: 60 px to each side


def test_a_crop_stays_inside_the_frame() -> None:
    (plan,) = plan_crops([(box(0, 0, 8, 8), 3.0)], 50, 60)
    assert plan.box == box(0, 0, 60, 50)


def test_neighbours_share_the_crop_of_the_strongest() -> None:
    boxes = [(box(520, 400, 524, 404), 1.0), (box(500, 400, 508, 408), 3.0), (box(5, 5, 9, 9), 2.0)]
    first, second = plan_crops(boxes, 1000, 1000)
    assert first.shows == (1, 0)
    assert second.shows == (2,)


def test_a_frame_full_of_defects_gives_no_more_than_the_limit() -> None:
    boxes = [(box(300 * i, 0, 300 * i + 4, 4), float(i)) for i in range(40)]
    assert len(plan_crops(boxes, 100, 12_100)) == CROPS_A_FRAME


@pytest.mark.parametrize("shape", [(100, 2000), (100, 2000, 3)])
def test_a_large_picture_is_made_smaller_and_says_how_much(shape: tuple[int, ...]) -> None:
    data, scale = encode(np.full(shape, 90, np.uint8), 500)
    assert scale == 0.25
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert decoded.shape[:2] == (25, 500)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="can't be encoded"):
        encode(np.zeros((4, 4, 7), np.uint8), 500)
