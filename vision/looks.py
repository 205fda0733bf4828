"""How a picture looks apart from what it shows: brightness and sharpness, to see a lamp or a lens go."""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.types import VisionError


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Two numbers of one picture."""

    brightness: float  # mean grey level, 0..255
    sharpness: float  # variance of the Laplacian / squared brightness: a darker lamp alone leaves it alone


def looks_of(data: bytes) -> Looks:
    """Measure an encoded picture.

    Raises:
        VisionError: it can't be decoded.
    """
    try:
        grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:
        raise VisionError(f"the picture can't be decoded ({error.err}); save it again") from error
    if grey is None or grey.size == 0:
        raise VisionError(f"{len(data)} bytes are no picture; send PNG or JPEG")
    brightness = float(grey.mean())
    edges = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    return Looks(brightness=brightness, sharpness=edges / max(brightness, 1.0) ** 2)
