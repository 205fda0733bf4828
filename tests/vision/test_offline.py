import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.offline import inspect_files
from vision.registry import Registry
from vision.types import VisionError

Cloth = Callable[..., NDArray[np.uint8]]


@pytest.fixture
def pictures(tmp_path: Path, cloth: Cloth) -> Path:
    """Wide enough for edges.py to see the whole picture as material: even noise has no edge."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    cv2.imwrite(str(folder / "good.png"), cloth(66))
    cv2.imwrite(str(folder / "spot.png"), cloth(66, spot=(slice(20, 28), slice(40, 48))))
    return folder


@pytest.fixture
def registry(tmp_path: Path, bundle_folder: Path) -> Registry:
    registry = Registry(tmp_path / "registry")
    registry.add(bundle_folder)
    return registry


def inspect(
    registry: Registry,
    images: list[Path],
    out_dir: Path,
    *,
    maps: bool = False,
    recipe: str | Path = "Test twill",
) -> tuple[int, list[dict[str, object]]]:
    code = inspect_files(
        recipe, images, out_dir, registry=registry, write_maps=maps, progress=lambda _: None, threads=1
    )
    lines = (out_dir / "inspections.jsonl").read_text(encoding="utf-8").splitlines()
    return code, [json.loads(line) for line in lines]


def test_one_line_an_image_with_exactly_these_fields(
    registry: Registry, pictures: Path, tmp_path: Path
) -> None:
    images = [pictures / "good.png", pictures / "spot.png"]
    code, (good, spot) = inspect(registry, images, tmp_path / "out")
    assert code == 0
    assert list(good) == ["file", "verdict", "score", "defects", "reason"]
    assert (good["file"], good["verdict"], good["defects"]) == (str(images[0]), "clean", [])
    assert (spot["verdict"], spot["score"]) == ("defective", 128.0)
    assert spot["defects"] == [
        {
            "kind": "unknown",
            "score": 128.0,
            "box_px": [40, 20, 48, 28],
            "box_mm": [20.0, 10.0, 24.0, 14.0],
            "area_mm2": 16.0,
            "length_mm": 4.0,
        }
    ]


def test_a_recipe_may_be_a_folder(
    registry: Registry, bundle_folder: Path, pictures: Path, tmp_path: Path
) -> None:
    code, lines = inspect(registry, [pictures / "good.png"], tmp_path / "out", recipe=bundle_folder)
    assert (code, len(lines)) == (0, 1)


def test_maps_are_16_bit_of_the_pictures_size_on_one_scale(
    registry: Registry, pictures: Path, tmp_path: Path
) -> None:
    inspect(registry, [pictures / "good.png", pictures / "spot.png"], tmp_path / "out", maps=True)
    spot = cv2.imread(str(tmp_path / "out" / "maps" / "spot.png"), cv2.IMREAD_UNCHANGED)
    good = cv2.imread(str(tmp_path / "out" / "maps" / "good.png"), cv2.IMREAD_UNCHANGED)
    assert spot is not None
    assert good is not None
    assert spot.dtype == np.uint16
    assert spot.shape == good.shape == (66, 96)
    assert spot[24, 44] == 65535
    assert good.max() < 65535 * 10 / 128  # noise of a few greys, on the same scale


def test_an_unreadable_image_is_a_failed_line_and_exit_code_1(
    registry: Registry, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "cut.png").write_bytes((pictures / "good.png").read_bytes()[:200])
    images = [pictures / name for name in ("cut.png", "good.png", "gone.png")]
    code, (cut, good, gone) = inspect(registry, images, tmp_path / "out", maps=True)
    assert code == 1
    assert (cut["verdict"], cut["score"], cut["defects"]) == ("failed", None, [])
    assert "cut short" in str(cut["reason"])
    assert good["verdict"] == "clean"
    assert "can't be read" in str(gone["reason"])
    assert [path.name for path in (tmp_path / "out" / "maps").iterdir()] == ["good.png"]


def test_an_image_of_another_width_fails_with_both_widths(
    registry: Registry, pictures: Path, tmp_path: Path, cloth: Cloth
) -> None:
    cv2.imwrite(str(pictures / "wide.png"), cloth(66, columns=128))
    code, (wide,) = inspect(registry, [pictures / "wide.png"], tmp_path / "out")
    assert code == 1
    assert "128 px wide" in str(wide["reason"])


def test_a_16_bit_colour_image_is_inspected_by_a_grey_recipe(
    registry: Registry, pictures: Path, tmp_path: Path, cloth: Cloth
) -> None:
    deep = np.repeat(cloth(66)[:, :, None].astype(np.uint16) * 257, 3, axis=2)
    cv2.imwrite(str(pictures / "deep.png"), deep)
    code, (line,) = inspect(registry, [pictures / "deep.png"], tmp_path / "out")
    assert (code, line["verdict"]) == (0, "clean")


def test_maps_that_would_overwrite_each_other_stop_the_start(
    registry: Registry, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(VisionError, match=r"maps/good\.png"):
        inspect(registry, [pictures / "good.png", pictures / "good.jpg"], tmp_path / "out", maps=True)
    assert not (tmp_path / "out").exists()


def test_no_images_and_an_unknown_recipe_are_refused_before_anything_is_written(
    registry: Registry, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(VisionError, match="no pictures"):
        inspect(registry, [], tmp_path / "out")
    with pytest.raises(VisionError, match="recipe 'Satin'"):
        inspect(registry, [pictures / "good.png"], tmp_path / "out", recipe="Satin")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_named(registry: Registry, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands where the folder should be")
    with pytest.raises(VisionError, match="results can't be written"):
        inspect(registry, [pictures / "good.png"], tmp_path / "out")


def test_progress_is_told_picture_by_picture(registry: Registry, pictures: Path, tmp_path: Path) -> None:
    told: list[str] = []
    inspect_files(
        "Test twill",
        [pictures / "good.png"],
        tmp_path / "out",
        registry=registry,
        write_maps=False,
        progress=told.append,
        threads=1,
    )
    assert told[0] == "1/1 good.png: clean"
    assert told[1].startswith("1 pictures inspected, 0 failed")
