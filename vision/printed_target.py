"""A ChArUco board to print in true size, as PDF (exact vectors) or PNG (with its resolution)."""

import struct
import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.charuco import BoardSize, board_of
from vision.types import VisionError

MARGIN_MM: Final = 10.0
RULE_MM: Final = 100.0  # a rule beside the board, to check the print's size
POINTS_PER_MM: Final = 72 / 25.4
PX_PER_SQUARE_UNIT: Final = 28  # a square of 28 px holds a marker of 21: 3 px a module, no rounding anywhere
PNG_LONGEST_PX: Final = 20_000
CUT: Final = "print at 100 %, no fitting to the page"


def write_target(size: BoardSize, path: Path) -> tuple[float, float]:
    """Write the board and return the page's size in mm.

    Raises:
        VisionError: the file's name ends with neither .pdf nor .png, or the picture would be too large.
        OSError: it can't be written.
    """
    page = size.width_mm + 2 * MARGIN_MM, size.height_mm + 3 * MARGIN_MM
    suffix = path.suffix.lower()
    if suffix not in (".pdf", ".png"):
        raise VisionError(f"{path}: a target is written as .pdf or .png")
    data = _pdf(size, page) if suffix == ".pdf" else _png(size, page)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
    return page


def _modules(size: BoardSize) -> NDArray[np.bool_]:
    """The board by its smallest common unit, a 28th of a square: True is black."""
    shape = size.across * PX_PER_SQUARE_UNIT, size.along * PX_PER_SQUARE_UNIT
    drawn = board_of(size).generateImage(shape, marginSize=0, borderBits=1)
    return np.asarray(drawn) < 128


def _pdf(size: BoardSize, page_mm: tuple[float, float]) -> bytes:
    """One page of black rectangles, runs of units joined; sizes in points with four digits."""
    unit = size.square_mm / PX_PER_SQUARE_UNIT * POINTS_PER_MM
    left, top = MARGIN_MM * POINTS_PER_MM, (page_mm[1] - MARGIN_MM) * POINTS_PER_MM
    black = _modules(size)
    commands = ["0 g"]
    row = 0
    while row < len(black):
        height = 1
        while row + height < len(black) and np.array_equal(black[row], black[row + height]):
            height += 1
        for first, behind in _runs(black[row]):
            x, y = left + first * unit, top - (row + height) * unit
            commands.append(f"{x:.4f} {y:.4f} {(behind - first) * unit:.4f} {height * unit:.4f} re")
        commands.append("f")
        row += height
    commands += _rule_and_words(size)
    return _document("\n".join(commands).encode(), page_mm)


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
    return [(int(first), int(behind)) for first, behind in zip(edges[::2], edges[1::2], strict=True)]


def _rule_and_words(size: BoardSize) -> list[str]:
    x, y = MARGIN_MM * POINTS_PER_MM, 0.8 * MARGIN_MM * POINTS_PER_MM
    length = min(RULE_MM, size.width_mm)
    words = f"{size.across}x{size.along} squares of {size.square_mm:g} mm; the rule is {length:g} mm; {CUT}"
    return [
        f"{x:.4f} {y:.4f} {length * POINTS_PER_MM:.4f} 1.5 re f",
        f"BT /F1 8 Tf {x:.4f} {y + 6:.4f} Td ({words}) Tj ET",
    ]


def _document(content: bytes, page_mm: tuple[float, float]) -> bytes:
    """A PDF 1.4 file of one page (ISO 32000-1, 7.5: header, objects, cross-reference table, trailer)."""
    packed = zlib.compress(content)
    width, height = (side * POINTS_PER_MM for side in page_mm)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode() + packed + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _png(size: BoardSize, page_mm: tuple[float, float]) -> bytes:
    """The board with its margin near 600 dpi, a whole number of pixels a unit, its resolution written in."""
    unit_mm = size.square_mm / PX_PER_SQUARE_UNIT
    scale = max(1, round(unit_mm / (25.4 / 600)))
    scale = max(1, min(scale, int(PNG_LONGEST_PX * unit_mm / max(page_mm))))
    px_per_mm = scale / unit_mm
    if max(page_mm) * px_per_mm > 2 * PNG_LONGEST_PX:
        raise VisionError(
            f"target: {page_mm[0]:g} x {page_mm[1]:g} mm are too much for a picture; write a .pdf"
        )
    grey = np.where(_modules(size), 0, 255).astype(np.uint8).repeat(scale, 0).repeat(scale, 1)
    margin = round(MARGIN_MM * px_per_mm)
    grey = np.pad(grey, ((margin, 2 * margin), (margin, margin)), constant_values=255)
    length = round(min(RULE_MM, size.width_mm) * px_per_mm)
    grey[-margin : -margin + max(2, scale), margin : margin + length] = 0
    done, data = cv2.imencode(".png", grey)
    if not done:
        raise VisionError("target: the picture can't be encoded; write a .pdf")
    return _with_resolution(data.tobytes(), px_per_mm)


def _with_resolution(png: bytes, px_per_mm: float) -> bytes:
    """Put a pHYs chunk behind IHDR (PNG specification 11.3.5.3): pixels a metre."""
    head = 8 + 25  # signature and IHDR
    body = b"pHYs" + struct.pack(">IIB", round(px_per_mm * 1000), round(px_per_mm * 1000), 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    return png[:head] + chunk + png[head:]
