"""White polypropylene on white lint: nothing in visible light, found where UV is the third channel."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.synthesis.lint import LintScene, LintStyle
from vision.bundle import load_bundle
from vision.calibration import Calibration
from vision.cameras.channels import ExtraChannel
from vision.images import to_channels
from vision.inference import Engine
from vision.inspector import Inspector
from vision.learn import learn_from_arrays
from vision.types import Frame, Verdict

ROWS, COLUMNS, MM_PER_PX = 64, 256, 0.8
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
BRIGHTER = 1.6  # optical brightener in packaging film glows; cotton hardly does
STRIP = ((100, 20), (140, 34), 4)  # a ribbon 40 px (32 mm) long and 4 px wide


def seen(frame: int, *, with_strip: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Visible and UV picture of the same lint; the strip is in the second alone."""
    scene = LintScene(
        LintStyle(), columns=COLUMNS, mm_per_px=MM_PER_PX, seed=77, defect_rate_per_m2=0.0, defect_kinds=[]
    )
    visible = to_channels(scene.render(frame * ROWS, ROWS), 1)
    noise = np.random.default_rng(frame).normal(0.0, 2.0, visible.shape)
    ultraviolet = visible * 0.35 + noise
    if with_strip:
        mask = np.zeros(visible.shape, np.uint8)
        cv2.line(mask, *STRIP[:2], color=255, thickness=STRIP[2])
        ultraviolet = np.where(mask > 0, ultraviolet * BRIGHTER, ultraviolet)
    return visible, np.clip(ultraviolet, 0, 255).astype(np.uint8)


def joined(frame: int, *, with_strip: bool) -> NDArray[np.uint8]:
    join = ExtraChannel(columns=COLUMNS, mm_per_px=MM_PER_PX, extra_x0_mm=0.0, extra_mm_per_px=MM_PER_PX)
    return join(seen(frame, with_strip=with_strip))


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Inspector:
    folder: Path = tmp_path_factory.mktemp("white")
    bundle = learn_from_arrays(
        [joined(frame, with_strip=False) for frame in range(8)],
        article="lint-uv",
        mm_per_px=MM_PER_PX,
        material="fibre",
        out_dir=folder / "learnt",
        demo=True,
        created_utc=NOON,
        progress=lambda text: None,
    )
    calibration = Calibration(camera_id="cam", mm_per_px=MM_PER_PX)
    return Inspector(Engine(load_bundle(bundle), threads=1), calibration)


def frame_of(pixels: NDArray[np.uint8]) -> Frame:
    return Frame(camera_id="cam", seq=0, pixels=pixels, captured_ns=0, captured_utc=NOON)


def test_it_is_not_in_the_visible_picture() -> None:
    assert np.array_equal(seen(20, with_strip=True)[0], seen(20, with_strip=False)[0])


def test_it_is_found_where_ultraviolet_is_a_channel(inspector: Inspector) -> None:
    for number in range(20, 26):
        found = inspector.inspect(frame_of(joined(number, with_strip=True)))
        assert found.verdict is Verdict.DEFECTIVE, found.reason
        strongest = max(found.defects, key=lambda defect: defect.score)
        assert strongest.box_px.x0 < 140
        assert strongest.box_px.x1 > 100


def test_lint_alone_is_no_finding(inspector: Inspector) -> None:
    verdicts = [
        inspector.inspect(frame_of(joined(number, with_strip=False))).verdict for number in range(20, 32)
    ]
    assert verdicts.count(Verdict.DEFECTIVE) <= 1
