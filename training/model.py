"""The base CNN: a small head on calibrated responses; logits of a flaw and of its kind in each map cell."""

from typing import Final

import torch
from torch import nn

from vision.article import STRIDE_PX
from vision.banks import CONTEXT_CHANNELS, FINE_CHANNELS

DILATIONS: Final = (1, 2, 4, 8)
LONG_CELLS: Final = 33  # a broken pick is seen over 132 px of its length
HALO_ROWS: Final = (sum(DILATIONS) + 1) * STRIDE_PX  # one-sided reach of a cell, in rows of the picture
KIND_CELLS: Final = 2  # map cells to each side that share a kind


class Separable(nn.Module):
    """Depthwise 3 x 3 and pointwise convolution with a residual connection."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            width, width, 3, padding=dilation, dilation=dilation, groups=width, bias=False
        )
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give features of the same shape."""
        return torch.relu(self.norm(self.pointwise(self.depthwise(features))) + features)


class LongLines(nn.Module):
    """Adds the mean along the row: what is weak at each place but long across the web."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mean = nn.AvgPool2d((1, LONG_CELLS), 1, (0, LONG_CELLS // 2), count_include_pad=False)
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Give features of the same shape."""
        return torch.relu(self.norm(self.pointwise(self.mean(features))) + features)


class Head(nn.Module):
    """Calibrated responses to logits.

    Takes those of the fine bank (batch, 14, 2 rows, 2 columns) and the others' (batch, C, rows, columns);
    gives the logit of a flaw (batch, 1, rows, columns) and of its kind (batch, kinds, rows / 2, columns / 2).
    """

    def __init__(self, width: int, kinds: int) -> None:
        super().__init__()
        self.stem = nn.Conv2d(FINE_CHANNELS, width, 2, 2, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.context = nn.Conv2d(CONTEXT_CHANNELS, width, 1)
        self.long = LongLines(width)
        self.blocks = nn.Sequential(*(Separable(width, dilation) for dilation in DILATIONS))
        self.logit = nn.Conv2d(width, 1, 1)
        self.kind = nn.Sequential(nn.AvgPool2d(KIND_CELLS), nn.Conv2d(width, kinds, 1))
        nn.init.constant_(self.logit.bias, -4.0)  # type: ignore[arg-type]  # the layer has a bias

    def forward(self, fine: torch.Tensor, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Give the logits of every map cell."""
        seen = self.norm(self.stem(fine)) + self.context(context)
        features = self.blocks(self.long(torch.relu(seen)))
        return self.logit(features), self.kind(features)
