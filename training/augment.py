"""Random crops of training samples: place, mirroring and contrast."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from training.data import Sample

# A mirrored cloth answers with its two diagonal filters exchanged; see vision/templates.py for the order.
_MIRRORED = np.array([0, 1, 2, 3, 4, 5, 10, 11, 8, 9, 6, 7, 12, 13])
OFFSET = 0.25  # spread of the fixed pattern that a new session adds to each column, in levels
CONTRAST = (0.8, 1.25)  # a new session's contrast against the learnt one, after the graph's own correction


def random_batch(
    samples: Sequence[Sample], batch: int, crop_cells: int, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw a batch: channels (batch, 14, rows, columns) and masks (batch, 1, rows / 2, columns / 2)."""
    pairs = [_crop(samples[int(rng.integers(len(samples)))], crop_cells, rng) for _ in range(batch)]
    channels = torch.from_numpy(np.stack([pair[0] for pair in pairs]))
    masks = torch.from_numpy(np.stack([pair[1] for pair in pairs]))
    return channels, masks[:, None]


def _crop(
    sample: Sample, crop_cells: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    first = max(min(sample.cells[0], sample.mask.shape[1] - crop_cells), 0)
    last = max(min(sample.cells[1], sample.mask.shape[1]) - crop_cells, first)
    left = int(rng.integers(first, last + 1))
    channels = sample.channels[:, :, left * 2 : (left + crop_cells) * 2].astype(np.float32)
    mask = sample.mask[:, left : left + crop_cells].astype(np.float32)
    for axis in (1, 2):
        if rng.random() < 0.5:
            channels, mask = np.flip(channels, axis)[_MIRRORED], np.flip(mask, axis - 1)
    if rng.random() < 0.5:  # bright flaws become dark ones
        channels = -channels
    columns = rng.normal(0, OFFSET * rng.random(), (channels.shape[0], 1, channels.shape[2]))
    channels = np.ascontiguousarray(channels + columns.astype(np.float32))
    return channels * np.float32(rng.uniform(*CONTRAST)), np.ascontiguousarray(mask)
