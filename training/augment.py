"""Random crops of training samples: place, mirroring and contrast."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.data import Sample
from vision.banks import BANKS, FINE_CHANNELS

OFFSET: Final = 0.25  # spread of the fixed pattern that a new session adds to each column, in levels
CONTRAST: Final = (0.8, 1.25)  # a new session's contrast against the learnt one, after the graph's correction
# A mirrored cloth answers with its two diagonal filters exchanged; see vision/templates.py for the order.
_FINE_MIRRORED: Final = np.array([0, 1, 2, 3, 4, 5, 10, 11, 8, 9, 6, 7, 12, 13])
_FEW_MIRRORED: Final = np.array([0, 1, 2, 5, 4, 3])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Crops of several samples."""

    fine: torch.Tensor  # (batch, 14, 2 rows, 2 columns)
    context: torch.Tensor  # (batch, C, rows, columns)
    kinds: torch.Tensor  # (batch, rows, columns) see training.losses.flaw_loss
    regions: torch.Tensor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Crop:
    fine: NDArray[np.float32]
    context: NDArray[np.float32]
    kinds: NDArray[np.int64]


def context_mirrored() -> NDArray[np.int64]:
    """Return the order of the context's channels after mirroring."""
    order, first = [], 0
    for bank in BANKS[1:]:
        kinds = len(bank.templates(1))
        slanted = kinds == len(_FEW_MIRRORED)  # banks of other shapes have none that slant
        order += [first + int(at) for at in (_FEW_MIRRORED if slanted else range(kinds))]
        first += kinds
    return np.array(order)


_CONTEXT_MIRRORED: Final = context_mirrored()
_TEXTURE_FROM: Final = sum(len(bank.templates(1)) for bank in BANKS if not bank.on_texture) - FINE_CHANNELS


def random_batch(samples: Sequence[Sample], batch: int, crop_cells: int, rng: np.random.Generator) -> Batch:
    """Draw a batch of crops of full height."""
    crops = [_crop(samples[int(rng.integers(len(samples)))], crop_cells, rng) for _ in range(batch)]
    regions, last = [], 0
    for crop in crops:
        count, labels = cv2.connectedComponents((crop.kinds != 0).astype(np.uint8))
        regions.append(np.where(labels > 0, labels + last, 0).astype(np.int64))
        last += count - 1
    return Batch(
        fine=_tensor([crop.fine for crop in crops]).to(memory_format=torch.channels_last),
        context=_tensor([crop.context for crop in crops]).to(memory_format=torch.channels_last),
        kinds=_tensor([crop.kinds for crop in crops]),
        regions=_tensor(regions),
    )


def _tensor(arrays: Sequence[NDArray[np.generic]]) -> torch.Tensor:
    return torch.from_numpy(np.stack(arrays))


def _crop(sample: Sample, crop_cells: int, rng: np.random.Generator) -> _Crop:
    first = max(min(sample.cells[0], sample.kinds.shape[1] - crop_cells), 0)
    last = max(min(sample.cells[1], sample.kinds.shape[1]) - crop_cells, first)
    left = int(rng.integers(first, last + 1))
    fine = sample.fine[:, :, left * 2 : (left + crop_cells) * 2].astype(np.float32)
    context = sample.context[:, :, left : left + crop_cells].astype(np.float32)
    kinds = sample.kinds[:, left : left + crop_cells].astype(np.int64)
    for axis in (1, 2):
        if rng.random() < 0.5:
            fine, context = np.flip(fine, axis)[_FINE_MIRRORED], np.flip(context, axis)[_CONTEXT_MIRRORED]
            kinds = np.flip(kinds, axis - 1)
    if rng.random() < 0.3:  # bright flaws become dark ones; their kind may be another then
        fine, context = -fine, np.concatenate([-context[:_TEXTURE_FROM], context[_TEXTURE_FROM:]])
        kinds = -(kinds != 0).astype(np.int64)
    return _Crop(
        fine=_in_another_session(fine, rng),
        context=_in_another_session(context, rng),
        kinds=np.ascontiguousarray(kinds),
    )


def _in_another_session(channels: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    columns = rng.normal(0, OFFSET * rng.random(), (channels.shape[0], 1, channels.shape[2]))
    changed = (channels + columns.astype(np.float32)) * np.float32(rng.uniform(*CONTRAST))
    return np.ascontiguousarray(changed)
