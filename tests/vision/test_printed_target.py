import re
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision.charuco import BoardSize, find_corners
from vision.images import read_image
from vision.printed_target import MARGIN_MM, write_target
from vision.types import VisionError

BOARD = BoardSize(across=8, along=5, square_mm=20.0)


def test_the_printed_picture_has_true_size_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "board.png"
    assert write_target(BOARD, path) == (180.0, 130.0)
    data = path.read_bytes()
    at = data.index(b"pHYs") + 4
    per_metre, other, unit = struct.unpack(">IIB", data[at : at + 9])
    assert (per_metre, unit) == (other, 1)
    grey = read_image(path)
    assert grey.shape[1] / per_metre == pytest.approx(0.180, rel=1e-3)
    corners = find_corners(grey, BOARD, name="board")
    assert len(corners.px) == 7 * 4
    px_per_mm = per_metre / 1000
    assert corners.px / px_per_mm - MARGIN_MM == pytest.approx(corners.mm, abs=0.05)
    bottom = np.flatnonzero((grey[-round(2 * MARGIN_MM * px_per_mm) + 4 :] == 0).any(axis=0))
    assert (bottom[-1] - bottom[0] + 1) / px_per_mm == pytest.approx(100, abs=0.1)  # the rule


def test_the_printed_page_has_true_size_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "board.pdf"
    write_target(BOARD, path)
    data = path.read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    width, height = (float(side) / 72 * 25.4 for side in box.groups())
    assert (width, height) == pytest.approx((180.0, 130.0), abs=1e-3)
    start = data.index(b"stream\n") + 7
    content = zlib.decompress(data[start : data.index(b"\nendstream")]).decode()
    px_per_point = 4.0
    grey = np.full((round(130 / 25.4 * 72 * 4), round(180 / 25.4 * 72 * 4)), 255, np.uint8)
    for x, y, wide, high in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re", content):
        x0, x1 = (round(v * px_per_point) for v in (float(x), float(x) + float(wide)))
        y0, y1 = (round(len(grey) - v * px_per_point) for v in (float(y) + float(high), float(y)))
        cv2.rectangle(grey, (x0, y0), (x1 - 1, y1 - 1), 0, -1)
    corners = find_corners(grey, BOARD, name="page")
    assert len(corners.px) == 7 * 4
    assert corners.px / px_per_point / 72 * 25.4 - MARGIN_MM == pytest.approx(corners.mm, abs=0.1)
    assert "8x5 squares of 20 mm; the rule is 100 mm" in content


def test_the_cross_reference_table_points_at_the_objects(tmp_path: Path) -> None:
    path = tmp_path / "board.pdf"
    write_target(BOARD, path)
    data = path.read_bytes()
    start = int(re.search(rb"startxref\n(\d+)", data)[1])  # type: ignore[index]
    assert data[start : start + 4] == b"xref"
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", data), 1):
        assert data[int(place) :].startswith(f"{number} 0 obj".encode())


def test_a_wide_board_is_a_page_but_no_picture(tmp_path: Path) -> None:
    wide = BoardSize(across=100, along=4, square_mm=200.0)
    assert write_target(wide, tmp_path / "w.pdf")[0] == 20020.0
    with pytest.raises(VisionError, match=r"ends with|written as \.pdf or \.png"):
        write_target(BOARD, tmp_path / "board.jpg")
