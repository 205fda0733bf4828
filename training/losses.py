"""What the base is trained for: cells, whole flaws, every flaw above good cloth, and its kind."""

from typing import Final

import torch
from torch import nn

_FOCAL: Final = 20.0  # flaws take about a twentieth of the cells
_HIGHEST_GOOD: Final = 24  # cells of good cloth in a batch that a flaw must rise above
_HIGHEST_OF_FLAW: Final = 3  # cells: a finding is a blob, not a single cell
_MARGIN: Final = 1.0
_HOPELESS: Final = 4.0  # a flaw so far below good cloth can't be seen; it pulls no harder
_RANK: Final = 0.5
_KIND: Final = 0.3


def flaw_loss(
    logits: torch.Tensor, kind_logits: torch.Tensor, kinds: torch.Tensor, regions: torch.Tensor
) -> torch.Tensor:
    """Loss of a batch.

    Args:
        logits: (batch, 1, rows, columns).
        kind_logits: (batch, kinds, rows / n, columns / n).
        kinds: (batch, rows, columns) int64: 0 good cloth, n flaw of kind n - 1, -1 flaw of no certain kind.
        regions: (batch, rows, columns) int64: number of the flaw in the batch, 0 good cloth.
    """
    masks = (kinds != 0)[:, None].float()
    crossed = nn.functional.binary_cross_entropy_with_logits(logits, masks, reduction="none")
    focal = (crossed * (1 - torch.exp(-crossed))).mean() * _FOCAL
    found = torch.sigmoid(logits)
    dice = 1 - 2 * (found * masks).sum() / (found.sum() + masks.sum() + 1)
    counted = kinds > 0
    wanted = torch.where(counted, kinds - 1, 0)
    enlarged = nn.functional.interpolate(kind_logits, size=kinds.shape[1:])
    named = nn.functional.cross_entropy(enlarged, wanted, reduction="none")
    kind = named[counted].sum() / (counted.sum() + 1)
    return focal + dice + _RANK * rank_loss(logits[:, 0], kinds, regions) + _KIND * kind


def rank_loss(logits: torch.Tensor, kinds: torch.Tensor, regions: torch.Tensor) -> torch.Tensor:
    """How far each flaw's highest cells lie under the highest cells of good cloth, whatever its size."""
    good = torch.topk(logits[kinds == 0], _HIGHEST_GOOD).values.mean()
    numbers = torch.unique(regions)
    lacking = [
        good + _MARGIN - torch.topk(cells, min(_HIGHEST_OF_FLAW, cells.numel())).values.mean()
        for cells in (logits[regions == number] for number in numbers if number > 0)
    ]
    if not lacking:
        return logits.sum() * 0
    return nn.functional.softplus(torch.stack(lacking)).clamp(max=_HOPELESS).mean()
