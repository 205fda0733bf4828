import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.demo import demo_scene, render_good_pictures
from datasets.synthesis.pictures import write_good_pictures
from datasets.synthesis.style import ClothStyle
from datasets.types import DatasetError
from vision.images import read_image


@pytest.mark.parametrize(
    ("material", "rows", "shape"), [("fabric", 256, (256, 512)), ("fibre", 64, (64, 512, 3))]
)
def test_good_pictures_are_written_to_learn_from(tmp_path, material, rows, shape):
    paths = render_good_pictures(material, 512, 0.4, 3, tmp_path / "good")
    assert sorted(tmp_path.glob("good/*.png")) == list(paths)
    pictures = [read_image(path) for path in paths]
    assert [picture.shape for picture in pictures] == [shape] * 3
    assert not np.array_equal(pictures[0], pictures[1])


def test_demo_cloth_shows_single_yarns_at_any_scale():
    for mm_per_px in (0.1, 0.4, 1.0):
        scene = demo_scene("fabric", columns=512, mm_per_px=mm_per_px, seed=1, defect_rate_per_m2=0.0)
        row = scene.render(0, 64)[:, 128:384].astype(float).mean(0)
        assert scene.render(0, 64)[:, 128:384].std() > 10
        assert row.std() < 10  # rows average the weave out: what is left is not a stripe


def least_difference(one, other):
    """Spread of grey left between 8 rows of one picture and the 8 rows of the other that fit them best."""
    template = one[40:48, 64:192].astype(np.float32)
    rows = np.lib.stride_tricks.sliding_window_view(other[:, 64:192].astype(np.float32), (8, 128))[:, 0]
    return float((rows - template).std(axis=(1, 2)).min())


def test_learning_pictures_of_the_demo_show_no_yarn_twice(tmp_path):
    pictures = [read_image(path) for path in render_good_pictures("fabric", 256, 0.4, 6, tmp_path)]
    repeating = demo_scene(
        "fabric", columns=256, mm_per_px=0.4, seed=1, defect_rate_per_m2=0.0, repeat_rows=256
    )
    panel_rows = repeating._panel.shape[0]
    twice = least_difference(repeating.render(0, 256), repeating.render(panel_rows, 256))
    pairs = [(one, other) for one in pictures for other in pictures if one is not other]
    assert min(least_difference(one, other) for one, other in pairs) > 1.5 * twice


def test_windows_with_a_flaw_are_passed_over(tmp_path):
    scene = ClothScene(
        ClothStyle(), columns=256, mm_per_px=0.2, seed=4, defect_rate_per_m2=400.0, panel_rows=128
    )
    paths = write_good_pictures(scene, count=6, rows=64, out_dir=tmp_path)
    rows = [int(path.stem.removeprefix("good_")) for path in paths]
    assert rows != [0, 64, 128, 192, 256, 320]
    assert all(not scene.truth(row, 64) for row in rows)


def test_a_web_full_of_flaws_is_refused(tmp_path):
    scene = ClothScene(
        ClothStyle(), columns=256, mm_per_px=0.2, seed=4, defect_rate_per_m2=20000.0, panel_rows=128
    )
    with pytest.raises(DatasetError, match="defect rate 0"):
        write_good_pictures(scene, count=4, rows=256, out_dir=tmp_path)
