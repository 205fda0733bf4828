import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.images import read_image, to_channels
from vision.types import VisionError


def encoded(suffix: str, pixels: NDArray[np.generic]) -> bytes:
    done, data = cv2.imencode(suffix, pixels)
    assert done
    return data.tobytes()


@pytest.fixture
def photo() -> NDArray[np.uint8]:
    coarse = np.random.default_rng(3).integers(0, 256, (12, 16), dtype=np.uint8)
    return cv2.resize(coarse, (160, 120))


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".pgm"])
def test_lossless_grey_comes_back_as_it_was(tmp_path: Path, photo: NDArray[np.uint8], suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encoded(suffix, photo))
    assert np.array_equal(read_image(path), photo)


def test_colour_jpeg_gives_three_channels(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(".jpg", cv2.merge([photo, photo, 255 - photo])))
    assert read_image(path).shape == (120, 160, 3)


def test_alpha_is_dropped(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(".png", cv2.merge([photo, photo, photo, np.zeros_like(photo)])))
    pixels = read_image(path)
    assert pixels.shape == (120, 160, 3)
    assert np.array_equal(pixels[:, :, 0], photo)


def test_grey_with_alpha_is_grey(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    rows = b"".join(b"\0" + np.dstack([row, 255 - row]).tobytes() for row in photo)  # 0: no filter
    head = struct.pack(">IIBBBBB", 160, 120, 8, 4, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    parts = [
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
        for name, data in chunks
    ]
    path = tmp_path / "la.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    assert np.array_equal(read_image(path), photo)


def test_sixteen_bits_become_their_upper_eight(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(".png", np.full((40, 40), 0x7FFF, np.uint16)))
    assert (read_image(path) == 0x7F).all()


def test_a_name_outside_ascii_is_read(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    path = tmp_path / "мақта ақауы №1.png"
    path.write_bytes(encoded(".png", photo))
    assert np.array_equal(read_image(path), photo)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".pgm"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_truncated_picture_is_refused_by_name(
    tmp_path: Path, photo: NDArray[np.uint8], suffix: str, share: float
) -> None:
    data = encoded(suffix, photo)
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(VisionError, match=f"cut\\{suffix}"):
        read_image(path)


def test_a_jpeg_whose_only_end_mark_is_its_thumbnails_is_cut_short(
    tmp_path: Path, photo: NDArray[np.uint8]
) -> None:
    data = encoded(".jpg", photo)
    thumbnail = b"Exif\x00\x00" + b"\xff\xd8 a thumbnail \xff\xd9"
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = data[:2] + segment + data[2:]
    path = tmp_path / "thumb.jpg"
    path.write_bytes(whole)
    assert read_image(path).shape == (120, 160)
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(VisionError, match="cut short"):
        read_image(path)


def test_bytes_behind_the_end_of_a_picture_do_no_harm(tmp_path: Path, photo: NDArray[np.uint8]) -> None:
    for suffix in (".png", ".jpg"):
        path = tmp_path / f"tail{suffix}"
        path.write_bytes(encoded(suffix, photo) + b"\x00" * 100)
        assert read_image(path).shape == (120, 160)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"this is a letter, not a picture", "no picture"),
        (encoded(".png", np.zeros((1, 1), np.uint8)), "1 x 1 px; at least 32 px"),
        (encoded(".png", np.zeros((31, 400), np.uint8)), "400 x 31 px"),
        (encoded(".tif", np.zeros((40, 40), np.float32)), "float32"),
    ],
)
def test_what_is_no_usable_picture_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "bad.png"
    path.write_bytes(content)
    with pytest.raises(VisionError, match=complaint) as caught:
        read_image(path)
    assert "bad.png" in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.png", tmp_path):
        with pytest.raises(VisionError, match="can't be read"):
            read_image(path)


def test_channels_are_changed_only_where_asked(photo: NDArray[np.uint8]) -> None:
    assert to_channels(photo, 1) is photo
    colour = to_channels(photo, 3)
    assert colour.shape == (120, 160, 3)
    assert np.array_equal(to_channels(colour, 1), photo)
    with pytest.raises(VisionError, match="4 channels"):
        to_channels(photo, 4)


@pytest.mark.data
def test_real_strips_are_grey_whatever_their_file_says() -> None:
    default = Path(__file__).parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("MAQTA_DATA", default)) / "aitex_dev" / "NoDefect_images"
    strips = sorted(folder.glob("*/*.png"))[::6]  # some files are grey, some grey with alpha
    if not strips:
        pytest.skip(f"no pictures in {folder}; point MAQTA_DATA at the folder that holds aitex_dev")
    assert {read_image(path).shape for path in strips} == {(256, 4096)}
