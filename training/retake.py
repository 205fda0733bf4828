"""Finished pictures as another camera would have taken them: exposure, focus, sensor noise, compression."""

import albumentations
import numpy as np
from numpy.typing import NDArray


def retaken(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a changed copy of a grey picture (rows, columns); every point stays in its place."""
    picture = pixels[:, :, None]
    for change in _changes():
        # One by one: transforms of one Compose share a seed, and what each of them draws would go together.
        picture = albumentations.Compose([change], seed=int(rng.integers(2**31)))(image=picture)["image"]
    return np.array(picture, np.uint8).reshape(pixels.shape)


def _changes() -> list[albumentations.BasicTransform]:
    return [
        albumentations.RandomBrightnessContrast(brightness_limit=0.08, contrast_limit=0.15, p=0.5),
        albumentations.RandomGamma(gamma_limit=(85, 115), p=0.3),
        albumentations.GaussianBlur(blur_limit=0, sigma_limit=(0.3, 0.8), p=0.2),
        albumentations.MotionBlur(blur_limit=3, angle_range=(90, 90), p=0.1),  # the web runs on
        albumentations.Sharpen(alpha=(0.1, 0.3), p=0.1),
        albumentations.GaussNoise(std_range=(0.002, 0.012), p=0.3),
        albumentations.ImageCompression(quality_range=(60, 95), p=0.25),
    ]
