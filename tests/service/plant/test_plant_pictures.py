import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.pictures import MAX_BYTES
from service.plant.plant import Plant


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_picture_is_kept_once_under_its_hash(plant: Plant, png: Callable[[int], bytes]) -> None:
    data = png(7)
    plant.put_picture("loom-1", sha(data), data, "image/png")
    plant.put_picture("loom-2", sha(data), data, "image/png")
    assert plant.picture(sha(data)) == (data, "image/png")


def test_a_jpeg_is_a_picture_too(plant: Plant) -> None:
    data = b"\xff\xd8\xff\xe0 and so on"
    plant.put_picture("loom-1", sha(data), data, "image/jpeg")
    assert plant.picture(sha(data))[1] == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "media_type", "message"),
    [
        (b"GIF89a", "image/gif", "neither PNG nor JPEG"),
        (b"<svg/>", "image/png", "neither PNG nor JPEG"),
        (b"\xff\xd8\xff", "image/png", "declared as image/png, but it is image/jpeg"),
        (b"\xff\xd8\xff" + bytes(MAX_BYTES), "image/jpeg", "at most"),
        (b"", "image/png", "neither PNG nor JPEG"),
    ],
)
def test_what_is_no_picture_is_refused(plant: Plant, data: bytes, media_type: str, message: str) -> None:
    with pytest.raises(PlantError, match=message) as caught:
        plant.put_picture("loom-1", sha(data), data, media_type)
    assert caught.value.problem == "bad_picture"


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", ""])
def test_a_picture_under_another_name_than_its_hash_is_refused(
    plant: Plant, png: Callable[[int], bytes], name: str
) -> None:
    with pytest.raises(PlantError) as caught:
        plant.put_picture("loom-1", name, png(1), "image/png")
    assert caught.value.problem == "bad_picture"


def test_a_picture_that_is_not_held_is_named(plant: Plant) -> None:
    with pytest.raises(PlantError, match="is not held") as caught:
        plant.picture("a" * 64)
    assert caught.value.problem == "unknown_picture"


def test_a_picture_damaged_on_disk_is_not_shown(
    plant: Plant, settings: Any, png: Callable[[int], bytes]
) -> None:
    data = png(3)
    plant.put_picture("loom-1", sha(data), data, "image/png")
    (path,) = (settings.data_dir / "pictures").rglob("*.png")
    path.write_bytes(data + b"!")
    with pytest.raises(PlantError, match="damaged"):
        plant.picture(sha(data))


def test_kept_pictures_are_missing_until_delivered_or_dropped(
    plant: Plant, new_log: Callable[..., Any], png: Callable[[int], bytes]
) -> None:
    log = new_log()
    data = png(1)
    kept = [sha(data), "b" * 64, "c" * 64]
    plant.ingest("loom-1", [*(log.picture_kept(name) for name in kept), log.picture_dropped("b" * 64)])
    assert plant.missing_pictures("loom-1") == ("c" * 64, sha(data))
    plant.put_picture("loom-1", sha(data), data, "image/png")
    assert plant.missing_pictures("loom-1") == ("c" * 64,)
    assert plant.missing_pictures("loom-2") == ()


def test_newest_crops_are_those_whose_picture_is_held(
    plant: Plant, new_log: Callable[..., Any], png: Callable[[int], bytes]
) -> None:
    log = new_log()
    first, second = png(1), png(2)
    plant.ingest(
        "loom-1",
        [
            log.roll_started(start_mm=1000.0),
            log.defect("d1", 1100.0, 80.0, picture=sha(first)),
            log.defect("d2", 1200.0, picture=sha(second)),
            log.defect("d3", 1300.0, picture="c" * 64),
        ],
    )
    for data in (first, second):
        plant.put_picture("loom-1", sha(data), data, "image/png")
    crops = plant.newest_crops(None, 10)
    assert [(crop.defect_id, crop.y_mm, crop.points, crop.crop_held) for crop in crops] == [
        ("d2", 200.0, 1, True),
        ("d1", 100.0, 2, True),
    ]
    assert [crop.defect_id for crop in plant.newest_crops("loom-1", 1)] == ["d2"]
    assert plant.newest_crops("loom-2", 10) == ()


def test_a_disk_that_refuses_is_no_fault_of_the_picture(
    plant: Plant, settings: Any, png: Callable[[int], bytes]
) -> None:
    (settings.data_dir / "pictures").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(PlantError, match="can't be written") as caught:
        plant.put_picture("loom-1", sha(png(1)), png(1), "image/png")
    assert caught.value.problem == "picture_store"  # 503: the line keeps it and tries again
